//! The lock that any process may release.

use std::fmt;
use std::time::Instant;

use super::raw::{RawLock, Taken};
use crate::error::{Misuse, PlaceError, WaitError};
use crate::place::Place;
use crate::seam::At;

/// A lock in shared memory.
///
/// Any thread of any process may release it. If a process dies while it holds the lock, the next one gets the lock and the
/// news, within 100 ms.
///
/// Uncontended, it is one atomic operation to take and one to release. A thread that has to wait spins for some
/// microseconds and then sleeps.
///
/// ```
/// use manyways_shared_memory::{Lock, Misuse, Taken};
///
/// let lock = Lock::new()?;
/// assert_eq!(lock.acquire(None)?, Taken::Clean);
/// assert!(lock.try_acquire().unwrap_err().is_timed_out());
/// lock.release()?;
/// assert_eq!(lock.release(), Err(Misuse::NotHeld));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Lock {
    at: At<RawLock>,
}

impl Lock {
    /// How many bytes it takes.
    pub const SIZE: usize = At::<RawLock>::size(0);
    /// The alignment that it needs.
    pub const ALIGN: usize = At::<RawLock>::ALIGN;

    /// A free lock, on a cache line of its own.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new() -> Result<Lock, PlaceError> {
        Ok(Lock { at: At::new(0)? })
    }

    /// A free lock in zeroed memory of the caller's: beside the data that it guards, say.
    ///
    /// # Errors
    ///
    /// If the place is too small or not aligned ([`is_foreign`](PlaceError::is_foreign)).
    pub fn new_at(place: Place) -> Result<Lock, PlaceError> {
        Ok(Lock {
            at: At::new_at(place, 0)?,
        })
    }

    /// The lock that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Lock, PlaceError> {
        Ok(Lock {
            at: At::open(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// Takes the lock, by the deadline if there is one.
    ///
    /// # Errors
    ///
    /// If the time is up, or this process cannot take part.
    #[inline]
    pub fn acquire(&self, deadline: Option<Instant>) -> Result<Taken, WaitError> {
        self.at.acquire(self.at.life(), deadline)
    }

    /// Takes the lock if it is free or its holder is dead.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if a living process holds it; or this process cannot take part.
    #[inline]
    pub fn try_acquire(&self) -> Result<Taken, WaitError> {
        self.at.try_acquire(self.at.life())
    }

    /// Gives the lock up, whoever holds it.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotHeld`] if nobody does.
    #[inline]
    pub fn release(&self) -> Result<(), Misuse> {
        let held = self.at.release().was_held;
        held.then_some(()).ok_or(Misuse::NotHeld)
    }

    /// Whether somebody holds it, dead or alive.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.at.holder().is_some()
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = self.at.holder();
        f.debug_struct("Lock")
            .field("held", &holder.is_some())
            .field(
                "holder_pid",
                &holder.and_then(|holder| self.at.life().pid_of(holder)),
            )
            .finish()
    }
}
