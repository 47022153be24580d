//! A lock with a condition, on which the queues stand: `parking_lot`'s, or shuttle's under `--cfg shuttle`.

#[cfg(not(shuttle))]
use parking_lot::{Condvar, Mutex};
#[cfg(shuttle)]
use shuttle::sync::{Condvar, Mutex};

#[cfg(not(shuttle))]
pub(crate) use parking_lot::MutexGuard;
#[cfg(shuttle)]
pub(crate) use shuttle::sync::MutexGuard;

/// A state that threads change and wait for.
#[derive(Debug, Default)]
pub(crate) struct Monitor<T> {
    state: Mutex<T>,
    changed: Condvar,
}

#[cfg(not(shuttle))]
impl<T> Monitor<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock()
    }

    /// Sleeps until the state is as asked.
    pub(crate) fn when(&self, mut ready: impl FnMut(&T) -> bool) -> MutexGuard<'_, T> {
        let mut state = self.state.lock();
        self.changed.wait_while(&mut state, |state| !ready(state));
        state
    }
}

#[cfg(shuttle)]
impl<T> Monitor<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap()
    }

    pub(crate) fn when(&self, mut ready: impl FnMut(&T) -> bool) -> MutexGuard<'_, T> {
        let mut state = self.lock();
        while !ready(&state) {
            state = self.changed.wait(state).unwrap();
        }
        state
    }
}

impl<T> Monitor<T> {
    /// Wakes all who wait, so that they look again.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }
}
