//! Permits that processes take and give back.

use std::time::Instant;
use std::{error, fmt};

use crate::error::{LifeError, PlaceError, WaitError};
use crate::life::{Death, Identity};
use crate::lock::{RawLock, Taken};
use crate::place::Place;
use crate::seam::{At, Ordering, Word, Word64};
use crate::wait::Wait;

/// Somebody may sleep until a permit is released.
const WAITED: u32 = 1;
/// What a release adds to the signal.
const ONCE: u32 = 2;

/// How many processes' permits are counted; see [`Permits::Returned`].
const HOLDERS: usize = 64;

/// A number of permits in shared memory.
///
/// Any thread of any process may release a permit, whoever took one. A thread that has to wait spins for some microseconds and
/// then sleeps.
///
/// ```
/// use manyways_shared_memory::{Permits, ReleaseError, Semaphore, Taken};
///
/// let semaphore = Semaphore::new(2, Some(2), Permits::Returned)?;
/// assert_eq!(semaphore.acquire(None)?, Taken::Clean);
/// assert_eq!(semaphore.value(), 1);
/// semaphore.release(1)?;
/// assert_eq!(semaphore.release(1), Err(ReleaseError::TooMany));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Semaphore {
    at: At<SemaphoreState, Word64>,
}

/// What becomes of the permits that a process has taken when it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permits {
    /// They come back, and who takes one of them gets the news: right where a permit is a right to use something. Known of
    /// up to 64 processes that hold permits at a time; those of others are kept.
    ///
    /// A release by a process that holds none is one for another that does.
    Returned,
    /// They are gone: right where a permit is a message, which one process gives and another consumes.
    Kept,
}

/// Why no permit was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseError {
    /// There would be more than the bound.
    TooMany,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl From<LifeError> for ReleaseError {
    fn from(error: LifeError) -> ReleaseError {
        ReleaseError::NoLife(error)
    }
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReleaseError::TooMany => f.write_str(
                "release of more permits than the semaphore may have; acquire one for each release",
            ),
            ReleaseError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for ReleaseError {}

/// Each change is a change of one word, under the lock: a process that dies leaves it done or not.
///
/// The permits that are free are `total` less all that are in the table.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct SemaphoreState {
    lock: RawLock,
    /// On which those sleep who find no permit. Every release changes it.
    signal: Word,
    total: Word,
    /// The highest number of free permits; [`Semaphore::MAX`] if none was asked for.
    bound: Word,
    /// 1 for [`Permits::Kept`].
    is_kept: Word,
    /// How many entries of the table were ever used. Each is a holder's identity above, the number of its permits below; with a
    /// number of 0 it is free.
    used: Word,
}

impl Semaphore {
    /// The highest number of permits.
    pub const MAX: u32 = i32::MAX as u32;

    /// A semaphore with so many free permits, and never more than `bound`, if there is one.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    ///
    /// # Panics
    ///
    /// If there are more permits than the bound, or a bound above [`MAX`](Semaphore::MAX).
    pub fn new(
        permits: u32,
        bound: Option<u32>,
        on_death: Permits,
    ) -> Result<Semaphore, PlaceError> {
        let bound = bound.unwrap_or(Semaphore::MAX);
        assert!(
            permits <= bound && bound <= Semaphore::MAX,
            "{permits} permits of at most {bound}"
        );
        let at = At::<SemaphoreState, Word64>::new(HOLDERS)?;
        at.total.store(permits, Ordering::Relaxed);
        at.bound.store(bound, Ordering::Relaxed);
        at.is_kept
            .store(u32::from(on_death == Permits::Kept), Ordering::Relaxed);
        Ok(Semaphore { at })
    }

