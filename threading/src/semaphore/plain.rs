//! [`Semaphore`].

use std::fmt;

use super::permit::Permit;
use crate::error::MisuseError;
use crate::seam::{AtomicUsize, Ordering, const_fn};
use crate::wait::{Left, Limit, Locked, Spin, Turn, WaitError, WaitQueue};

/// The lowest bit of the state: somebody is in line. Changed under the queue's mutex.
const WAITED: usize = 1;
/// The next bit: the first in line has been beaten for too long, so the next permits go to the line. Changed under the
/// queue's mutex.
const STARVED: usize = 2;
/// One permit: their number is above these bits.
const ONE: usize = 4;

/// The most permits that a semaphore can have.
const MAX_PERMITS: usize = usize::MAX / ONE;

/// The message that there are permits.
const RETRY: u32 = 1;
/// The message that a permit is the waiter's.
const HANDED_OVER: u32 = 2;

/// A number of permits: [`acquire`](Semaphore::acquire) takes one and waits while there is none,
/// [`release`](Semaphore::release) adds one. Any thread may do either.
///
/// ```
/// use threading::Semaphore;
///
/// static AT_ONCE: Semaphore = Semaphore::new(2);
///
/// let permit = AT_ONCE.permit();
/// assert!(AT_ONCE.try_acquire());
/// assert!(!AT_ONCE.try_acquire());
/// AT_ONCE.release();
/// drop(permit);
/// assert_eq!(AT_ONCE.permits(), 2);
/// ```
///
/// Waiters are woken in order, as many as there are permits. A thread that comes just then may take a permit before
/// them; one that was beaten waits at the head, and after a millisecond permits are handed to those in line.
/// [`BoundedSemaphore`](crate::BoundedSemaphore) does not let the number grow above that of the start.
pub struct Semaphore {
    state: AtomicUsize,
    queue: WaitQueue,
}

impl Semaphore {
    const_fn! {
        /// A semaphore with so many permits.
        ///
        /// # Panics
        ///
        /// With more than `usize::MAX / 4`.
        #[must_use]
        #[track_caller]
        pub const fn new(permits: usize) -> Semaphore {
            assert!(permits <= MAX_PERMITS, "a semaphore has at most usize::MAX / 4 permits");
            Semaphore {
                state: AtomicUsize::new(permits * ONE),
                queue: WaitQueue::new(()),
            }
        }
    }

    /// Waits for a permit and takes it. It is not given back unless somebody calls [`release`](Semaphore::release).
    #[inline]
    pub fn acquire(&self) {
        if !self.try_acquire() {
            let _ = self.contend(Limit::NEVER);
        }
    }

    /// Takes a permit if there is one. Whether there was.
    #[inline]
    #[must_use = "there may have been no permit"]
    pub fn try_acquire(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state >= ONE {
            match self.exchange(state, state - ONE, Ordering::Acquire) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Waits for a permit within a limit and takes it.
    ///
    /// # Errors
    ///
    /// If there was no permit in time, or the token is cancelled.
    #[inline]
    pub fn acquire_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<(), WaitError> {
        let limit = limit.into();
        limit.check_token()?;
        if self.try_acquire() {
            return Ok(());
        }
        self.contend(limit)
    }

    /// Waits for a permit, which is given back when the guard is dropped: Python's `with semaphore`.
    #[inline]
    pub fn permit(&self) -> Permit<'_> {
        self.acquire();
        Permit::new(self, MAX_PERMITS)
    }

    /// As [`try_acquire`](Semaphore::try_acquire), with a guard.
    #[inline]
    pub fn try_permit(&self) -> Option<Permit<'_>> {
        self.try_acquire().then(|| Permit::new(self, MAX_PERMITS))
    }

