//! The lock that anyone may release.

use std::fmt;
use std::time::{Duration, Instant};

use manyways_shared_memory as memory;

use super::error::{LockError, Misuse, SyncError, Taken, deadline, guarded};

/// A lock between processes: Python's `multiprocessing.Lock`.
///
/// Any process or thread may release it, as in Python, whoever took it. See the [module](crate::sync) for what happens when
/// a holder dies.
///
/// ```
/// use multiprocessing::Lock;
///
/// let lock = Lock::new()?;
/// let theirs = lock.clone();
/// let holder = manyways_process::Fork::new().run::<(), _>(move || {
///     theirs.acquire().unwrap();
///     std::process::abort(); // without a release
/// })?;
/// let pid = holder.pid();
/// assert!(holder.join().is_err());
///
/// let news = lock.lock().unwrap_err();
/// assert_eq!(news.death().unwrap().pid(), Some(pid));
/// let guard = news.recover()?; // The lock is ours.
/// # drop(guard);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Lock {
    pub(super) raw: memory::Lock,
}

impl Lock {
    /// A free lock.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<Lock, SyncError> {
        let raw = memory::Lock::new()?;
        Ok(Lock { raw })
    }

    /// Takes the lock; waits while a living process holds it. The guard releases it.
    ///
    /// # Errors
    ///
    /// If a holder died ([`LockError::OwnerDied`], with the guard), or this process cannot take part.
    #[inline]
    pub fn lock(&self) -> Result<LockGuard<'_>, LockError<LockGuard<'_>>> {
        let taken = self.acquire()?;
        guarded(taken, LockGuard { lock: self })
    }

    /// Takes the lock unless a living process holds it.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it is held.
    #[inline]
    pub fn try_lock(&self) -> Result<LockGuard<'_>, LockError<LockGuard<'_>>> {
        let taken = self.try_acquire()?;
        guarded(taken, LockGuard { lock: self })
    }

    /// Takes the lock; waits at most `timeout` while a living process holds it.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it was held so long.
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<LockGuard<'_>, LockError<LockGuard<'_>>> {
        let taken = self.acquire_timeout(timeout)?;
        guarded(taken, LockGuard { lock: self })
    }

    /// As [`lock`](Self::lock), to be [released](Self::release) by hand, here or elsewhere.
    ///
    /// # Errors
    ///
    /// If this process cannot take part. That a holder died is no error here: [`Taken`] says so.
    #[inline]
    pub fn acquire(&self) -> Result<Taken, SyncError> {
        self.acquire_until(None)
    }

    /// As [`try_lock`](Self::try_lock), to be released by hand.
    ///
    /// # Errors
    ///
    /// [`SyncError::TimedOut`] if it is held; if this process cannot take part.
    #[inline]
    pub fn try_acquire(&self) -> Result<Taken, SyncError> {
        Ok(self.raw.try_acquire()?)
    }

    /// As [`lock_timeout`](Self::lock_timeout), to be released by hand.
    ///
    /// # Errors
    ///
    /// [`SyncError::TimedOut`] if it was held so long; if this process cannot take part.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Taken, SyncError> {
        self.acquire_until(deadline(timeout))
    }

    #[inline]
    fn acquire_until(&self, deadline: Option<Instant>) -> Result<Taken, SyncError> {
        Ok(self.raw.acquire(deadline)?)
    }

    /// Releases the lock, whoever holds it.
    ///
    /// # Errors
    ///
    /// If nobody does: Python's `ValueError`.
    #[inline]
    pub fn release(&self) -> Result<(), Misuse> {
        self.raw.release()
    }

    /// Whether it is held at this moment, by whomever, even a dead process.
    #[must_use]
    pub fn locked(&self) -> bool {
        self.raw.is_held()
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

/// A held [`Lock`]. Releases it when it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

impl Drop for LockGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // Somebody else may have released it, which Python allows; then there is nothing to do.
        let _ = self.lock.release();
    }
}
