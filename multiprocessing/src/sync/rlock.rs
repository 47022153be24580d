//! The lock that its holder may take again.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use manyways_shared_memory as memory;

use super::error::{LockError, Misuse, SyncError, Taken, deadline, guarded};

/// A lock between processes that its holder, one thread of one process, may take again: Python's `multiprocessing.RLock`.
///
/// It is free when it was released as often as it was taken. See the [module](crate::sync) for what happens when a holder
/// dies.
///
/// ```
/// use multiprocessing::RLock;
///
/// let lock = RLock::new()?;
/// let outer = lock.lock().unwrap();
/// let inner = lock.lock().unwrap();
/// assert_eq!(lock.depth(), 2);
/// drop((inner, outer));
/// assert!(!lock.is_owned());
/// # Ok::<(), multiprocessing::SyncError>(())
/// ```
#[derive(Clone)]
pub struct RLock {
    pub(super) raw: memory::RLock,
}

impl RLock {
    /// A free lock.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<RLock, SyncError> {
        let raw = memory::RLock::new()?;
        Ok(RLock { raw })
    }

    /// Takes the lock; waits while another living thread or process holds it. The guard releases it, once.
    ///
    /// # Errors
    ///
    /// If a holder died ([`LockError::OwnerDied`], with the guard), or this process cannot take part.
    pub fn lock(&self) -> Result<RLockGuard<'_>, LockError<RLockGuard<'_>>> {
        let taken = self.acquire()?;
        guarded(taken, RLockGuard::new(self))
    }

    /// Takes the lock unless another living thread or process holds it.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it is held.
    pub fn try_lock(&self) -> Result<RLockGuard<'_>, LockError<RLockGuard<'_>>> {
        let taken = self.try_acquire()?;
        guarded(taken, RLockGuard::new(self))
    }

    /// Takes the lock; waits at most `timeout`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it was held so long.
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<RLockGuard<'_>, LockError<RLockGuard<'_>>> {
        let taken = self.acquire_timeout(timeout)?;
        guarded(taken, RLockGuard::new(self))
    }

    /// As [`lock`](Self::lock), to be [released](Self::release) by hand.
    ///
    /// # Errors
    ///
    /// If this process cannot take part. That a holder died is no error here: [`Taken`] says so.
    pub fn acquire(&self) -> Result<Taken, SyncError> {
        self.acquire_until(None)
    }

    /// As [`try_lock`](Self::try_lock), to be released by hand.
    ///
    /// # Errors
    ///
    /// [`SyncError::TimedOut`] if it is held; if this process cannot take part.
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

    fn acquire_until(&self, deadline: Option<Instant>) -> Result<Taken, SyncError> {
        Ok(self.raw.acquire(deadline)?)
    }

    /// Undoes one taking.
    ///
    /// # Errors
    ///
    /// If this thread does not hold it: Python's `AssertionError`.
    pub fn release(&self) -> Result<(), Misuse> {
        self.raw.release()
    }

    /// Whether the calling thread holds it.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.raw.is_mine()
    }

    /// Whether it is held at this moment, by whomever, even a dead process.
    #[must_use]
    pub fn locked(&self) -> bool {
        self.raw.depth() > 0
    }

    /// How often the calling thread has taken it; 0 if it does not hold it.
    #[must_use]
    pub fn depth(&self) -> u32 {
        if self.is_owned() { self.raw.depth() } else { 0 }
    }
}

impl fmt::Debug for RLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

/// A held [`RLock`]. Undoes one taking when it is dropped. It stays on its thread.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    _stays: PhantomData<*const ()>,
}

impl<'a> RLockGuard<'a> {
    fn new(lock: &'a RLock) -> RLockGuard<'a> {
        RLockGuard {
            lock,
            _stays: PhantomData,
        }
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        // It fails only if the program has released by hand what the guard holds.
        let _ = self.lock.release();
    }
}
