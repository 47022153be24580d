//! Where the threads of a program hand over to a pool's supervisor.

use std::io;
use std::mem;
use std::process;
use std::sync::Arc;

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::board::{Board, Hunger};
use super::engine::{Chunk, Outcome, Owner, Piece};
use super::error::PoolError;
use super::failure::Failure;
use super::function::Entry;
use super::intake::Intake;
use crate::mutex::Mutex;

/// Items that were submitted together, as the pool sees them.
pub(crate) trait Task: Send + Sync {
    fn function(&self) -> &'static Entry;

    /// A chunk is about to be sent. False if nobody wants it any more.
    fn begin(&self) -> bool;

    /// Some items have an outcome.
    fn deliver(&self, piece: Piece);
}

impl Owner for Arc<dyn Task> {
    fn begin(&self) -> bool {
        (**self).begin()
    }
}

/// A chunk of any task's items.
pub(crate) type AnyChunk = Chunk<Arc<dyn Task>>;

/// What a supervisor is asked for.
pub(crate) enum Request {
    Run(AnyChunk),
    CancelPending,
    Close,
    Terminate,
}

/// What the threads of a program, its pool's supervisor and the workers have in common.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) board: Board,
    pub(crate) doorbell: EventFd,
    requests: Mutex<Requests>,
    /// The process that the supervisor is a thread of.
    home: u32,
}

#[derive(Default)]
struct Requests {
    queue: Vec<Request>,
    intake: Intake,
}

impl Requests {
    /// Tells the supervisor to close if it has all that will come. Whether it is told.
    fn close_if_over(&mut self) -> bool {
        let is_over = self.intake.is_over();
        if is_over {
            self.queue.push(Request::Close);
        }
        is_over
    }
}

/// The right to hand chunks over after the pool was closed, as what they are part of had begun before.
#[derive(Debug)]
pub(crate) struct Sequence {
    door: Arc<Door>,
}

impl Sequence {
    pub(crate) fn door(&self) -> &Arc<Door> {
        &self.door
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        if !self.door.is_here() {
            return;
        }
        let mut requests = self.door.requests.lock();
        requests.intake.end_sequence();
        if requests.close_if_over() {
            drop(requests);
            self.door.ring();
        }
    }
}

impl Door {
    pub(crate) fn new(workers: usize) -> io::Result<Door> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Door {
            board: Board::new(workers)?,
            doorbell: EventFd::from_flags(flags)?,
            requests: Mutex::default(),
            home: process::id(),
        })
    }

    /// Whether this is the pool's own process, and no fork of it.
    pub(crate) fn is_here(&self) -> bool {
        self.home == process::id()
    }

    /// Why nothing is taken any more, if nothing is.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        if !self.is_here() {
            return Some(Failure::Elsewhere);
        }
        self.requests.lock().intake.refusal().cloned()
    }

    /// Begins a sequence of chunks.
    pub(crate) fn begin_sequence(self: &Arc<Self>) -> Result<Sequence, Failure> {
        if !self.is_here() {
            return Err(Failure::Elsewhere);
        }
        self.requests.lock().intake.begin_sequence()?;
        Ok(Sequence { door: self.clone() })
    }

    /// As [`Intake::check_join`].
    pub(crate) fn check_join(&self, is_within: bool) -> Result<(), PoolError> {
        if !self.is_here() {
            return Err(PoolError::refused(Failure::Elsewhere));
        }
        self.requests.lock().intake.check_join(is_within)
    }

    /// Hands over a chunk of a sequence that had begun before the pool was closed. What cannot be taken any more, as the
    /// pool has ended, is delivered as failed.
    pub(crate) fn run(&self, chunk: AnyChunk) {
        let mut requests = self.requests.lock();
        if let Err(why) = requests.intake.admit() {
            drop(requests);
            return fail(&chunk, why);
        }
        requests.queue.push(Request::Run(chunk));
        drop(requests);
        self.ring();
    }

    /// Takes no chunks any more, those apart that were handed over before.
    pub(crate) fn close(&self) {
        let mut requests = self.requests.lock();
        requests.intake.close();
        if requests.close_if_over() {
            drop(requests);
            self.ring();
        }
    }

    /// Fails what no worker has had.
    pub(crate) fn cancel_pending(&self) {
        self.requests.lock().queue.push(Request::CancelPending);
        self.ring();
    }

    /// Ends everything.
    pub(crate) fn terminate(&self) {
        let mut requests = self.requests.lock();
        requests.intake.end(Failure::Terminated);
        requests.queue.push(Request::Terminate);
        drop(requests);
        self.ring();
    }

    fn ring(&self) {
        if self.board.take_hunger(Hunger::Patient) {
            // It fails only if the counter is near its end, and then the supervisor is awake.
            let _ = self.doorbell.write(1);
        }
    }

    /// For the supervisor: what has come.
    pub(crate) fn take(&self, into: &mut Vec<Request>) {
        mem::swap(into, &mut self.requests.lock().queue);
    }

    /// For the supervisor that ends: fails what nobody will run, now or later.
    pub(crate) fn shut(&self, why: &Failure) {
        let mut requests = self.requests.lock();
        requests.intake.end(why.clone());
        let left = mem::take(&mut requests.queue);
        drop(requests);
        for request in left {
            if let Request::Run(chunk) = request {
                fail(&chunk, why.clone());
            }
        }
    }
}

fn fail(chunk: &AnyChunk, why: Failure) {
    chunk.owner.deliver(Piece {
        first: chunk.first,
        count: chunk.items.count,
        outcome: Outcome::Failed(why),
    });
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests")
            .field("queue", &self.queue.len())
            .field("intake", &self.intake)
            .finish()
    }
}
