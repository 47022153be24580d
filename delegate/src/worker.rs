//! One worker process, as its parent sees it.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use manyways_process::{Child, Exit, Fork, Link, catch_panic};
use manyways_wire as wire;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::protocol::{Note, Outcome};
use crate::reporter::Worker as Identity;

/// A worker process and the orders it has been given.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) identity: Identity,
    child: Child,
    link: Link,
    /// Positions of the items it has been sent, oldest first. It runs the first, one at a time.
    pub(crate) orders: VecDeque<usize>,
    /// It has said that it runs the first order.
    pub(crate) begun: bool,
    /// Since when the first order is the first. Its time limit counts from here, so that it holds
    /// even for a worker that never gets to say that it began.
    pub(crate) since: Instant,
    leaving: Option<Leaving>,
}

/// The state of a worker that takes no more orders, and whose end is awaited.
#[derive(Debug)]
struct Leaving {
    cause: Cause,
    /// When it is killed if it is still there; `None` once that is done.
    kill_at: Option<Instant>,
}

/// Why a worker is leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its end of the link closed, or the process ended. The exit status says why.
    Ended,
    /// Its first order ran out of time, and it was told to end.
    TimedOut,
    /// It sent what is no note, or the link failed.
    Broken(String),
}

/// What the link has brought.
#[derive(Debug)]
pub(crate) enum Received<R> {
    Begun,
    Done {
        result: Result<R, Failure>,
        took: Duration,
        goes_on: bool,
    },
    /// Nothing whole for now, or for ever if the worker is leaving.
    Nothing,
}

impl Worker {
    /// Forks a worker that runs `body`.
    pub(crate) fn fork(
        id: usize,
        body: &mut dyn FnMut(&mut Link),
    ) -> manyways_process::Result<Worker> {
        let fork = Fork::new().name(format!("delegate {id}"));
        let (child, mut link) = fork.spawn(|link| body(link))?;
        link.set_nonblocking(true)?;
        let pid = child.pid();
        Ok(Worker {
            identity: Identity { id, pid },
            child,
            link,
            orders: VecDeque::new(),
            begun: false,
            since: Instant::now(),
            leaving: None,
        })
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.leaving.is_none()
    }

    /// Whether one more order may be sent.
    pub(crate) fn takes_orders(&self) -> bool {
        self.leaving.is_none() && !self.link.has_pending()
    }

    /// Sends an order. If the worker turns out to be gone, the order stays with it, and comes back
    /// with the others when it is buried.
    pub(crate) fn give(&mut self, position: usize, order: &[u8]) {
        self.orders.push_back(position);
        if self.orders.len() == 1 {
            self.turn_to_next();
        }
        let sent = self.link.halves().0.send_bytes(&[order]);
        self.look_at(sent);
    }

    /// Sends on what the link did not take at once.
    pub(crate) fn flush(&mut self) {
        let sent = self.link.halves().0.flush_pending();
        self.look_at(sent);
    }

    fn look_at(&mut self, sent: manyways_process::Result<()>) {
        match sent {
            // What has not gone out waits for `flush`; of an end, the receiving side tells.
            Err(error) if error.is_timeout() || error.is_closed() => {}
            Err(error) => self.break_with(error.to_string()),
            Ok(()) => {}
        }
    }

    /// The first order has become the first just now.
    fn turn_to_next(&mut self) {
        self.begun = false;
        self.since = Instant::now();
    }

    /// Takes the first order off, once it is done.
    pub(crate) fn finish_first(&mut self) -> Option<usize> {
        let position = self.orders.pop_front();
        self.turn_to_next();
        position
    }

