//! A flag that processes wait for.

use std::fmt;
use std::time::Instant;

use crate::error::PlaceError;
use crate::place::Place;
use crate::seam::{self, At, Ordering, Word};
use crate::spin::Spin;

const SET: u32 = 1;
/// Somebody may sleep until it is set.
const WAITED: u32 = 2;
/// Above the flags: how often it was set.
const ONCE: u32 = 4;

/// A flag in shared memory, at first not set.
///
/// A wait ends when the flag is set after the wait has begun, even if it is cleared again before the waiter looks. No process
/// that dies leaves anything behind that could hold others up.
///
/// ```
/// use manyways_shared_memory::Event;
/// use std::time::{Duration, Instant};
///
/// let event = Event::new()?;
/// assert!(!event.wait(Some(Instant::now() + Duration::from_millis(1))));
/// event.set();
/// assert!(event.wait(None) && event.is_set());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event {
    at: At<EventState>,
}

#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct EventState {
    word: Word,
}

impl Event {
    /// An event that is not set.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new() -> Result<Event, PlaceError> {
        Ok(Event { at: At::new(0)? })
    }

    /// The event that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Event, PlaceError> {
        Ok(Event {
            at: At::open(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.at.word.load(Ordering::Acquire) & SET != 0
    }

    /// Sets it, and wakes all that wait for it. Nothing if it is set.
    pub fn set(&self) {
        let set =
            |state: u32| (state & SET == 0).then(|| (state & !WAITED).wrapping_add(ONCE) | SET);
        if let Ok(state) = self.change(set)
            && state & WAITED != 0
        {
            self.at.word.wake(u32::MAX);
        }
    }

    /// Makes it not set.
    pub fn clear(&self) {
        let _ = self.change(|state| (state & SET != 0).then_some(state & !SET));
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> Result<u32, u32> {
        self.at
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
    }

    /// Waits until it is set, or the deadline. Whether it was set.
    #[must_use]
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        let first = self.at.word.load(Ordering::Acquire);
        let mut state = first;
        let mut spin = Spin::for_lock();
        while state & SET == 0 && state & !WAITED == first & !WAITED {
            if !spin.turn() {
                if seam::has_passed(deadline) {
                    return false;
                }
                self.sleep(state, deadline);
            }
            state = self.at.word.load(Ordering::Acquire);
        }
        true
    }

    fn sleep(&self, state: u32, deadline: Option<Instant>) {
        let asleep = state | WAITED;
        let word = &self.at.word;
        let is_announced = state == asleep
            || word
                .compare_exchange(state, asleep, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_announced {
            word.sleep(asleep, deadline);
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .finish()
    }
}
