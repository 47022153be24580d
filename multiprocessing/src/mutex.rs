//! The standard library's mutex and condition variable, without poison.

use std::sync::{self, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

/// A mutex of this process, which others get as before after a holder's panic. So what is done under it must leave the data
/// whole wherever it can panic.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Mutex<T> {
        Mutex(sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Mutex<Option<T>> {
    /// What it holds in the copy that a forked child has of it, which may be locked for ever.
    pub(crate) fn copy(&self) -> Option<T> {
        match self.0.try_lock() {
            Ok(value) => value.clone(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().clone(),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A condition variable for such a mutex.
#[derive(Debug, Default)]
pub(crate) struct Condvar(sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Condvar {
        Condvar(sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits to be notified. It may return early.
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits to be notified; `None` once the deadline has passed. It may return early.
    pub(crate) fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> Option<MutexGuard<'a, T>> {
        let Some(at) = deadline else {
            return Some(self.wait(guard));
        };
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let waited = self.0.wait_timeout(guard, left);
        Some(waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}
