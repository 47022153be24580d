//! The lock that its holder may take again, without data.

use crate::ident::get_ident;
use crate::seam::{AtomicU64, AtomicUsize, Ordering, const_fn};
use crate::wait::{Limit, WaitError};

use super::raw::{RawLock, Taking};

/// Nobody's number.
const NOBODY: u64 = 0;

/// A [`RawLock`], its owner, and how often the owner holds it.
///
/// `owner` is changed by the holder of `raw` alone, to its own number and back. So a thread that reads its own number
/// is the holder, and one that reads another's is not, however old what it read is. `depth` is the holder's.
#[derive(Debug)]
pub(super) struct RawRLock {
    raw: RawLock,
    owner: AtomicU64,
    depth: AtomicUsize,
}

impl RawRLock {
    const_fn! {
        pub(super) const fn new() -> RawRLock {
            RawRLock {
                raw: RawLock::new(),
                owner: AtomicU64::new(NOBODY),
                depth: AtomicUsize::new(0),
            }
        }
    }

    /// # Panics
    ///
    /// As [`RawLock::acquire`].
    #[inline]
    pub(super) fn acquire(&self, taking: Taking) {
        let me = get_ident().get();
        if !self.take_again(me) {
            self.raw.acquire(taking);
            self.own(me, 1);
        }
    }

    /// # Errors
    ///
    /// When the limit is over.
    #[inline]
    pub(super) fn acquire_within(&self, limit: Limit<'_>, taking: Taking) -> Result<(), WaitError> {
        limit.check_token()?;
        let me = get_ident().get();
        if !self.take_again(me) {
            self.raw.acquire_within(limit, taking)?;
            self.own(me, 1);
        }
        Ok(())
    }

    #[inline]
    pub(super) fn try_acquire(&self, taking: Taking) -> bool {
        let me = get_ident().get();
        if self.take_again(me) {
            return true;
        }
        let taken = self.raw.try_acquire(taking);
        if taken {
            self.own(me, 1);
        }
        taken
    }

    #[inline]
    fn take_again(&self, me: u64) -> bool {
        let mine = self.owner.load(Ordering::Relaxed) == me;
        if mine {
            let depth = self.depth() + 1;
            self.depth.store(depth, Ordering::Relaxed);
        }
        mine
    }

    fn own(&self, me: u64, depth: usize) {
        self.owner.store(me, Ordering::Relaxed);
        self.depth.store(depth, Ordering::Relaxed);
    }

    /// Gives the lock up once. False if this thread does not hold it.
    #[inline]
    pub(super) fn release(&self) -> bool {
        if !self.is_mine() {
            return false;
        }
        let depth = self.depth() - 1;
        self.depth.store(depth, Ordering::Relaxed);
        if depth == 0 {
            self.disown();
        }
        true
    }

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
        self.depth.store(0, Ordering::Relaxed);
        self.disown();
        Some(depth)
    }

    /// Takes the lock as often as it was held before; `message` is what ended the wait.
    pub(super) fn resume(&self, depth: usize, message: u32, taking: Taking) {
        self.raw.acquire_again(message, taking);
        self.own(get_ident().get(), depth);
    }

    /// Whether this thread holds it.
    #[inline]
    pub(super) fn is_mine(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == get_ident().get()
    }

    /// How often its holder holds it.
    pub(super) fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// The number of the thread that holds it, 0 if none does.
    pub(super) fn owner(&self) -> u64 {
        self.owner.load(Ordering::Relaxed)
    }

    pub(super) fn raw(&self) -> &RawLock {
        &self.raw
    }
}