    /// The semaphore that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Semaphore, PlaceError> {
        Ok(Semaphore {
            at: At::open(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// Takes a permit, by the deadline if there is one. The news of a death come with a permit that came back by it.
    ///
    /// # Errors
    ///
    /// If the time is up, or this process cannot take part.
    pub fn acquire(&self, deadline: Option<Instant>) -> Result<Taken, WaitError> {
        let me = self.at.life().me()?;
        let mut wait = Wait::for_lock(deadline);
        loop {
            let hold = self.at.lock.hold(self.at.life())?;
            if let Some(taken) = self.take(me) {
                return Ok(taken);
            }
            let signal = self.announce();
            drop(hold);
            self.await_release(signal, &mut wait)?;
        }
    }

    /// Takes a permit if one is free, or held by a dead process.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if none is; or this process cannot take part.
    pub fn try_acquire(&self) -> Result<Taken, WaitError> {
        self.acquire(Some(Instant::now()))
    }

    /// With the lock.
    fn take(&self, me: Identity) -> Option<Taken> {
        if self.free() > 0 {
            self.count_taken(me);
            return Some(Taken::Clean);
        }
        let death = self.sweep()?;
        self.count_taken(me);
        Some(Taken::OwnerDied(death))
    }

    /// With the lock: what the signal is until the next release.
    fn announce(&self) -> u32 {
        let signal = self.at.signal.load(Ordering::Relaxed) | WAITED;
        self.at.signal.store(signal, Ordering::Relaxed);
        signal
    }

    fn await_release(&self, signal: u32, wait: &mut Wait) -> Result<(), WaitError> {
        let is_same = || self.at.signal.load(Ordering::Relaxed) | WAITED == signal;
        while is_same() && wait.spin() {}
        if is_same() {
            if wait.is_over() {
                return Err(WaitError::TimedOut);
            }
            self.at.signal.sleep(signal, wait.deadline());
        }
        Ok(())
    }

    /// Gives so many permits back.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::TooMany`] if that would be more than the bound. Then none was given back. Or this process cannot take
    /// part.
    pub fn release(&self, permits: u32) -> Result<(), ReleaseError> {
        let me = self.at.life().me()?;
        let hold = self.at.lock.hold(self.at.life())?;
        let bound = self.at.bound.load(Ordering::Relaxed);
        let fits = self
            .free()
            .checked_add(permits)
            .is_some_and(|free| free <= bound);
        if !fits {
            return Err(ReleaseError::TooMany);
        }
        let mut left = permits;
        while left > 0 {
            left -= self.count_released(me, left);
        }
        self.wake(permits);
        drop(hold);
        Ok(())
    }

    /// With the lock, so that nobody announces himself meanwhile.
    fn wake(&self, permits: u32) {
        let signal = self.at.signal.load(Ordering::Relaxed).wrapping_add(ONCE);
        self.at.signal.store(signal, Ordering::Relaxed);
        if signal & WAITED != 0 && self.at.signal.wake(permits) == 0 {
            self.at.signal.store(signal & !WAITED, Ordering::Relaxed);
        }
    }

    /// How many permits are free. Another process may change it at any time.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.free()
    }

    fn free(&self) -> u32 {
        let held = self.holders().map(|(_, count)| u64::from(count)).sum();
        let free = u64::from(self.at.total.load(Ordering::Relaxed)).saturating_sub(held);
        free.min(Semaphore::MAX.into()) as u32
    }

    /// The entries of the table: whose they are, and how many permits each has.
    fn holders(&self) -> impl Iterator<Item = (Option<Identity>, u32)> {
        self.entries().iter().map(|entry| {
            let word = entry.load(Ordering::Relaxed);
            (Identity::in_word((word >> 32) as u32), word as u32)
        })
    }

    fn entries(&self) -> &[Word64] {
        let used = self.at.used.load(Ordering::Relaxed) as usize;
        &self.at.items()[..used.min(HOLDERS)]
    }

    fn set(&self, entry: usize, holder: Identity, count: u32) {
        let word = u64::from(holder.word()) << 32 | u64::from(count);
        self.at.items()[entry].store(word, Ordering::Relaxed);
    }

    /// One more is this process's, if that is known; else one less is there.
    fn count_taken(&self, me: Identity) {
        let is_kept = self.at.is_kept.load(Ordering::Relaxed) != 0;
        match self.entry_for(me).filter(|_| !is_kept) {
            Some((entry, count)) => self.set(entry, me, count + 1),
            None => self.add_to_total(-1),
        }
    }

    /// This process's entry and count, or a free entry.
    fn entry_for(&self, me: Identity) -> Option<(usize, u32)> {
        let mine = self.holders().position(|(holder, _)| holder == Some(me));
        if let Some(entry) = mine {
            return Some((entry, self.at.items()[entry].load(Ordering::Relaxed) as u32));
        }
        let free = self.holders().position(|(_, count)| count == 0);
        free.or_else(|| self.new_entry()).map(|entry| (entry, 0))
    }

    fn new_entry(&self) -> Option<usize> {
        let used = self.entries().len();
        (used < HOLDERS).then(|| {
            self.at.used.store(used as u32 + 1, Ordering::Relaxed);
            used
        })
    }

    /// So many less are this process's, or another's; or, if none has any, so many more are there. How many of them were counted by
    /// this: as many as one entry has, or all.
    fn count_released(&self, me: Identity, permits: u32) -> u32 {
        let has_any = |(_, (holder, count)): &(usize, (Option<Identity>, u32))| {
            holder.is_some() && *count > 0
        };
        let mine =
            |entry: &(usize, (Option<Identity>, u32))| has_any(entry) && entry.1.0 == Some(me);
        let entry = self.holders().enumerate().find(mine);
        match entry.or_else(|| self.holders().enumerate().find(has_any)) {
            Some((entry, (Some(holder), count))) => {
                let released = count.min(permits);
                self.set(entry, holder, count - released);
                released
            }
            _ => {
                self.add_to_total(permits.cast_signed());
                permits
            }
        }
    }

    fn add_to_total(&self, permits: i32) {
        let total = self.at.total.load(Ordering::Relaxed);
        self.at
            .total
            .store(total.wrapping_add_signed(permits), Ordering::Relaxed);
    }

    /// Takes the permits of the dead away from them. The last of them.
    fn sweep(&self) -> Option<Death> {
        let mut last = None;
        for (entry, (holder, count)) in self.holders().enumerate() {
            if let Some(holder) = holder.filter(|_| count > 0)
                && let Some(death) = self.at.life().death(holder)
            {
                self.set(entry, holder, 0);
                last = Some(death);
            }
        }
        last
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("value", &self.value())
            .field("bound", &self.at.bound.load(Ordering::Relaxed))
            .finish()
    }
}
