//! State that calls of clients wait on.

use std::time::Instant;

use crate::managers::fault::Fault;
use crate::managers::session::Caller;
use crate::mutex::{Condvar, Mutex};

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
        look(&self.state.lock())
    }

    /// Changes the state, and lets all who wait look again.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.state.lock());
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
        let mut state = self.state.lock();
        loop {
            caller.check_alive()?;
            if let Some(result) = attempt(&mut state) {
                drop(state);
                self.changed.notify_all();
                return Ok(Some(result));
            }
            let Some(woken) = self.changed.wait_until(state, deadline) else {
                return Ok(None);
            };
            state = woken;
        }
    }
}