    /// As [`acquire_timeout`](Semaphore::acquire_timeout), with a guard.
    ///
    /// # Errors
    ///
    /// If there was no permit in time, or the token is cancelled.
    #[inline]
    pub fn permit_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<Permit<'_>, WaitError> {
        self.acquire_timeout(limit)?;
        Ok(Permit::new(self, MAX_PERMITS))
    }

    /// Adds a permit.
    ///
    /// # Panics
    ///
    /// Beyond `usize::MAX / 4` permits.
    #[inline]
    #[track_caller]
    pub fn release(&self) {
        self.add(1, MAX_PERMITS)
            .expect("a semaphore has at most usize::MAX / 4 permits");
    }

    /// Adds several permits at once: Python's `release(n)`.
    ///
    /// # Errors
    ///
    /// If `count` is 0, or there would be more than `usize::MAX / 4`.
    #[track_caller]
    pub fn release_many(&self, count: usize) -> Result<(), MisuseError> {
        self.release_up_to(count, MAX_PERMITS)
    }

    #[track_caller]
    pub(super) fn release_up_to(&self, count: usize, most: usize) -> Result<(), MisuseError> {
        if count == 0 {
            let (what, instead) = ("release of 0 permits", "release at least one");
            return Err(MisuseError::new(what, instead));
        }
        if self.add(count, most).is_some() {
            return Ok(());
        }
        let (what, instead) = (
            "release of more permits than the semaphore may have",
            "release each permit once, after it was acquired",
        );
        Err(MisuseError::new(what, instead))
    }

    /// How many permits there are at this moment.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.state.load(Ordering::Relaxed) / ONE
    }

    /// None, without a change, if there would be more than `most`.
    #[inline]
    pub(super) fn add(&self, count: usize, most: usize) -> Option<()> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & WAITED == 0 {
            let more = state_with(state, count, most)?;
            match self.exchange(state, more, Ordering::Release) {
                Ok(_) => return Some(()),
                Err(now) => state = now,
            }
        }
        self.add_for_line(count, most)
    }

    #[cold]
    fn add_for_line(&self, count: usize, most: usize) -> Option<()> {
        let mut queue = self.queue.lock();
        let mut state = self.state.load(Ordering::Relaxed);
        let chosen = count.min(queue.waiters());
        loop {
            state_with(state, count, most)?;
            let (handed_over, message) = match state & STARVED {
                0 => (0, RETRY),
                _ => (chosen, HANDED_OVER),
            };
            let more = state_with(state, count - handed_over, most)? & !STARVED;
            let more = if queue.waiters() == chosen {
                more & !WAITED
            } else {
                more
            };
            match self.exchange(state, more, Ordering::Release) {
                Ok(_) => {
                    queue.notify(chosen, message);
                    return Some(());
                }
                Err(now) => state = now,
            }
        }
    }

    #[cold]
    fn contend(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        let limit = limit.start();
        let mut turn = Turn::First;
        let mut spin = Spin::new();
        while !self.try_acquire() {
            if (turn.is_woken() || !self.is_waited()) && spin.turn() {
                continue;
            }
            let Some(queue) = self.join(turn) else {
                continue;
            };
            let woken = turn.woken();
            match turn.enqueue(queue).wait(limit) {
                Ok(HANDED_OVER) => return Ok(()),
                Ok(_) => turn = woken,
                Err(left) => return Err(self.left(&left)),
            }
            spin = Spin::new();
        }
        Ok(())
    }

    fn is_waited(&self) -> bool {
        self.state.load(Ordering::Relaxed) & WAITED != 0
    }

    /// Locks the queue and says in the state that somebody is in line, unless there are permits.
    fn join(&self, turn: Turn) -> Option<Locked<'_, ()>> {
        let queue = self.queue.lock();
        let bits = if turn.is_starved() {
            WAITED | STARVED
        } else {
            WAITED
        };
        let mut state = self.state.load(Ordering::Relaxed);
        while state < ONE {
            match self.exchange(state, state | bits, Ordering::Relaxed) {
                Ok(_) => return Some(queue),
                Err(now) => state = now,
            }
        }
        None
    }

    fn left(&self, left: &Left<'_, ()>) -> WaitError {
        if left.queue.waiters() == 0 {
            self.state.fetch_and(!(WAITED | STARVED), Ordering::Relaxed);
        }
        left.why
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.waiters()
    }

    #[inline]
    fn exchange(&self, from: usize, to: usize, order: Ordering) -> Result<usize, usize> {
        self.state
            .compare_exchange_weak(from, to, order, Ordering::Relaxed)
    }
}

/// The state with more permits, unless these are more than `most`.
#[inline]
fn state_with(state: usize, count: usize, most: usize) -> Option<usize> {
    let permits = (state / ONE).checked_add(count)?;
    (permits <= most).then_some(state + count * ONE)
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("permits", &self.permits())
            .field("waiters", &self.queue.waiters())
            .finish()
    }
}
