//! [`BoundedSemaphore`].

use std::fmt;

use super::permit::Permit;
use super::plain::Semaphore;
use crate::error::MisuseError;
use crate::seam::const_fn;
use crate::wait::{Limit, WaitError};

/// A [`Semaphore`] whose permits never become more than at the start, so that a release too many is an error.
///
/// ```
/// use threading::BoundedSemaphore;
///
/// let connections = BoundedSemaphore::new(3);
/// connections.acquire();
/// connections.release()?;
/// let misuse = connections.release().unwrap_err();
/// assert_eq!(misuse.location().file(), file!());
/// # Ok::<(), threading::MisuseError>(())
/// ```
pub struct BoundedSemaphore {
    semaphore: Semaphore,
    bound: usize,
}

impl BoundedSemaphore {
    const_fn! {
        /// A semaphore with so many permits, which are the most that it will have.
        ///
        /// # Panics
        ///
        /// With more than `usize::MAX / 4`.
        #[must_use]
        #[track_caller]
        pub const fn new(permits: usize) -> BoundedSemaphore {
            BoundedSemaphore {
                semaphore: Semaphore::new(permits),
                bound: permits,
            }
        }
    }

    /// As [`Semaphore::acquire`].
    #[inline]
    pub fn acquire(&self) {
        self.semaphore.acquire();
    }

    /// As [`Semaphore::try_acquire`].
    #[inline]
    #[must_use = "there may have been no permit"]
    pub fn try_acquire(&self) -> bool {
        self.semaphore.try_acquire()
    }

    /// As [`Semaphore::acquire_timeout`].
    ///
    /// # Errors
    ///
    /// If there was no permit in time, or the token is cancelled.
    #[inline]
    pub fn acquire_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<(), WaitError> {
        self.semaphore.acquire_timeout(limit)
    }

    /// As [`Semaphore::permit`].
    #[inline]
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit::new(&self.semaphore, self.bound)
    }

    /// As [`Semaphore::try_permit`].
    #[inline]
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire()
            .then(|| Permit::new(&self.semaphore, self.bound))
    }

    /// As [`Semaphore::permit_timeout`].
    ///
    /// # Errors
    ///
    /// If there was no permit in time, or the token is cancelled.
    #[inline]
    pub fn permit_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<Permit<'_>, WaitError> {
        self.acquire_timeout(limit)?;
        Ok(Permit::new(&self.semaphore, self.bound))
    }

    /// Adds a permit.
    ///
    /// # Errors
    ///
    /// If all permits are there already.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), MisuseError> {
        self.release_many(1)
    }

    /// Adds several permits at once.
    ///
    /// # Errors
    ///
    /// If `count` is 0, or there would be more permits than at the start; then none is added.
    #[inline]
    #[track_caller]
    pub fn release_many(&self, count: usize) -> Result<(), MisuseError> {
        self.semaphore.release_up_to(count, self.bound)
    }

    /// How many permits there are at this moment.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.semaphore.permits()
    }

    /// How many there are at most.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.bound
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("permits", &self.permits())
            .field("bound", &self.bound)
            .field("waiters", &self.semaphore.waiters())
            .finish()
    }
}
