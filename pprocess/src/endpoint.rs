//! One end of a channel, below its types: messages as bytes, without ever waiting.
//!
//! Everything here returns at once. What cannot be sent yet is kept and sent later, what has arrived in
//! part is kept until the rest comes. So one stopped process never holds up the others.

use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::os::fd::BorrowedFd;

use manyways_process::{Child, Exit, Link};

use crate::protocol::{self, Ending, Message, Tag};

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
    outgoing: VecDeque<Message>,
    /// There was nothing to read the last time. So before the next time it is worth to ask whether the
    /// child has ended.
    drained: bool,
    /// The other side ended and left something unread of what it was sent.
    undelivered: bool,
    /// The stream has ended, so the other side is gone or going.
    hung_up: bool,
    ending: Option<Ending>,
    /// The end as it was announced: by the supervisor of a background process, which ends after that, or
    /// by a child that has done all it was made for.
    announced: Option<Ending>,
}

impl Endpoint {
    pub(crate) fn new(mut link: Link, peer: Peer) -> manyways_process::Result<Endpoint> {
        link.set_nonblocking(true)?;
        Ok(Endpoint {
            link: Some(link),
            peer,
            outgoing: VecDeque::new(),
            drained: true,
            undelivered: false,
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

    /// Whether the other side is known to have ended before it had read all that it was sent.
    pub(crate) fn left_something_unread(&self) -> bool {
        self.undelivered && self.ending.is_some()
    }

    /// Notes an end that the other side announces. It counts from the end of the stream on: then the
    /// supervisor of a background process is gone too, and the address is free; and a child may still
    /// fail as it winds up.
    pub(crate) fn announce(&mut self, ending: Ending) {
        self.announced.get_or_insert(ending);
    }

    /// Sends `message`, now or as soon as the link takes it.
    pub(crate) fn post(&mut self, message: impl Into<Message>) {
        self.outgoing.push_back(message.into());
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
            self.undelivered = true;
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
            if self.ending.is_none() {
                self.ending = find_ending(&mut self.peer, &mut self.announced);
            }
            return None;
        }
        // Before reading: what a child that has ended leaves in the link is all there will be, though a
        // process that it started may hold the link open for ever.
        let gone = std::mem::take(&mut self.drained) && self.child_has_ended();
        let received = match &mut self.link {
            Some(link) => link.halves().1.recv_bytes(),
            None => {
                self.ending = Some(Ending::Finished);
                return None;
            }
        };
        match received.map(protocol::split) {
            Ok(Some(message)) => {
                self.drained = gone; // Known once, asked again at no cost.
                return Some(message);
            }
            Ok(None) => {
                let why = "it sent a message that is none; is it another version of this program?";
                self.ending = Some(Ending::Lost(why.to_owned()));
            }
            Err(error) if error.is_timeout() && !gone => self.drained = true,
            Err(error) => {
                self.undelivered |= was_reset(&error);
                self.hung_up = true;
                self.ending = reported_end(&error)
                    .or_else(|| find_ending(&mut self.peer, &mut self.announced));
            }
        }
        None
    }

    fn child_has_ended(&mut self) -> bool {
        match &mut self.peer {
            Peer::Child(child) => !matches!(child.try_wait(), Ok(None)),
            _ => false,
        }
    }

    /// What to wait for before anything can change here: the link, and the end of a child. Nothing when
    /// the end is known.
    pub(crate) fn interests(&self) -> impl Iterator<Item = Interest<'_>> {
        let link = match &self.link {
            Some(link) if !self.hung_up => link.as_fd().ok(),
            _ => None,
        };
        let link = link.map(|fd| (fd, self.has_pending()));
        let both = link.into_iter().chain(self.end_of_child());
        both.filter(|_| self.ending.is_none())
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
    /// send. A child that closes says so: without that word its end is one before its time.
    pub(crate) fn close(&mut self) {
        if matches!(self.peer, Peer::Creator(_)) && self.link.is_some() {
            self.post(Tag::Done.message());
        }
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
        // Of these the process's end says why. A time-out is an end when the process has ended.
        None if error.is_closed() || error.is_timeout() => None,
        None => Some(Ending::Lost(error.to_string())),
    }
}

/// After the end of the stream: finds out how the process ended, if it has. A child may close its side
/// and go on, so this does not wait.
fn find_ending(peer: &mut Peer, announced: &mut Option<Ending>) -> Option<Ending> {
    match peer {
        Peer::Child(child) => match child.try_wait() {
            Ok(None) => None,
            Ok(Some(exit)) => Some(after_exit(exit, announced.is_some())),
            Err(error) => Some(Ending::Lost(error.to_string())),
        },
        Peer::Creator(_) | Peer::Client(_) => Some(Ending::Finished),
        Peer::Background(_) => Some(announced.take().unwrap_or_else(|| {
            Ending::Lost("its supervisor was killed, and it with its supervisor".to_owned())
        })),
    }
}

/// Whether the other side closed its socket with something in it that it had not read: then the kernel
/// resets the connection, where it would end it otherwise.
fn was_reset(error: &manyways_process::Error) -> bool {
    let wire = error.source().and_then(|cause| cause.downcast_ref());
    let kind = wire.and_then(manyways_wire::Error::io_kind);
    kind == Some(io::ErrorKind::ConnectionReset)
}

/// How a process ended that exited so, having reported no panic. `done` is whether it had said that it
/// was done; a process that leaves in the middle of its function may do so with code 0.
fn after_exit(exit: Exit, done: bool) -> Ending {
    match exit {
        // Somebody else has taken the exit code.
        Exit::Unknown if done => Ending::Finished,
        exit if exit.success() && done => Ending::Finished,
        exit => Ending::Died(exit),
    }
}