    /// The next note, if there is one. A worker that has closed its link has `grace` to end.
    pub(crate) fn receive<R: DeserializeOwned>(&mut self, grace: Duration) -> Received<R> {
        if self.leaving.is_some() {
            return Received::Nothing;
        }
        let error = match self.link.halves().1.recv_bytes().map(read_note) {
            Ok(Ok(received)) => return received,
            Err(error) if error.is_timeout() => return Received::Nothing,
            Err(error) if error.is_closed() || error.panic_report().is_some() => {
                self.leave(Cause::Ended, grace);
                return Received::Nothing;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.break_with(error);
        Received::Nothing
    }

    /// Gives up on a worker whose link is of no use any more.
    pub(crate) fn break_with(&mut self, reason: String) {
        self.leave(Cause::Broken(reason), Duration::ZERO);
    }

    fn leave(&mut self, cause: Cause, grace: Duration) {
        let kill_at = Instant::now().checked_add(grace);
        self.leaving = Some(Leaving { cause, kill_at });
    }

    /// Does what time asks for: ends a worker whose first order has run longer than `limit`, and
    /// kills one that has been leaving for longer than its grace.
    pub(crate) fn keep_time(&mut self, limit: Option<Duration>, grace: Duration) {
        if !self.is_due(limit) {
            return;
        }
        // A signal cannot fail to be sent to a child of ours that is not reaped yet.
        if let Some(leaving) = &mut self.leaving {
            leaving.kill_at = None;
            let _ = self.child.kill();
        } else {
            let _ = self.child.terminate();
            self.leave(Cause::TimedOut, grace);
        }
    }

    /// Whether [`keep_time`](Self::keep_time) has something to do.
    pub(crate) fn is_due(&self, limit: Option<Duration>) -> bool {
        self.wakes_at(limit).is_some_and(|at| at <= Instant::now())
    }

    /// When [`keep_time`](Self::keep_time) will have something to do.
    pub(crate) fn wakes_at(&self, limit: Option<Duration>) -> Option<Instant> {
        match &self.leaving {
            Some(leaving) => leaving.kill_at,
            None if self.orders.is_empty() => None,
            None => limit.and_then(|limit| self.since.checked_add(limit)),
        }
    }

    /// The link, until the worker leaves, and whether to wait for room to write, too.
    pub(crate) fn link_fd(&self) -> Option<(BorrowedFd<'_>, bool)> {
        let link = match self.leaving {
            None => self.link.as_fd().ok(),
            Some(_) => None,
        };
        link.map(|fd| (fd, self.link.has_pending()))
    }

    /// The descriptor that is readable when the process has ended. `None` if that is known already.
    pub(crate) fn process_fd(&self) -> Option<BorrowedFd<'_>> {
        self.child.as_fd().ok().flatten()
    }

    /// How the process ended, if it has.
    pub(crate) fn exit(&mut self) -> Option<Exit> {
        self.child.try_wait().unwrap_or(Some(Exit::Unknown))
    }

    /// Tells the worker that no more orders will come; it ends by itself.
    pub(crate) fn dismiss(&mut self, grace: Duration) {
        // If that fails it is gone already, or will be killed when the grace is over.
        let _ = self.link.halves().0.finish();
        self.leave(Cause::Ended, grace);
    }

    /// Ends the worker at once and waits for that.
    pub(crate) fn kill(&mut self) -> Exit {
        let _ = self.child.kill();
        self.child.wait().unwrap_or(Exit::Unknown)
    }

    /// Whether the end of the worker is about its first order, begun or not: it got no time to
    /// begin, or the link broke over it.
    pub(crate) fn failed_its_order(&self) -> bool {
        let cause = self.leaving.as_ref().map(|leaving| &leaving.cause);
        matches!(cause, Some(Cause::TimedOut | Cause::Broken(_)))
    }

    /// The failure of the order that the worker took with it.
    pub(crate) fn failure(&self, exit: Exit, limit: Option<Duration>) -> Failure {
        let pid = self.identity.pid;
        match self.leaving.as_ref().map(|leaving| &leaving.cause) {
            Some(Cause::TimedOut) => Failure::TimedOut {
                pid,
                after: limit.unwrap_or_default(),
            },
            Some(Cause::Broken(reason)) => Failure::Unsendable {
                reason: format!("the link to process {pid} broke: {reason}"),
            },
            _ => Failure::Died { pid, exit },
        }
    }
}

/// Reads a note. The error is that of a broken link; a result that cannot be decoded is none.
fn read_note<R: DeserializeOwned>(bytes: &[u8]) -> Result<Received<R>, wire::Error> {
    let (note, value) = wire::decode_prefix(bytes)?;
    let (outcome, took, goes_on) = match note {
        Note::Begin => return Ok(Received::Begun),
        Note::Done {
            outcome,
            took,
            goes_on,
        } => (outcome, took, goes_on),
    };
    let result = match outcome {
        Outcome::Value => decode_value(value),
        Outcome::Raised(raised) => Err(Failure::Raised(raised)),
        Outcome::Unsendable(reason) => Err(Failure::Unsendable { reason }),
    };
    Ok(Received::Done {
        result,
        took,
        goes_on,
    })
}

fn decode_value<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, Failure> {
    let reason = match catch_panic(|| wire::decode(bytes)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(report) => format!("decoding it {report}"),
    };
    Err(Failure::Unsendable {
        reason: format!("could not receive the result: {reason}"),
    })
}
