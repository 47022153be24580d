//! State that calls of clients wait on.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::managers::fault::Fault;
use crate::managers::session::Caller;
use crate::waiting::wait_until;

/// State under a lock, and calls that wait until it allows them to go on.
#[derive(Debug, Default)]
pub(crate) struct Monitor<T> {
    state: Mutex<T>,
    changed: Condvar,
}

impl<T> Monitor<T> {
    pub(crate) fn new(state: T) -> Monitor<T> {
        Monitor {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the state, and lets all who wait look again.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Tries until there is a result; `None` if the time is up. The attempt may change the state; who waits for such a
    /// change is woken.
    ///
    /// # Errors
    ///
    /// When the client dies meanwhile. Whoever takes back what it held wakes its calls.
    pub(crate) fn wait<R>(
        &self,
        caller: &Caller,
        deadline: Option<Instant>,
        mut attempt: impl FnMut(&mut T) -> Option<R>,
    ) -> Result<Option<R>, Fault> {
        let mut state = self.lock();
        loop {
            caller.check_alive()?;
            if let Some(result) = attempt(&mut state) {
                drop(state);
                self.changed.notify_all();
                return Ok(Some(result));
            }
            let Some(woken) = wait_until(&self.changed, state, deadline) else {
                return Ok(None);
            };
            state = woken;
        }
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
