//! The lock that its holder may take again.

use std::cell::Cell;
use std::fmt;
use std::time::Instant;

use super::raw::{RawLock, Taken};
use crate::error::{Misuse, PlaceError, WaitError};
use crate::life::Identity;
use crate::place::Place;
use crate::seam::{At, Ordering, Word, Word64};

/// A lock in shared memory that the thread which holds it may take again. It is free when that has released it as often.
///
/// Only the holder may release it. If its process dies, the next one gets the lock and the news, as with
/// [`Lock`](crate::Lock).
///
/// ```
/// use manyways_shared_memory::{Misuse, RLock};
///
/// let lock = RLock::new()?;
/// let _ = (lock.acquire(None)?, lock.acquire(None)?);
/// assert_eq!(lock.depth(), 2);
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_eq!(lock.release(), Err(Misuse::NotOwner)));
/// });
/// lock.release()?;
/// lock.release()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RLock {
    at: At<RLockState>,
}

#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct RLockState {
    raw: RawLock,
    /// How often the holder has taken it. Changed by the holder alone.
    depth: Word,
    /// The holder's identity above, the number of its thread below; written by the holder after it took the lock, and made
    /// 0 before it gives it up. A dead one's value stays and is nobody's, since identities are not given twice.
    owner: Word64,
}

impl RLock {
    /// How many bytes it takes.
    pub const SIZE: usize = At::<RLockState>::size(0);
    /// The alignment that it needs.
    pub const ALIGN: usize = At::<RLockState>::ALIGN;

    /// A free lock, on a cache line of its own.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new() -> Result<RLock, PlaceError> {
        Ok(RLock { at: At::new(0)? })
    }

    /// A free lock in zeroed memory of the caller's.
    ///
    /// # Errors
    ///
    /// If the place is too small or not aligned ([`is_foreign`](PlaceError::is_foreign)).
    pub fn new_at(place: Place) -> Result<RLock, PlaceError> {
        Ok(RLock {
            at: At::new_at(place, 0)?,
        })
    }

    /// The lock that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<RLock, PlaceError> {
        Ok(RLock {
            at: At::open(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// Takes the lock, once more if this thread holds it; by the deadline if there is one.
    ///
    /// # Errors
    ///
    /// If the time is up, or this process cannot take part.
    ///
    /// # Panics
    ///
    /// If a thread takes it more than four billion times.
    pub fn acquire(&self, deadline: Option<Instant>) -> Result<Taken, WaitError> {
        let me = self.at.life().me()?;
        if self.take_again(me) {
            return Ok(Taken::Clean);
        }
        let taken = self.at.raw.acquire(self.at.life(), deadline)?;
        self.enter(me);
        Ok(taken)
    }

    /// Takes the lock if it is free, its holder is dead, or this thread holds it.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if another thread holds it; or this process cannot take part.
    ///
    /// # Panics
    ///
    /// As [`acquire`](RLock::acquire).
    pub fn try_acquire(&self) -> Result<Taken, WaitError> {
        let me = self.at.life().me()?;
        if self.take_again(me) {
            return Ok(Taken::Clean);
        }
        let taken = self.at.raw.try_acquire(self.at.life())?;
        self.enter(me);
        Ok(taken)
    }

    fn take_again(&self, me: Identity) -> bool {
        let is_mine = self.is_owner(me);
        if is_mine {
            let depth = self.at.depth.load(Ordering::Relaxed).checked_add(1);
            let depth = depth.expect("a reentrant lock is taken less than four billion times");
            self.at.depth.store(depth, Ordering::Relaxed);
        }
        is_mine
    }

    fn enter(&self, me: Identity) {
        self.at.depth.store(1, Ordering::Relaxed);
        self.at.owner.store(owner_word(me), Ordering::Relaxed);
    }

    fn is_owner(&self, me: Identity) -> bool {
        self.at.owner.load(Ordering::Relaxed) == owner_word(me)
    }

    /// Undoes one `acquire`; the last one gives the lock up.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOwner`] if this thread does not hold it.
    pub fn release(&self) -> Result<(), Misuse> {
        self.check_owner()?;
        match self.at.depth.load(Ordering::Relaxed) {
            0 | 1 => self.leave(),
            depth => self.at.depth.store(depth - 1, Ordering::Relaxed),
        }
        Ok(())
    }

    /// Gives the lock up however often this thread has taken it, and gives how often that was: for a wait that must not
    /// hold it. As many `acquire`s restore it.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOwner`] if this thread does not hold it.
    pub fn release_all(&self) -> Result<u32, Misuse> {
        self.check_owner()?;
        let depth = self.at.depth.load(Ordering::Relaxed);
        self.leave();
        Ok(depth)
    }

    fn check_owner(&self) -> Result<(), Misuse> {
        // One that cannot take part holds nothing.
        let me = self.at.life().me().map_err(|_| Misuse::NotOwner)?;
        self.is_owner(me).then_some(()).ok_or(Misuse::NotOwner)
    }

    fn leave(&self) {
        self.at.owner.store(0, Ordering::Relaxed);
        self.at.depth.store(0, Ordering::Relaxed);
        self.at.raw.release();
    }

    /// Whether this thread holds it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.check_owner().is_ok()
    }

    /// How often its holder has taken it; 0 if it is free.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.at.depth.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for RLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = self.at.raw.holder();
        f.debug_struct("RLock")
            .field("depth", &self.depth())
            .field(
                "holder_pid",
                &holder.and_then(|holder| self.at.life().pid_of(holder)),
            )
            .finish()
    }
}

fn owner_word(me: Identity) -> u64 {
    u64::from(me.word()) << 32 | u64::from(thread_number())
}

/// The number of this thread in its process, never 0.
fn thread_number() -> u32 {
    use std::sync::atomic::AtomicU32;
    static LAST: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    if NUMBER.get() == 0 {
        NUMBER.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
    }
    NUMBER.get()
}
