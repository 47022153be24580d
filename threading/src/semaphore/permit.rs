//! A permit that gives itself back.

use std::fmt;

use super::plain::Semaphore;

/// A permit of a [`Semaphore`] or [`BoundedSemaphore`](crate::BoundedSemaphore), given back when it is dropped.
#[must_use = "the permit is given back when the guard is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    /// How many permits the semaphore may have.
    most: usize,
}

impl<'a> Permit<'a> {
    pub(super) fn new(semaphore: &'a Semaphore, most: usize) -> Permit<'a> {
        Permit { semaphore, most }
    }

    /// Keeps the permit taken: only a call of `release` gives it back.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.semaphore.add(1, self.most).is_none() {
            permit_too_many();
        }
    }
}

/// # Panics
///
/// Unless the thread does already.
#[cold]
fn permit_too_many() {
    assert!(
        std::thread::panicking(),
        "the permit of a guard was released by hand; use the guard or `release`, not both"
    );
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("semaphore", self.semaphore)
            .finish_non_exhaustive()
    }
}
