//! A queue of messages.

mod book;
mod error;
mod get;
mod layout;
mod reader;
mod sink;
mod tasks;
mod writer;

use std::fmt;
use std::num::NonZeroU32;
use std::time::Instant;

pub(crate) use self::book::BookState;
pub use self::error::{GetError, PutError};
pub(crate) use self::layout::RingState;
use self::layout::{Position, View};
pub use self::sink::Pieces;
pub use self::tasks::{DoneError, JoinError, TaskRing};
use crate::error::PlaceError;
use crate::place::Place;
use crate::seam::{At, Ordering, UNIT, Unit};

/// A first-in, first-out queue of messages, which are bytes, in shared memory. Any number of threads of any number of processes
/// put and get.
///
/// - The messages of one thread come in the order in which it put them.
/// - A put costs no system call unless a reader sleeps; a get none unless a writer sleeps.
/// - Messages of any length go through. Those up to half the capacity lie there whole; a larger one goes through in pieces, while
///   its reader takes them out, so putting it takes as long.
///
/// | who dies | what follows |
/// |---|---|
/// | a writer, before `put` has returned | the message is there whole, or never was |
/// | a writer, after | nothing: the message is there |
/// | a reader, before `get` has returned | the next `get` gets the message again; one in pieces is lost, and the next `get` says so |
/// | anybody who waits | nothing |
///
/// ```
/// use manyways_shared_memory::{GetError, Ring};
///
/// let ring = Ring::new(Ring::CAPACITY, None)?;
/// ring.put(&[b"to ", b"all"], None)?;
/// assert_eq!(ring.len(), 1);
///
/// let mut message = Vec::new();
/// ring.get(&mut message, None)?;
/// assert_eq!(message, b"to all");
///
/// ring.put(&[b"in place"], None)?;
/// ring.close();
/// assert_eq!(ring.get_with(None, |message| message.len())?, 8);
/// assert_eq!(ring.get(&mut message, None), Err(GetError::Closed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Ring {
    at: At<RingState, Unit>,
}

impl Ring {
    /// A capacity that serves well, in bytes.
    pub const CAPACITY: usize = 256 * 1024;

    /// The smallest capacity, in bytes.
    pub const MIN_CAPACITY: usize = 256;

    /// The largest capacity, in bytes.
    pub const MAX_CAPACITY: usize = 1 << 29;

