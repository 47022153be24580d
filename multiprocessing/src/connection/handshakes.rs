//! Handshakes of those who knock at a listener, side by side.
//!
//! A handshake waits for its peer and computes for most of a millisecond. Each has a thread for as long as it takes, which
//! is bounded, and so is their number: a stranger who says nothing holds up nobody.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use manyways_wire::{Result, SecureStream};

use super::AuthKey;
use super::address::Address;
use super::end::Connection;
use super::socket::Socket;

/// What the two sides of an encrypted connection call what they speak.
pub(crate) const PROTOCOL: &str = "multiprocessing.connection 1";

/// How many are under way at a time. Further connections wait at the listening socket.
const AT_ONCE: usize = 64;

/// When all are taken, those that have lasted so long make room. A peer that is no stranger answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// What came of a handshake, and with whom.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) peer: Option<Address>,
    pub(crate) connection: Result<Connection>,
}

#[derive(Debug)]
pub(crate) struct Handshakes {
    key: AuthKey,
    limit: Duration,
    outcomes: Receiver<(u64, Outcome)>,
    report: Sender<(u64, Outcome)>,
    /// A byte for each outcome that is there.
    bell: PipeReader,
    ring: Arc<PipeWriter>,
    running: Vec<Running>,
    next: u64,
}

#[derive(Debug)]
struct Running {
    number: u64,
    since: Instant,
    /// To end it early.
    socket: Socket,
    thread: JoinHandle<()>,
}

impl Handshakes {
    pub(crate) fn new(key: AuthKey, limit: Duration) -> io::Result<Handshakes> {
        let (report, outcomes) = mpsc::channel();
        let (bell, ring) = io::pipe()?;
        Ok(Handshakes {
            key,
            limit,
            outcomes,
            report,
            bell,
            ring: Arc::new(ring),
            running: Vec::new(),
            next: 0,
        })
    }

    /// Readable when an outcome is there.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.running.len() >= AT_ONCE
    }

    /// When the oldest one has to make room.
    pub(crate) fn room_at(&self) -> Option<Instant> {
        self.running.first().map(|oldest| oldest.since + PATIENCE)
    }

    /// Ends those that have lasted too long for a time when there is no room.
    pub(crate) fn make_room(&self) {
        let slow = self
            .running
            .iter()
            .take_while(|one| one.since.elapsed() >= PATIENCE);
        slow.for_each(|one| one.socket.shut_down());
    }

    pub(crate) fn begin(&mut self, socket: Socket, peer: Option<Address>) -> io::Result<()> {
        self.next += 1;
        let number = self.next;
        let handle = socket.clone();
        let (key, limit) = (self.key.clone(), self.limit);
        let (report, ring) = (self.report.clone(), Arc::clone(&self.ring));
        let body = move || {
            let stream = SecureStream::accept(socket, &key, PROTOCOL, limit);
            let connection = stream.and_then(Connection::secure);
            // The listener is there as long as its threads are; it joins them.
            let _ = report.send((number, Outcome { peer, connection }));
            let _ = (&*ring).write(&[1]);
        };
        let thread = thread::Builder::new()
            .name("handshake".to_owned())
            .spawn(body)?;
        self.running.push(Running {
            number,
            since: Instant::now(),
            socket: handle,
            thread,
        });
        Ok(())
    }

    pub(crate) fn next_outcome(&mut self) -> Option<Outcome> {
        let (number, outcome) = self.outcomes.try_recv().ok()?;
        // It was rung for, or will be at once.
        let _ = self.bell.read(&mut [0]);
        if let Some(at) = self.running.iter().position(|one| one.number == number) {
            // It has reported, so it is ending.
            let _ = self.running.remove(at).thread.join();
        }
        Some(outcome)
    }

    /// For the copy in a forked child, where the threads do not exist.
    pub(crate) fn forget(&mut self) {
        std::mem::forget(std::mem::take(&mut self.running));
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
