//! What [`RLock`] can do.

use std::any::type_name;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

use super::cell::{RLock, RLockGuard};
use super::hold::Held;
use super::plain::guard_without_lock;
use super::raw::{Taking, What};
use crate::error::MisuseError;
use crate::wait::{Limit, WaitError};

impl<T: ?Sized> RLock<T> {
    /// Takes the lock; waits while another thread holds it.
    ///
    /// # Panics
    ///
    /// If the wait would never end, and [`deadlock`](crate::deadlock) has been told to panic then.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> RLockGuard<'_, T> {
        self.raw.acquire(RLock::<T>::taking());
        RLockGuard::new(self)
    }

    /// Takes the lock unless another thread holds it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<RLockGuard<'_, T>> {
        let taken = self.raw.try_acquire(RLock::<T>::taking());
        taken.then(|| RLockGuard::new(self))
    }

    /// Takes the lock; waits within a limit while another thread holds it.
    ///
    /// # Errors
    ///
    /// If the lock was not free in time, or the token is cancelled.
    #[inline]
    #[track_caller]
    pub fn lock_timeout<'l>(
        &self,
        limit: impl Into<Limit<'l>>,
    ) -> Result<RLockGuard<'_, T>, WaitError> {
        let taking = RLock::<T>::taking();
        self.raw.acquire_within(limit.into(), taking)?;
        Ok(RLockGuard::new(self))
    }

    /// Whether some thread holds it at this moment, this one or another: Python's `locked` (3.14).
    #[must_use]
    pub fn locked(&self) -> bool {
        self.raw.raw().is_held()
    }

    /// Whether the calling thread holds it.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.raw.is_mine()
    }

    /// Whether a thread has panicked while it held the lock, since the last
    /// [`clear_poison`](RLock::clear_poison).
    ///
    /// Ask while you hold the lock.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.raw().is_poisoned()
    }

    /// Says that the data is whole again.
    pub fn clear_poison(&self) {
        self.raw.raw().clear_poison();
    }

    #[inline]
    #[track_caller]
    pub(super) fn taking() -> Taking {
        Taking {
            what: Self::WHAT,
            place: Location::caller(),
        }
    }

    const WHAT: &'static What = &What {
        kind: "RLock",
        data: type_name::<T>,
        owned: true,
    };
}

/// Python's bare forms.
///
/// A thread that ends while it holds the lock by these keeps it for ever: use guards, or
/// [`deadlock`](crate::deadlock) to be told.
impl RLock<()> {
    /// Takes the lock: [`lock`](RLock::lock) without a guard.
    ///
    /// # Panics
    ///
    /// As [`lock`](RLock::lock).
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        self.raw.acquire(RLock::<()>::taking());
    }

    /// Takes the lock unless another thread holds it. Whether it did.
    #[inline]
    #[must_use = "the lock may not have been taken"]
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.raw.try_acquire(RLock::<()>::taking())
    }

    /// Takes the lock; waits within a limit while another thread holds it.
    ///
    /// # Errors
    ///
    /// If the lock was not free in time, or the token is cancelled.
    #[inline]
    #[track_caller]
    pub fn acquire_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<(), WaitError> {
        let taking = RLock::<()>::taking();
        self.raw.acquire_within(limit.into(), taking)
    }

    /// Gives the lock up once.
    ///
    /// # Errors
    ///
    /// If the calling thread does not hold the lock.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), MisuseError> {
        if self.raw.release() {
            Ok(())
        } else {
            Err(MisuseError::new(
                "release of an RLock that this thread does not hold",
                "only the thread that acquired it may release it, once for each acquire",
            ))
        }
    }

    /// A lock that was acquired by hand, for a [`Condition`](crate::Condition), which wants to be shown that it is held.
    ///
    /// # Errors
    ///
    /// If the calling thread does not hold the lock.
    #[track_caller]
    pub fn held(&self) -> Result<Held<'_, RLock>, MisuseError> {
        if self.is_owned() {
            Ok(Held::new(self))
        } else {
            Err(MisuseError::new(
                "use of a condition whose RLock this thread does not hold",
                "acquire the lock first",
            ))
        }
    }
}

impl<T: ?Sized> Drop for RLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() && !self.panicking {
            self.lock.raw.raw().poison();
        }
        if !self.lock.raw.release() {
            guard_without_lock();
        }
    }
}

/// A panic poisons the lock, for those who ask.
impl<T: ?Sized> UnwindSafe for RLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RLock<T> {}

impl<T> From<T> for RLock<T> {
    fn from(value: T) -> RLock<T> {
        RLock::new(value)
    }
}

impl<T: Default> Default for RLock<T> {
    fn default() -> RLock<T> {
        RLock::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (owner, depth) = (self.raw.owner(), self.raw.depth());
        let mut debug = f.debug_struct("RLock");
        match self.try_lock() {
            Some(data) => debug.field("data", &&*data),
            None => debug.field("data", &format_args!("<locked>")),
        };
        debug
            .field("owner", &owner)
            .field("count", &depth)
            .field("waiters", &self.raw.raw().waiters())
            .field("poisoned", &self.is_poisoned())
            .finish()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
