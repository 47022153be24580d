//! What [`Lock`] can do.

use std::any::type_name;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

use super::cell::{Lock, LockGuard};
use super::hold::Held;
use super::raw::{Taking, What};
use crate::error::MisuseError;
use crate::wait::{Limit, WaitError};

impl<T: ?Sized> Lock<T> {
    /// Waits for the lock and takes it.
    ///
    /// A thread that holds it already waits for itself, for ever; [`RLock`](crate::RLock) is for that. See
    /// [`deadlock`](crate::deadlock) for how to be told.
    ///
    /// # Panics
    ///
    /// If the wait would never end, and [`deadlock`](crate::deadlock) has been told to panic then.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockGuard<'_, T> {
        self.raw.acquire(Lock::<T>::taking());
        LockGuard::new(self)
    }

    /// Takes the lock if it is free.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let taken = self.raw.try_acquire(Lock::<T>::taking());
        taken.then(|| LockGuard::new(self))
    }

    /// Waits for the lock within a limit and takes it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use threading::Lock;
    ///
    /// let lock = Lock::new(5);
    /// let guard = lock.lock();
    /// let late = lock.lock_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert!(late.is_timed_out());
    /// drop(guard);
    /// assert_eq!(*lock.lock_timeout(Duration::from_millis(1))?, 5);
    /// # Ok::<(), threading::WaitError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the lock was not free in time, or the token is cancelled.
    #[inline]
    #[track_caller]
    pub fn lock_timeout<'l>(
        &self,
        limit: impl Into<Limit<'l>>,
    ) -> Result<LockGuard<'_, T>, WaitError> {
        let taking = Lock::<T>::taking();
        self.raw.acquire_within(limit.into(), taking)?;
        Ok(LockGuard::new(self))
    }

    /// Whether somebody holds it at this moment: Python's `locked`.
    #[must_use]
    pub fn locked(&self) -> bool {
        self.raw.is_held()
    }

    /// Whether a thread has panicked while it held the lock, since the last [`clear_poison`](Lock::clear_poison).
    ///
    /// Ask while you hold the lock.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.raw.is_poisoned()
    }

    /// Says that the data is whole again.
    pub fn clear_poison(&self) {
        self.raw.clear_poison();
    }

    /// With a guard, or in the place of one.
    #[inline]
    #[track_caller]
    pub(super) fn taking() -> Taking {
        Taking {
            what: Self::WITH_GUARD,
            place: Location::caller(),
        }
    }

    const WITH_GUARD: &'static What = &What {
        kind: "Lock",
        data: type_name::<T>,
        owned: true,
    };
}

/// Python's bare forms: any thread may release what any thread acquired.
impl Lock<()> {
    /// Waits for the lock and takes it: [`lock`](Lock::lock) without a guard.
    ///
    /// # Panics
    ///
    /// As [`lock`](Lock::lock).
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        self.raw.acquire(by_hand());
    }

    /// Takes the lock if it is free. Whether it did.
    #[inline]
    #[must_use = "the lock may not have been taken"]
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.raw.try_acquire(by_hand())
    }

    /// Waits for the lock within a limit and takes it.
    ///
    /// # Errors
    ///
    /// If the lock was not free in time, or the token is cancelled.
    #[inline]
    #[track_caller]
    pub fn acquire_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<(), WaitError> {
        let taking = by_hand();
        self.raw.acquire_within(limit.into(), taking)
    }

    /// Gives the lock up, whichever thread holds it.
    ///
    /// The guard of a lock that is released by hand finds it free, or another's, when it is dropped: use one or the
    /// other.
    ///
    /// # Errors
    ///
    /// If nobody holds the lock.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), MisuseError> {
        if self.raw.release() {
            Ok(())
        } else {
            Err(MisuseError::new(
                "release of a lock that is not held",
                "release it once for each acquire",
            ))
        }
    }

    /// A lock that was acquired by hand, for a [`Condition`](crate::Condition), which wants to be shown that it is held.
    ///
    /// As in Python, the lock has no owner, and it is enough that somebody holds it.
    ///
    /// # Errors
    ///
    /// If nobody holds the lock.
    #[track_caller]
    pub fn held(&self) -> Result<Held<'_, Lock>, MisuseError> {
        if self.locked() {
            Ok(Held::new(self))
        } else {
            Err(MisuseError::new(
                "use of a condition whose lock is not held",
                "acquire the lock first",
            ))
        }
    }
}

/// The bare forms' way.
#[inline]
#[track_caller]
pub(super) fn by_hand() -> Taking {
    const BY_HAND: &What = &What {
        kind: "Lock",
        data: type_name::<()>,
        owned: false,
    };
    Taking {
        what: BY_HAND,
        place: Location::caller(),
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() && !self.panicking {
            self.lock.raw.poison();
        }
        if !self.lock.raw.release() {
            guard_without_lock();
        }
    }
}

/// # Panics
///
/// Unless the thread does already.
#[cold]
pub(super) fn guard_without_lock() {
    assert!(
        std::thread::panicking(),
        "the lock of a guard was released by hand; use the guard or `release`, not both"
    );
}

/// A panic poisons the lock, for those who ask.
impl<T: ?Sized> UnwindSafe for Lock<T> {}
impl<T: ?Sized> RefUnwindSafe for Lock<T> {}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Lock<T> {
        Lock::new(value)
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Lock<T> {
        Lock::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Lock");
        match self.try_lock() {
            Some(data) => debug.field("data", &&*data).field("locked", &false),
            None => debug
                .field("data", &format_args!("<locked>"))
                .field("locked", &true),
        };
        debug
            .field("waiters", &self.raw.waiters())
            .field("poisoned", &self.is_poisoned())
            .finish()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
