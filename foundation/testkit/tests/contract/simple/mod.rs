//! Implementations that are too simple to be wrong, and can be made wrong on purpose.
//!
//! Each is a plain state in a [`Monitor`]: a call waits until the state permits it and changes it.
//! The parameter `FAULT` breaks one thing, so that the suite can show that it notices.

mod barrier;
mod condition;
mod event;
pub(crate) mod fault;
mod lock;
mod queue;
mod semaphore;
mod thread;

use std::fmt::Debug;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use barrier::{BarrierState, SimpleBarrier};
pub(crate) use condition::{SimpleCondition, Waiting};
pub(crate) use event::{EventState, SimpleEvent};
pub(crate) use lock::{Held, Owner, SimpleLock, SimpleRLock};
pub(crate) use queue::{FIFO, LIFO, PRIORITY, QueueState, SimpleQueue};
pub(crate) use semaphore::{Permits, SimpleBounded, SimpleSemaphore};
pub(crate) use thread::SimpleThread;

/// A state that several workers look at and change, one at a time.
pub(crate) trait Monitor<S>: Debug + Send + Sync + 'static {
    fn new(state: S) -> Self;

    /// Changes the state and has all that wait look again.
    fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R;

    /// Tries the step until it gives something, sleeping between changes; `None` at the limit.
    fn until<R>(&self, limit: Option<Duration>, step: impl FnMut(&mut S) -> Option<R>)
    -> Option<R>;
}

/// A monitor for threads.
#[derive(Debug)]
pub(crate) struct StdMonitor<S> {
    state: Mutex<S>,
    changed: Condvar,
}

impl<S> StdMonitor<S> {
    fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Debug + Send + 'static> Monitor<S> for StdMonitor<S> {
    fn new(state: S) -> Self {
        let changed = Condvar::new();
        StdMonitor {
            state: Mutex::new(state),
            changed,
        }
    }

    fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    fn until<R>(
        &self,
        limit: Option<Duration>,
        mut step: impl FnMut(&mut S) -> Option<R>,
    ) -> Option<R> {
        let end = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut state = self.lock();
        loop {
            if let Some(result) = step(&mut state) {
                self.changed.notify_all();
                return Some(result);
            }
            let Some(end) = end else {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The calling thread or process.
fn me() -> i32 {
    nix::unistd::gettid().as_raw()
}
