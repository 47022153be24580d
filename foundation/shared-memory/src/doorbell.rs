//! A way to wake those who sleep outside of shared memory.

use std::fmt;

use crate::error::{LifeError, PlaceError};
use crate::lock::RawLock;
use crate::place::Place;
use crate::seam::{At, Ordering, Word};

/// Somebody listens who does not say when he stops.
const FOR_GOOD: u32 = 1 << 31;

/// Says whether anybody sleeps in `poll` until something is there, so that only then whoever puts something there has to ring: to
/// write into a pipe or socket, whose other end the sleepers poll. The object is this knowledge; the pipe or socket is its users'.
///
/// | who | does in this order |
/// |---|---|
/// | one that waits | [`listen`](Doorbell::listen)s; looks whether something is there; polls |
/// | one that puts | puts; asks whether it [is heard](Doorbell::is_heard); rings if so |
///
/// Either the one that waits sees what was put, or the one that puts sees that somebody listens. Rings pile up, one for each thing
/// that is put while somebody listens, until they are [hushed](Doorbell::hush).
///
/// ```
/// use manyways_shared_memory::{Doorbell, Place};
///
/// let bell = Doorbell::new_at(Place::new(Doorbell::SIZE, Doorbell::ALIGN)?)?;
/// assert!(!bell.is_heard());
/// let listening = bell.listen();
/// assert!(bell.is_heard()); // Now who puts something writes a byte for those that poll.
/// drop(listening);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | who dies | what follows |
/// |---|---|
/// | one that waits | those that put go on to ring: slower, not wrong |
/// | one that puts, before it has rung | what it put is found by the next that looks, or with the next ring |
/// | one that hushes | nothing |
#[derive(Clone)]
pub struct Doorbell {
    at: At<DoorbellState>,
}

#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct DoorbellState {
    /// How many listen, and [`FOR_GOOD`].
    listeners: Word,
    /// Held by who hushes.
    hushing: RawLock,
}

/// Somebody listens until this is dropped.
#[derive(Debug)]
#[must_use = "nobody listens once it is dropped"]
pub struct Listening<'a> {
    listeners: &'a Word,
}

impl Doorbell {
    /// How many bytes it takes.
    pub const SIZE: usize = At::<DoorbellState>::size(0);
    /// The alignment that it needs.
    pub const ALIGN: usize = At::<DoorbellState>::ALIGN;

    /// One to which nobody listens, in zeroed memory of the caller's.
    ///
    /// # Errors
    ///
    /// If the place is too small or not aligned ([`is_foreign`](PlaceError::is_foreign)).
    pub fn new_at(place: Place) -> Result<Doorbell, PlaceError> {
        let at = At::new_at(place, 0)?;
        Ok(Doorbell { at })
    }

    /// For models, which have no places.
    #[cfg(all(test, loom))]
    pub(crate) fn new() -> Doorbell {
        Doorbell {
            at: At::new(0).unwrap(),
        }
    }

    /// The one that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Doorbell, PlaceError> {
        let at = At::open(place)?;
        Ok(Doorbell { at })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// Has others ring from now on. What was put before may not be rung for: look whether something is there before you sleep.
    pub fn listen(&self) -> Listening<'_> {
        let listeners = &self.at.listeners;
        listeners.fetch_add(1, Ordering::AcqRel);
        Listening { listeners }
    }

    /// Has others ring for as long as the doorbell exists.
    pub fn listen_for_good(&self) {
        self.at.listeners.fetch_or(FOR_GOOD, Ordering::AcqRel);
    }

    /// Whether somebody listens: to be asked when what they wait for is there.
    ///
    /// A change of the word, if to the same value, as that and the listener's have an order: one sees what was done before the other.
    #[inline]
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.at.listeners.fetch_add(0, Ordering::AcqRel) != 0
    }

    /// Takes rings away for which there is nothing any more, so that the next poll sleeps: `count`s those that are there, and if
    /// nothing `is_there` then, has so many `forgotten`. So none of what is put meanwhile is taken away. One at a time does this.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn hush(
        &self,
        count: impl FnOnce() -> usize,
        is_there: impl FnOnce() -> bool,
        forget: impl FnOnce(usize),
    ) -> Result<(), LifeError> {
        let _hushing = self.at.hushing.hold(self.at.life())?;
        let rings = count();
        if rings > 0 && !is_there() {
            forget(rings);
        }
        Ok(())
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        // One less.
        self.listeners.fetch_add(u32::MAX, Ordering::AcqRel);
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listeners = self.at.listeners.load(Ordering::Relaxed);
        f.debug_struct("Doorbell")
            .field("listeners", &(listeners & !FOR_GOOD))
            .field("for_good", &(listeners & FOR_GOOD != 0))
            .finish()
    }
}
