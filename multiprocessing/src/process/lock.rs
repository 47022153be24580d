//! A mutex of this process, whose holder's panic breaks nothing.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Held for short steps only, each of which leaves the data whole.
#[derive(Debug, Default)]
pub(super) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(super) const fn new(value: T) -> Lock<T> {
        Lock(Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Lock<Option<T>> {
    /// What it holds in the copy that a forked child has of it, which may be locked for ever.
    pub(super) fn copy(&self) -> Option<T> {
        match self.0.try_lock() {
            Ok(value) => value.clone(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().clone(),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
