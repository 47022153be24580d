//! The lock that its holder may take again, without data.

use crate::ident::{self, get_ident};
use crate::seam::{AtomicU64, AtomicUsize, Ordering, const_fn};
use crate::wait::{Limit, WaitError};

use super::raw::{RawLock, Taking};

/// Nobody's number, and not 0, which a thread has that was not asked for its own.
const NOBODY: u64 = u64::MAX;

/// A [`RawLock`], its owner, and how often the owner has taken it again.
///
/// `owner` is changed by the holder of `raw` alone, to its own number and back. So a thread that reads its own number
/// is the holder, and one that reads another's is not, however old what it read is. `again` is the holder's, and 0
/// where there is none.
#[derive(Debug)]
pub(super) struct RawRLock {
    raw: RawLock,
    owner: AtomicU64,
    again: AtomicUsize,
}

impl RawRLock {
    const_fn! {
        pub(super) const fn new() -> RawRLock {
            RawRLock {
                raw: RawLock::new(),
                owner: AtomicU64::new(NOBODY),
                again: AtomicUsize::new(0),
            }
        }
    }

    /// # Panics
    ///
    /// As [`RawLock::acquire`].
    #[inline]
    pub(super) fn acquire(&self, taking: Taking) {
        if !self.take_again() {
            self.raw.acquire(taking);
            self.own();
        }
    }

    /// # Errors
    ///
    /// When the limit is over.
    #[inline]
    pub(super) fn acquire_within(&self, limit: Limit<'_>, taking: Taking) -> Result<(), WaitError> {
        limit.check_token()?;
        if !self.take_again() {
            self.raw.acquire_within(limit, taking)?;
            self.own();
        }
        Ok(())
    }

    #[inline]
    pub(super) fn try_acquire(&self, taking: Taking) -> bool {
        if self.take_again() {
            return true;
        }
        let taken = self.raw.try_acquire(taking);
        if taken {
            self.own();
        }
        taken
    }

    #[inline]
    fn take_again(&self) -> bool {
        let mine = self.is_mine();
        if mine {
            let again = self.again.load(Ordering::Relaxed) + 1;
            self.again.store(again, Ordering::Relaxed);
        }
        mine
    }

    #[inline]
    fn own(&self) {
        self.owner.store(get_ident().get(), Ordering::Relaxed);
    }

    /// Gives the lock up once. False if this thread does not hold it.
    #[inline]
    pub(super) fn release(&self) -> bool {
        if !self.is_mine() {
            return false;
        }
        match self.again.load(Ordering::Relaxed) {
            0 => self.disown(),
            again => self.again.store(again - 1, Ordering::Relaxed),
        }
        true
    }

    #[inline]
    fn disown(&self) {
        self.owner.store(NOBODY, Ordering::Relaxed);
        self.raw.release();
    }

    /// Gives the lock up wholly. Gives how often it was held, for [`resume`](RawRLock::resume); none if this thread does
    /// not hold it.
    pub(super) fn suspend(&self) -> Option<usize> {
        if !self.is_mine() {
            return None;
        }
        let depth = self.depth();
        self.again.store(0, Ordering::Relaxed);
        self.disown();
        Some(depth)
    }

    /// Takes the lock as often as it was held before; `message` is what ended the wait.
    pub(super) fn resume(&self, depth: usize, message: u32, taking: Taking) {
        self.raw.acquire_again(message, taking);
        self.own();
        self.again.store(depth - 1, Ordering::Relaxed);
    }

    /// Whether this thread holds it.
    #[inline]
    pub(super) fn is_mine(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == ident::peek()
    }

    /// How often its holder holds it; 0 if there is none.
    pub(super) fn depth(&self) -> usize {
        match self.owner() {
            0 => 0,
            _ => self.again.load(Ordering::Relaxed) + 1,
        }
    }

    /// The number of the thread that holds it, 0 if none does.
    pub(super) fn owner(&self) -> u64 {
        match self.owner.load(Ordering::Relaxed) {
            NOBODY => 0,
            owner => owner,
        }
    }

    pub(super) fn raw(&self) -> &RawLock {
        &self.raw
    }
}
