//! Notifications for those who wait.

mod waiter;

use std::{error, fmt};

pub use self::waiter::Waiter;
use crate::error::{LifeError, PlaceError};
use crate::life::Identity;
use crate::lock::RawLock;
use crate::place::Place as Memory;
use crate::seam::{At, Ordering, Word};

/// The states of a place, below its ticket: free to go, waiting, told by [`Condition::notify`], and told by
/// [`Condition::notify_all`].
const LEFT: u32 = 0;
const WAITING: u32 = 1;
const NOTIFIED: u32 = 2;
const ALL_NOTIFIED: u32 = 3;
const STATE: u32 = 3;
/// What a ticket is counted by.
const TICKET: u32 = 4;

/// A line of waiters in shared memory, without the lock that goes with it: the caller's may be of any kind.
///
/// Whoever wants to wait gets in line while it holds its lock, releases the lock, waits, and takes the lock again. So no
/// notification is missed that is given with the lock:
///
/// ```
/// use manyways_shared_memory::{Condition, Lock};
///
/// let (lock, condition) = (Lock::new()?, Condition::new()?);
/// let _ = lock.acquire(None)?;
/// let waiter = condition.enqueue()?;
/// lock.release()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| condition.notify(1));
///     waiter.wait(None)
/// })?;
/// let _ = lock.acquire(None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A notification goes to those who have waited longest. It never waits for them. It passes over the dead; if one dies that was
/// notified, before its wait has returned, the notification goes to the next, within 100 ms. Should the process that passes it on be
/// killed in the midst of that, it may reach two.
#[derive(Clone)]
pub struct Condition {
    at: At<ConditionState, Place>,
}

/// Each change is a change of one word: under the lock, or, by a waiter of its own place, by an exchange.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct ConditionState {
    lock: RawLock,
    /// The ticket of the last who came, of 30 bits, with wrap-around.
    last_ticket: Word,
    /// How many places were ever used.
    used: Word,
}

/// A place in line.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Place {
    /// Who has it; 0 if it is free. Set under the lock after the word, cleared by the owner, or under the lock for the dead.
    owner: Word,
    /// Ticket and state. Its owner sleeps on it.
    word: Word,
}

/// Why nobody can get in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnqueueError {
    /// [`Condition::WAITERS`] are in line.
    Full,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl From<LifeError> for EnqueueError {
    fn from(error: LifeError) -> EnqueueError {
        EnqueueError::NoLife(error)
    }
}

impl fmt::Display for EnqueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnqueueError::Full => write!(
                f,
                "waiting on a shared condition: {} others wait already; share the work among several conditions",
                Condition::WAITERS
            ),
            EnqueueError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for EnqueueError {}

impl Condition {
    /// How many can be in line.
    pub const WAITERS: usize = 256;

    /// A condition that nobody waits for.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new() -> Result<Condition, PlaceError> {
        let at = At::new(Condition::WAITERS)?;
        Ok(Condition { at })
    }

    /// For models, which have no time for many.
    #[cfg(all(test, loom))]
    pub(crate) fn of_places(places: usize) -> Condition {
        Condition {
            at: At::new(places).unwrap(),
        }
    }

    /// The condition that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Memory) -> Result<Condition, PlaceError> {
        Ok(Condition {
            at: At::open(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Memory {
        self.at.place()
    }

    /// Gets this thread in line.
    ///
    /// # Errors
    ///
    /// If the line is full, or this process cannot take part.
    pub fn enqueue(&self) -> Result<Waiter<'_>, EnqueueError> {
        let me = self.at.life().me()?;
        let _hold = self.at.lock.hold(self.at.life())?;
        let free = self.free_place().or_else(|| {
            self.bury();
            self.free_place()
        });
        let index = free.ok_or(EnqueueError::Full)?;
        let ticket = self
            .at
            .last_ticket
            .load(Ordering::Relaxed)
            .wrapping_add(TICKET);
        self.at.last_ticket.store(ticket, Ordering::Relaxed);
        let place = &self.at.items()[index];
        place.word.store(ticket | WAITING, Ordering::Relaxed);
        place.owner.store(me.word(), Ordering::Release);
        Ok(Waiter::new(self, place, ticket, me))
    }

    fn free_place(&self) -> Option<usize> {
        let free = |place: &Place| place.owner.load(Ordering::Acquire) == 0;
        let used = self.places().len();
        self.places().iter().position(free).or_else(|| {
            (used < self.at.items().len()).then(|| {
                self.at.used.store(used as u32 + 1, Ordering::Relaxed);
                used
            })
        })
    }

    /// Those that were ever used.
    fn places(&self) -> &[Place] {
        let used = self.at.used.load(Ordering::Relaxed) as usize;
        &self.at.items()[..used.min(self.at.items().len())]
    }

    /// Tells those who have waited longest, at most so many. How many there were.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn notify(&self, count: usize) -> Result<usize, LifeError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        Ok(self.tell(count, NOTIFIED))
    }

    /// Tells all who wait. How many there were.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn notify_all(&self) -> Result<usize, LifeError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        Ok(self.tell(usize::MAX, ALL_NOTIFIED))
    }

    /// With the lock.
    fn tell(&self, count: usize, state: u32) -> usize {
        let line = self.line();
        let told = line.into_iter().filter(|place| self.tell_one(place, state));
        told.take(count).count()
    }

    /// Those who wait, in the order in which they came.
    fn line(&self) -> Vec<&Place> {
        let last = self.at.last_ticket.load(Ordering::Relaxed);
        let age = |place: &Place| last.wrapping_sub(place.word.load(Ordering::Relaxed) & !STATE);
        let mut line: Vec<_> = self
            .places()
            .iter()
            .filter(|place| place.is_waiting())
            .collect();
        line.sort_by_key(|place| std::cmp::Reverse(age(place)));
        line
    }

    /// Whether its owner lives and still waits.
    fn tell_one(&self, place: &Place, state: u32) -> bool {
        if self.is_dead(place) {
            place.owner.store(0, Ordering::Relaxed);
            return false;
        }
        let word = place.word.load(Ordering::Relaxed);
        let is_told = word & STATE == WAITING && place.exchange(word, word & !STATE | state);
        if is_told {
            place.word.wake(1);
        }
        is_told
    }

    fn is_dead(&self, place: &Place) -> bool {
        let owner = Identity::in_word(place.owner.load(Ordering::Relaxed));
        owner.is_some_and(|owner| self.at.life().death(owner).is_some())
    }

    /// With the lock: frees the places of the dead, and passes on what they were told.
    ///
    /// The next is told before the place is freed: who dies in between leaves it to be passed on once more.
    fn bury(&self) {
        for place in self.places().iter().filter(|place| self.is_dead(place)) {
            if place.word.load(Ordering::Relaxed) & STATE == NOTIFIED {
                self.tell(1, NOTIFIED);
            }
            place.owner.store(0, Ordering::Relaxed);
        }
    }

    /// How many are in line.
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.places()
            .iter()
            .filter(|place| place.is_waiting())
            .count()
    }
}

impl Place {
    fn is_waiting(&self) -> bool {
        let is_taken = self.owner.load(Ordering::Acquire) != 0;
        is_taken && self.word.load(Ordering::Relaxed) & STATE == WAITING
    }

    fn exchange(&self, from: u32, to: u32) -> bool {
        self.word
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("waiters", &self.waiters())
            .finish()
    }
}
