//! One end of a channel, below its types: messages as bytes, without ever waiting.
//!
//! Everything here returns at once. What cannot be sent yet is kept and sent later, what has arrived in
//! part is kept until the rest comes. So one stopped process never holds up the others.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;

use manyways_process::{Child, Exit, Link};

use crate::protocol::{self, Ending, Tag};

/// Who is at the other end.
#[derive(Debug)]
pub(crate) enum Peer {
    /// A child of this process.
    Child(Child),
    /// The process that made this one, by its pid.
    Creator(u32),
    /// A background process, by its pid, behind its supervisor.
    Background(u32),
    /// A process that has connected to a background process, by its pid.
    Client(u32),
}

/// A descriptor to wait for until it can be read, and with `true` also until it can be written.
pub(crate) type Interest<'a> = (BorrowedFd<'a>, bool);

/// One end of a channel.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// `None` once it has been closed here.
    link: Option<Link>,
    peer: Peer,
    /// Messages that wait for the link to take them. An acknowledgement, a value or a call: never
    /// more than a few.
    outgoing: VecDeque<Vec<u8>>,
    /// The stream has ended, so the other side is gone or going.
    hung_up: bool,
    ending: Option<Ending>,
    /// How a background process ended, from its supervisor, which ends after that.
    announced: Option<Ending>,
}

impl Endpoint {
    pub(crate) fn new(mut link: Link, peer: Peer) -> manyways_process::Result<Endpoint> {
        link.set_nonblocking(true)?;
        Ok(Endpoint {
            link: Some(link),
            peer,
            outgoing: VecDeque::new(),
            hung_up: false,
            ending: None,
            announced: None,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        match &self.peer {
            Peer::Child(child) => child.pid(),
            Peer::Creator(pid) | Peer::Background(pid) | Peer::Client(pid) => *pid,
        }
    }

    pub(crate) fn peer(&mut self) -> &mut Peer {
        &mut self.peer
    }

    pub(crate) fn is_background(&self) -> bool {
        matches!(self.peer, Peer::Background(_))
    }

    /// How the other side ended, once that is known.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Whether the stream has ended.
    pub(crate) fn has_hung_up(&self) -> bool {
        self.hung_up || self.ending.is_some()
    }

    /// Notes how a background process ended. It counts from the end of the stream on: then the
    /// supervisor is gone too, and the address is free.
    pub(crate) fn announce(&mut self, ending: Ending) {
        self.announced.get_or_insert(ending);
    }

    /// Sends `message`, now or as soon as the link takes it.
    pub(crate) fn post(&mut self, message: Vec<u8>) {
        self.outgoing.push_back(message);
        self.flush();
    }

    /// Sends what the link takes. A failure is left to the receiving side, which learns the reason.
    pub(crate) fn flush(&mut self) {
        let Some(link) = &mut self.link else {
            return self.outgoing.clear();
        };
        let (sender, _) = link.halves();
        let mut sent = sender.flush_pending();
        while sent.is_ok() {
            let Some(message) = self.outgoing.pop_front() else {
                return;
            };
            sent = sender.send_bytes(&[&message]);
        }
        if sent.is_err_and(|error| !error.is_timeout()) {
            self.outgoing.clear();
        }
    }

    /// Whether something of what was posted has not gone out.
    pub(crate) fn has_pending(&self) -> bool {
        !self.outgoing.is_empty() || self.link.as_ref().is_some_and(Link::has_pending)
    }

    /// The next message, if one has arrived whole. Otherwise the end may have become known.
    pub(crate) fn next(&mut self) -> Option<(Tag, &[u8])> {
        if self.hung_up || self.ending.is_some() {
            settle(&mut self.peer, &mut self.ending, self.hung_up);
            return None;
        }
        let received = match &mut self.link {
            Some(link) => link.halves().1.recv_bytes(),
            None => {
                self.ending = Some(Ending::Finished);
                return None;
            }
        };
        match received.map(protocol::split) {
            Ok(Some(message)) => Some(message),
            Ok(None) => {
                let why = "it sent a message that is none; is it another version of this program?";
                self.ending = Some(Ending::Lost(why.to_owned()));
                None
            }
            Err(error) if error.is_timeout() => None,
            Err(error) => {
                self.hung_up = true;
                self.ending = self.announced.take().or_else(|| reported_end(&error));
                settle(&mut self.peer, &mut self.ending, true);
                None
            }
        }
    }

    /// What to wait for before anything can change here. Nothing when the end is known.
    pub(crate) fn interest(&self) -> Option<Interest<'_>> {
        if self.ending.is_some() {
            return None;
        }
        if self.hung_up {
            return self.end_of_child();
        }
        let pending = self.has_pending();
        let fd = self.link.as_ref()?.as_fd().ok()?;
        Some((fd, pending))
    }

    /// What to wait for until the child has ended, if it is one and still runs.
    pub(crate) fn end_of_child(&self) -> Option<Interest<'_>> {
        let Peer::Child(child) = &self.peer else {
            return None;
        };
        let pidfd = child.as_fd().ok()??;
        Some((pidfd, false))
    }

    /// Closes this side. A child whose channel is closed reads the end of the stream, and fails to
    /// send.
    pub(crate) fn close(&mut self) {
        self.flush();
        if let Some(mut link) = self.link.take() {
            // Said aloud, because in a child the socket stays open for the report of a panic.
            let _ = link.halves().0.finish();
        }
    }

    /// Closes this side and waits for the child to end. `None` if the other side is no child of ours.
    pub(crate) fn wait_for_child(&mut self) -> Option<manyways_process::Result<Exit>> {
        self.flush();
        let Peer::Child(child) = &mut self.peer else {
            return None;
        };
        self.link = None;
        Some(child.wait())
    }

    /// Whether the child has ended, and has been reaped. Also true if it is no child of ours.
    pub(crate) fn is_gone(&mut self) -> bool {
        match &mut self.peer {
            Peer::Child(child) => !matches!(child.try_wait(), Ok(None)),
            Peer::Creator(_) | Peer::Background(_) | Peer::Client(_) => true,
        }
    }
}

/// The end that an error tells of by itself.
fn reported_end(error: &manyways_process::Error) -> Option<Ending> {
    match error.panic_report() {
        Some(report) => Some(Ending::Panicked(report.clone())),
        None if error.is_closed() => None,
        None => Some(Ending::Lost(error.to_string())),
    }
}

/// After the end of the stream: finds out how the process ended, as soon as it has. A child may close
/// its side and go on, so this does not wait.
fn settle(peer: &mut Peer, ending: &mut Option<Ending>, hung_up: bool) {
    if ending.is_some() || !hung_up {
        return;
    }
    *ending = match peer {
        Peer::Child(child) => match child.try_wait() {
            Ok(None) => None,
            Ok(Some(exit)) => Some(after_exit(exit)),
            Err(error) => Some(Ending::Lost(error.to_string())),
        },
        Peer::Creator(_) | Peer::Client(_) => Some(Ending::Finished),
        Peer::Background(_) => Some(Ending::Lost(
            "its supervisor was killed, and it with its supervisor".to_owned(),
        )),
    };
}

/// How a process ended that exited so, having reported no panic.
pub(crate) fn after_exit(exit: Exit) -> Ending {
    match exit.success() {
        true => Ending::Finished,
        false => Ending::Died(exit),
    }
}
