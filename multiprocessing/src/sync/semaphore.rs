//! Permits.

use std::fmt;
use std::ops::Deref;
use std::time::{Duration, Instant};

use manyways_shared_memory::{self as memory, Permits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{LockError, ReleaseError, SyncError, Taken, deadline, guarded};

/// A number of permits that processes take and give back: Python's `multiprocessing.Semaphore`.
///
/// The permits that a process holds when it ends, in whatever way, come back, and whoever takes one of them gets the news.
/// Where one process gives and another takes, so that a permit is a message and not a right, see [`counting`](Self::counting).
///
/// ```
/// use multiprocessing::Semaphore;
///
/// let seats = Semaphore::new(2)?;
/// let first = seats.permit().unwrap();
/// let second = seats.permit().unwrap();
/// assert!(seats.try_permit().unwrap_err().is_timed_out());
/// drop(first);
/// assert_eq!(seats.value(), 1);
/// # drop(second);
/// # Ok::<(), multiprocessing::SyncError>(())
/// ```
#[derive(Clone)]
pub struct Semaphore {
    pub(super) raw: memory::Semaphore,
}

/// A [`Semaphore`] that never has more permits than at the start: Python's `multiprocessing.BoundedSemaphore`.
///
/// ```
/// use multiprocessing::BoundedSemaphore;
///
/// let seats = BoundedSemaphore::new(2)?;
/// assert!(seats.release(1).is_err());
/// # Ok::<(), multiprocessing::SyncError>(())
/// ```
#[derive(Clone)]
pub struct BoundedSemaphore {
    semaphore: Semaphore,
}

impl Semaphore {
    /// The largest number of permits.
    pub const MAX: usize = memory::Semaphore::MAX as usize;

    /// A semaphore with so many free permits. Those of a process that has ended come back; it is known of 64 processes at a
    /// time which permits they hold.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    ///
    /// # Panics
    ///
    /// For more than [`MAX`](Self::MAX) permits.
    pub fn new(permits: usize) -> Result<Semaphore, SyncError> {
        Semaphore::make(permits, false, Permits::Returned)
    }

    /// A semaphore with so many free permits, of which those that a process has taken stay taken when it ends, as in Python: for
    /// counting what was produced and not yet consumed.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn counting(permits: usize) -> Result<Semaphore, SyncError> {
        Semaphore::make(permits, false, Permits::Kept)
    }

    fn make(permits: usize, bounded: bool, on_death: Permits) -> Result<Semaphore, SyncError> {
        assert!(permits <= Semaphore::MAX, "{permits} permits are too many");
        let permits = permits as u32;
        let raw = memory::Semaphore::new(permits, bounded.then_some(permits), on_death)?;
        Ok(Semaphore { raw })
    }

    /// Waits for a permit and takes it; the guard gives it back.
    ///
    /// # Errors
    ///
    /// If the permit was a dead process's ([`LockError::OwnerDied`], with the permit), or this process cannot take part.
    pub fn permit(&self) -> Result<Permit<'_>, LockError<Permit<'_>>> {
        let taken = self.acquire()?;
        guarded(taken, Permit { semaphore: self })
    }

    /// Takes a permit if one is free or a dead process's.
    ///
    /// # Errors
    ///
    /// As [`permit`](Self::permit); [`SyncError::TimedOut`] if there is none.
    pub fn try_permit(&self) -> Result<Permit<'_>, LockError<Permit<'_>>> {
        let taken = self.try_acquire()?;
        guarded(taken, Permit { semaphore: self })
    }

    /// Waits at most `timeout` for a permit and takes it.
    ///
    /// # Errors
    ///
    /// As [`permit`](Self::permit); [`SyncError::TimedOut`] if there was none.
    pub fn permit_timeout(&self, timeout: Duration) -> Result<Permit<'_>, LockError<Permit<'_>>> {
        let taken = self.acquire_timeout(timeout)?;
        guarded(taken, Permit { semaphore: self })
    }

    /// As [`permit`](Self::permit), to be [released](Self::release) by hand, here or elsewhere.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn acquire(&self) -> Result<Taken, SyncError> {
        self.acquire_until(None)
    }

    /// As [`try_permit`](Self::try_permit), to be released by hand.
    ///
    /// # Errors
    ///
    /// [`SyncError::TimedOut`] if there is none; if this process cannot take part.
    pub fn try_acquire(&self) -> Result<Taken, SyncError> {
        Ok(self.raw.try_acquire()?)
    }

    /// As [`permit_timeout`](Self::permit_timeout), to be released by hand.
    ///
    /// # Errors
    ///
    /// [`SyncError::TimedOut`] if there was none; if this process cannot take part.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Taken, SyncError> {
        self.acquire_until(deadline(timeout))
    }

    fn acquire_until(&self, deadline: Option<Instant>) -> Result<Taken, SyncError> {
        Ok(self.raw.acquire(deadline)?)
    }

    /// Adds so many permits, whoever took any.
    ///
    /// # Errors
    ///
    /// For none; for more than there may be, and then none is added; if this process cannot take part.
    pub fn release(&self, permits: usize) -> Result<(), ReleaseError> {
        if permits == 0 {
            return Err(ReleaseError::Nothing);
        }
        let permits = u32::try_from(permits).map_err(|_| ReleaseError::TooMany)?;
        Ok(self.raw.release(permits)?)
    }

    /// How many permits are free at this moment: Python's `get_value`.
    #[must_use]
    pub fn value(&self) -> usize {
        self.raw.value() as usize
    }
}

impl BoundedSemaphore {
    /// A semaphore with so many permits, all free.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    ///
    /// # Panics
    ///
    /// For more than [`Semaphore::MAX`] permits.
    pub fn new(permits: usize) -> Result<BoundedSemaphore, SyncError> {
        let semaphore = Semaphore::make(permits, true, Permits::Returned)?;
        Ok(BoundedSemaphore { semaphore })
    }

    /// As [`Semaphore::counting`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn counting(permits: usize) -> Result<BoundedSemaphore, SyncError> {
        let semaphore = Semaphore::make(permits, true, Permits::Kept)?;
        Ok(BoundedSemaphore { semaphore })
    }
}

/// All methods of a semaphore; [`release`](Semaphore::release) of more than were taken is an error.
impl Deref for BoundedSemaphore {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        &self.semaphore
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundedSemaphore")
            .field(&self.semaphore)
            .finish()
    }
}

impl Serialize for BoundedSemaphore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.semaphore.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BoundedSemaphore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BoundedSemaphore, D::Error> {
        let semaphore = Semaphore::deserialize(deserializer)?;
        Ok(BoundedSemaphore { semaphore })
    }
}

/// A permit of a [`Semaphore`]. Gives it back when it is dropped.
#[derive(Debug)]
#[must_use = "the permit is given back when this is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // It fails only where somebody has released more than was taken.
        let _ = self.semaphore.release(1);
    }
}
