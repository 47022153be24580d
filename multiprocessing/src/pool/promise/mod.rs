//! A result that is on its way, and who waits for it.
//!
//! `arrival` is the side of those who bring it, `waiter` and `listeners` that of those who want it; between them lies the
//! `state`.

mod arrival;
mod listeners;
mod state;
mod waiter;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::{fmt, process};

pub(crate) use self::state::Assembly;
use self::state::State;
use super::callbacks::Callbacks;
use super::door::Task;
use super::engine::Piece;
use super::error::PoolError;
use super::failure::Failure;
use super::function::Entry;
use crate::mutex::{Condvar, Mutex};

/// What a call or a map will have given.
pub(crate) struct Promise<T> {
    /// The name of what is called.
    function: &'static str,
    callbacks: Arc<Callbacks>,
    phase: AtomicU8,
    state: Mutex<State<T>>,
    /// Notified when it is done, and when pieces have come that are worth while for one who assembles.
    done: Condvar,
    home: u32,
}

/// Phases: no worker has had any of it; one has; it was cancelled before.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const CANCELLED: u8 = 2;

impl<T: Send + 'static> Promise<T> {
    /// A promise of what will come in pieces, from workers.
    pub(crate) fn in_pieces(
        function: &'static str,
        assembly: Box<dyn Assembly<T>>,
        callbacks: &Arc<Callbacks>,
    ) -> Arc<Promise<T>> {
        Promise::new(function, Some(assembly), callbacks)
    }

    /// A promise of what a thread will [settle](Promise::settle).
    pub(crate) fn in_one(function: &'static str, callbacks: &Arc<Callbacks>) -> Arc<Promise<T>> {
        Promise::new(function, None, callbacks)
    }

    fn new(
        function: &'static str,
        assembly: Option<Box<dyn Assembly<T>>>,
        callbacks: &Arc<Callbacks>,
    ) -> Arc<Promise<T>> {
        Arc::new(Promise {
            function,
            callbacks: callbacks.clone(),
            phase: AtomicU8::new(WAITING),
            state: Mutex::new(State::new(assembly)),
            done: Condvar::new(),
            home: process::id(),
        })
    }

    /// Whether this is the process in which it will be done.
    pub(crate) fn is_here(&self) -> bool {
        self.home == process::id()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state.lock().is_done()
    }

    /// Whether a worker has, or has had, some of it.
    pub(crate) fn has_begun(&self) -> bool {
        self.phase.load(Ordering::Acquire) == BEGUN
    }

    /// A worker takes it. False if it was cancelled.
    pub(crate) fn begin(&self) -> bool {
        self.enter(BEGUN)
    }

    /// Cancels it if no worker has had any of it. Whether it is cancelled.
    pub(crate) fn cancel(self: &Arc<Self>) -> bool {
        let is_cancelled = self.enter(CANCELLED);
        if is_cancelled {
            let cancelled = PoolError::item(self.function, None, Failure::Cancelled);
            self.settle(Err(cancelled));
        }
        is_cancelled
    }

    /// Begins this phase, if it is still waiting. Whether it is in it: no phase but waiting is ever left.
    fn enter(&self, phase: u8) -> bool {
        let entered =
            self.phase
                .compare_exchange(WAITING, phase, Ordering::AcqRel, Ordering::Acquire);
        entered.is_ok() || entered == Err(phase)
    }
}

/// A pending result as the task of workers.
pub(crate) struct Collected<T> {
    pub(crate) promise: Arc<Promise<T>>,
    pub(crate) entry: &'static Entry,
}

impl<T: Send + 'static> Task for Collected<T> {
    fn function(&self) -> &'static Entry {
        self.entry
    }

    fn begin(&self) -> bool {
        self.promise.begin()
    }

    fn deliver(&self, piece: Piece) {
        self.promise.receive(piece);
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Promise")
            .field("function", &self.function)
            .field("items_left", &state.left)
            .finish_non_exhaustive()
    }
}
