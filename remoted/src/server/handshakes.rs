//! Encrypted handshakes, beside the event loop.
//!
//! A handshake waits for its peer and computes for most of a millisecond; neither may hold the clients up. So each
//! has a thread for as long as it takes, which is bounded, and so is their number. Clients have no threads: what comes
//! out is a stream for the event loop.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use manyways_wire::Secret;
use rustix::event::{EventfdFlags, eventfd};

use crate::socket::Socket;
use crate::stream::Stream;

/// Handshakes that are under way at a time. Further connections wait to be accepted.
const AT_ONCE: usize = 64;

/// A peer that has said nothing for so long makes room for another when there is none. One that is no stranger
/// speaks within milliseconds.
const SILENCE: Duration = Duration::from_secs(3);

/// Handshakes under way, and where their outcomes come.
#[derive(Debug)]
pub(super) struct Handshakes {
    secret: Secret,
    limit: Duration,
    /// Readable when an outcome is there.
    wake: Arc<OwnedFd>,
    outcomes: Receiver<(u64, Option<Stream>)>,
    report: Sender<(u64, Option<Stream>)>,
    running: Vec<Running>,
    next: u64,
}

#[derive(Debug)]
struct Running {
    number: u64,
    since: Instant,
    /// To end the handshake early.
    socket: Socket,
    thread: JoinHandle<()>,
}

impl Handshakes {
    pub(super) fn new(secret: Secret, limit: Duration) -> io::Result<Handshakes> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (report, outcomes) = mpsc::channel();
        Ok(Handshakes {
            secret,
            limit,
            wake: Arc::new(wake),
            outcomes,
            report,
            running: Vec::new(),
            next: 0,
        })
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether there is no room for another.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= AT_ONCE
    }

    /// Ends the handshakes whose peers have long been silent.
    pub(super) fn end_silent(&self, now: Instant) {
        let is_silent = |one: &&Running| {
            !one.socket.has_heard() && now.saturating_duration_since(one.since) >= SILENCE
        };
        let silent = self.running.iter().filter(is_silent);
        silent.for_each(|one| one.socket.shut_down());
    }

    /// Begins a handshake; its outcome will be there later.
    pub(super) fn begin(&mut self, socket: Socket) -> io::Result<()> {
        self.next += 1;
        let number = self.next;
        let (secret, limit) = (self.secret.clone(), self.limit);
        let (report, wake) = (self.report.clone(), Arc::clone(&self.wake));
        let handle = socket.second_handle();
        let thread = thread::Builder::new()
            .name("handshake".to_owned())
            .spawn(move || {
                // Why it failed is told to the peer, as far as that may know it.
                let stream = Stream::accept(socket, &secret, limit).ok();
                // The server is there as long as its threads are.
                let _ = report.send((number, stream));
                let _ = rustix::io::write(&*wake, &1_u64.to_ne_bytes());
            })?;
        self.running.push(Running {
            number,
            since: Instant::now(),
            socket: handle,
            thread,
        });
        Ok(())
    }

    /// The next outcome: a stream, or `Some(None)` for a handshake that failed.
    pub(super) fn next_outcome(&mut self) -> Option<Option<Stream>> {
        let Ok((number, stream)) = self.outcomes.try_recv() else {
            // Emptied first and read again after, so that no report falls between.
            let mut count = [0; 8];
            rustix::io::read(&*self.wake, &mut count).ok()?;
            return self.next_outcome();
        };
        if let Some(at) = self.running.iter().position(|one| one.number == number) {
            // It has reported, so it is ending.
            let _ = self.running.swap_remove(at).thread.join();
        }
        Some(stream)
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        for one in self.running.drain(..) {
            one.socket.shut_down();
            let _ = one.thread.join();
        }
    }
}
