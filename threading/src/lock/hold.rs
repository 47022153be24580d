//! What shows a condition that its lock is held.

use std::fmt;

use super::cell::{Lock, LockGuard, RLock, RLockGuard};
use super::plain::by_hand;
use super::raw::RawLock;

/// A lock that is held: what a [`Condition`](crate::Condition) is shown.
///
/// | type | from |
/// |---|---|
/// | [`LockGuard`] | [`Lock::lock`] |
/// | [`RLockGuard`] of a `T: Sync` | [`RLock::lock`] |
/// | [`Held`] | [`Lock::held`], [`RLock::held`], after a bare `acquire` |
///
/// A wait releases an `RLock` wholly, though its thread may have other guards, which give `&T` meanwhile: thus
/// `Sync`.
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// use threading::{Condition, RLock};
///
/// let (lock, condition) = (RLock::new(Cell::new(0)), Condition::new());
/// condition.wait(&mut lock.lock());
/// ```
pub trait Hold: sealed::Suspend {}

impl<H: sealed::Suspend> Hold for H {}

pub(crate) mod sealed {
    use crate::lock::raw::RawLock;

    /// Gives a lock up for a while.
    pub trait Suspend {
        /// Which lock it is.
        fn raw(&self) -> &RawLock;

        /// Gives the lock up wholly. Gives how often it was held; none if it is not.
        fn suspend(&self) -> Option<usize>;

        /// Takes the lock as often as it was held before; `message` is what ended the wait.
        fn resume(&self, depth: usize, message: u32);
    }
}
use sealed::Suspend;

impl<T: ?Sized> Suspend for LockGuard<'_, T> {
    fn raw(&self) -> &RawLock {
        &self.lock.raw
    }

    fn suspend(&self) -> Option<usize> {
        self.lock.raw.release().then_some(1)
    }

    #[track_caller]
    fn resume(&self, _: usize, message: u32) {
        self.lock.raw.acquire_again(message, Lock::<T>::taking());
    }
}

impl<T: ?Sized + Sync> Suspend for RLockGuard<'_, T> {
    fn raw(&self) -> &RawLock {
        self.lock.raw.raw()
    }

    fn suspend(&self) -> Option<usize> {
        self.lock.raw.suspend()
    }

    #[track_caller]
    fn resume(&self, depth: usize, message: u32) {
        self.lock.raw.resume(depth, message, RLock::<T>::taking());
    }
}

/// A lock that was acquired by hand and is held. Does nothing when it is dropped.
pub struct Held<'a, L> {
    lock: &'a L,
}

impl<'a, L> Held<'a, L> {
    pub(super) fn new(lock: &'a L) -> Held<'a, L> {
        Held { lock }
    }
}

impl Suspend for Held<'_, Lock> {
    fn raw(&self) -> &RawLock {
        &self.lock.raw
    }

    fn suspend(&self) -> Option<usize> {
        self.lock.raw.release().then_some(1)
    }

    #[track_caller]
    fn resume(&self, _: usize, message: u32) {
        self.lock.raw.acquire_again(message, by_hand());
    }
}

impl Suspend for Held<'_, RLock> {
    fn raw(&self) -> &RawLock {
        self.lock.raw.raw()
    }

    fn suspend(&self) -> Option<usize> {
        self.lock.raw.suspend()
    }

    #[track_caller]
    fn resume(&self, depth: usize, message: u32) {
        self.lock.raw.resume(depth, message, RLock::<()>::taking());
    }
}

impl<L: fmt::Debug> fmt::Debug for Held<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(self.lock).finish()
    }
}