    /// An empty ring. Its capacity in bytes is rounded up to a power of two, within the limits; each message takes four bytes
    /// more than it has, rounded up to eight. With a `maxsize` it holds at most so many messages.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new(capacity: usize, maxsize: Option<NonZeroU32>) -> Result<Ring, PlaceError> {
        let at = At::<RingState, Unit>::new(units(capacity))?;
        Ok(Ring::begin(at, maxsize))
    }

    fn begin(at: At<RingState, Unit>, maxsize: Option<NonZeroU32>) -> Ring {
        let maxsize = maxsize.map_or(0, NonZeroU32::get);
        at.maxsize.store(maxsize, Ordering::Relaxed);
        Ring { at }
    }

    /// How many bytes one of this capacity takes.
    #[must_use]
    pub const fn size(capacity: usize) -> usize {
        At::<RingState, Unit>::size(units(capacity))
    }

    /// The alignment that it needs.
    pub const ALIGN: usize = At::<RingState, Unit>::ALIGN;

    /// As [`new`](Ring::new), in zeroed memory of the caller's of that [`size`](Ring::size): beside other objects, say.
    ///
    /// # Errors
    ///
    /// If the place is too small or not aligned ([`is_foreign`](PlaceError::is_foreign)).
    pub fn new_at(
        place: Place,
        capacity: usize,
        maxsize: Option<NonZeroU32>,
    ) -> Result<Ring, PlaceError> {
        let at = At::<RingState, Unit>::new_at(place, units(capacity))?;
        Ok(Ring::begin(at, maxsize))
    }

    /// For models, which have no time for large ones.
    #[cfg(all(test, loom))]
    pub(crate) fn of_units(units: usize) -> Ring {
        Ring {
            at: At::new(units).unwrap(),
        }
    }

    /// The ring that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Ring, PlaceError> {
        let at = At::<RingState, Unit>::open(place)?;
        let capacity = at.items().len() * UNIT;
        let is_right = capacity.is_power_of_two()
            && (Ring::MIN_CAPACITY..=Ring::MAX_CAPACITY).contains(&capacity);
        is_right
            .then_some(Ring { at })
            .ok_or(PlaceError::object("its capacity is not that of a ring"))
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// How many bytes it has for messages.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.at.items().len() * UNIT
    }

    /// How many messages it holds at most, if that is limited.
    #[must_use]
    pub fn maxsize(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.at.maxsize.load(Ordering::Relaxed))
    }

    /// Puts a message, given in pieces, at the end. Waits for room until the deadline, if there is one.
    ///
    /// A message in several pieces through the ring whose time is up is taken back.
    ///
    /// # Errors
    ///
    /// If the time is up or the ring is closed; and see [`PutError`].
    #[inline]
    pub fn put(&self, message: &[&[u8]], deadline: Option<Instant>) -> Result<(), PutError> {
        writer::put(View::of(&self.at), message, deadline)
    }

    /// As [`put`](Ring::put), of the first `length` of these bytes: of a message that need not be in memory before it is in the ring.
    ///
    /// # Errors
    ///
    /// As [`put`](Ring::put).
    ///
    /// # Panics
    ///
    /// If `length` is more than 8.
    #[inline]
    pub fn put_short(
        &self,
        bytes: [u8; 8],
        length: usize,
        deadline: Option<Instant>,
    ) -> Result<(), PutError> {
        assert!(length <= bytes.len(), "eight bytes are the most");
        writer::put_short(View::of(&self.at), bytes, length, deadline)
    }

    /// Puts a message if that needs no wait. One of more than half the capacity always does, for its reader.
    ///
    /// # Errors
    ///
    /// [`PutError::TimedOut`] if there is no room; and as [`put`](Ring::put).
    pub fn try_put(&self, message: &[&[u8]]) -> Result<(), PutError> {
        self.put(message, Some(Instant::now()))
    }

    /// Appends the first message to `into`. Waits for one until the deadline, if there is one.
    ///
    /// A message that comes in pieces, once begun, is taken to its end or its writer's death, even if the deadline passes
    /// meanwhile. If the call fails, `into` is as it was.
    ///
    /// # Errors
    ///
    /// If the time is up or the ring is closed and empty; and see [`GetError`].
    #[inline]
    pub fn get(&self, into: &mut Vec<u8>, deadline: Option<Instant>) -> Result<(), GetError> {
        get::get(View::of(&self.at), into, deadline)
    }

    /// As [`get`](Ring::get), if there is a message.
    ///
    /// # Errors
    ///
    /// [`GetError::TimedOut`] if there is none; and as `get`.
    pub fn try_get(&self, into: &mut Vec<u8>) -> Result<(), GetError> {
        self.get(into, Some(Instant::now()))
    }

    /// Appends the first message to `into` if there is one and it `is_wanted`; else it stays the first. Waits for nothing but other
    /// readers. A message in pieces is not asked about, and taken.
    ///
    /// # Errors
    ///
    /// [`GetError::TimedOut`] if there is none; and as [`get`](Ring::get).
    #[inline]
    pub fn try_get_if(
        &self,
        into: &mut Vec<u8>,
        is_wanted: impl FnMut(&[u8]) -> bool,
    ) -> Result<bool, GetError> {
        get::try_get_if(View::of(&self.at), into, is_wanted)
    }

    /// Waits for a message, but no longer than is better than to sleep. Whether there seems to be one.
    #[must_use]
    pub fn spin(&self) -> bool {
        get::spin(View::of(&self.at))
    }

    /// Shows the first message where it lies, without a copy, and takes it away when `look` returns or panics. Nobody else can get
    /// a message meanwhile, `look` itself neither.
    ///
    /// # Errors
    ///
    /// As [`get`](Ring::get).
    pub fn get_with<R>(
        &self,
        deadline: Option<Instant>,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, GetError> {
        get::get_with(View::of(&self.at), deadline, look)
    }

    /// As [`get`](Ring::get), without memory for the message but the taker's own: `into` gets it in one piece, or in several if it is
    /// longer than half the capacity.
    ///
    /// # Errors
    ///
    /// As [`get`](Ring::get).
    pub fn get_pieces(
        &self,
        into: &mut impl Pieces,
        deadline: Option<Instant>,
    ) -> Result<(), GetError> {
        get::get_pieces(View::of(&self.at), into, deadline)
    }

    /// Ends it: later puts fail, and so do those that wait for room; gets go on until it is empty.
    pub fn close(&self) {
        self.at.closed.store(1, Ordering::Release);
        self.at.writers.answer(u32::MAX);
        self.at.readers.answer(u32::MAX);
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.at.closed.load(Ordering::Acquire) != 0
    }

    /// How many messages are there. Another process may change it at any time.
    #[must_use]
    pub fn len(&self) -> usize {
        // In this order it is never negative.
        let head = Position::from_word(self.at.head.load(Ordering::Acquire));
        let tail = Position::from_word(self.at.tail.load(Ordering::Acquire));
        let len = tail.messages_since(head);
        self.maxsize().map_or(len, |maxsize| len.min(maxsize.get())) as usize
    }

    /// Whether there is no whole message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is room for no message: it has `maxsize` of them, or its bytes are used up.
    #[must_use]
    pub fn is_full(&self) -> bool {
        writer::is_full(View::of(&self.at))
    }
}

/// Of a ring of so many bytes.
const fn units(capacity: usize) -> usize {
    let capacity = match capacity {
        ..Ring::MIN_CAPACITY => Ring::MIN_CAPACITY,
        Ring::MAX_CAPACITY.. => Ring::MAX_CAPACITY,
        capacity => capacity.next_power_of_two(),
    };
    capacity / UNIT
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("maxsize", &self.maxsize())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .finish()
    }
}
