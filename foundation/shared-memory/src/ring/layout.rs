//! How a ring lies in memory.

use crate::lock::RawLock;
use crate::seam::{At, Life, Ordering, UNIT, Unit, Word, Word64};

/// The words of a ring. Behind them are its units, in number a power of two.
///
/// | word | changed by |
/// |---|---|
/// | `closed` | anybody, once, from 0 to 1 |
/// | `tail`: where the next record will be written | the holder of the writers' lock, by one store a record |
/// | `head`: where the next record will be read | the holder of the readers' lock, by one store a record |
///
/// What lies from head to tail is published. A change that its process did not live to publish never was.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct RingState {
    /// How many messages it holds at most; 0 if only its bytes limit it.
    pub(super) maxsize: Word,
    pub(super) closed: Word,
    pub(super) writers: Line<Side>,
    pub(super) tail: Line<Word64>,
    pub(super) readers: Line<Side>,
    pub(super) head: Line<Word64>,
}

/// A ring as one call uses it: where its parts are in this process.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    state: &'a RingState,
    pub(super) units: &'a [Unit],
    pub(super) life: &'a Life,
}

impl<'a> View<'a> {
    #[inline]
    pub(super) fn of(ring: &'a At<RingState, Unit>) -> View<'a> {
        View {
            state: ring,
            units: ring.items(),
            life: ring.life(),
        }
    }

    /// In units.
    #[inline]
    pub(super) fn capacity(self) -> u32 {
        self.units.len() as u32
    }

    /// Which unit a position is at: the capacity is a power of two.
    #[inline]
    pub(super) fn index(self, position: Position) -> u32 {
        position.units & (self.capacity() - 1)
    }
}

impl std::ops::Deref for View<'_> {
    type Target = RingState;

    #[inline]
    fn deref(&self) -> &RingState {
        self.state
    }
}

/// On cache lines of its own: two, since processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(super) struct Line<T>(T);

impl<T> std::ops::Deref for Line<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// What one side of the ring uses at each call.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Side {
    pub(super) lock: RawLock,
    /// Changes when this side answers a [call](RawLock::call) of the other, which sleeps on it.
    pub(super) bell: Word,
    /// The other side's position as it was seen last, by the holder of the lock; the other side may be further.
    pub(super) seen: Word64,
}

impl Side {
    /// Wakes those of the other side who called: so many, or all.
    ///
    /// The bell tells those apart who have called and do not sleep yet: what was published before they looked may be what
    /// their call is answered for.
    #[cold]
    pub(super) fn answer(&self, count: u32) {
        self.bell.fetch_add(1, Ordering::AcqRel);
        self.bell.wake(count);
    }
}

/// A head or a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Units from the beginning of time, with wrap-around.
    pub(super) units: u32,
    /// Messages from the beginning of time, with wrap-around at [`MESSAGES`].
    messages: u32,
    /// Whether it is within a message of several records.
    pub(super) is_mid: bool,
}

/// The highest bit says `is_mid`.
const MESSAGES: u32 = 1 << 31;

impl Position {
    #[inline]
    pub(super) fn from_word(word: u64) -> Position {
        let upper = (word >> 32) as u32;
        Position {
            units: word as u32,
            messages: upper % MESSAGES,
            is_mid: upper >= MESSAGES,
        }
    }

    #[inline]
    pub(super) fn word(self) -> u64 {
        let mid = if self.is_mid { MESSAGES } else { 0 };
        u64::from(self.messages | mid) << 32 | u64::from(self.units)
    }

    /// How many messages it is past, with wrap-around.
    pub(super) fn messages(self) -> u32 {
        self.messages
    }

    /// How many messages it is past once it is past the next.
    pub(super) fn next_message(self) -> u32 {
        self.messages.wrapping_add(1) % MESSAGES
    }

    #[inline]
    pub(super) fn units_since(self, earlier: Position) -> u32 {
        self.units.wrapping_sub(earlier.units)
    }

    #[inline]
    pub(super) fn messages_since(self, earlier: Position) -> u32 {
        self.messages.wrapping_sub(earlier.messages) % MESSAGES
    }

    /// Past so many units.
    #[inline]
    pub(super) fn past(self, units: u32) -> Position {
        Position {
            units: self.units.wrapping_add(units),
            ..self
        }
    }

    /// Past a record.
    #[inline]
    pub(super) fn past_record(self, header: Header) -> Position {
        let ends = u32::from(matches!(header.kind, Kind::Whole | Kind::Last));
        Position {
            units: self.units.wrapping_add(header.units()),
            messages: self.messages.wrapping_add(ends) % MESSAGES,
            is_mid: matches!(header.kind, Kind::First | Kind::Middle),
        }
    }
}

/// Whether half of the ring or more has nothing in it that is still to be read.
pub(super) fn is_half_free(ring: View<'_>, tail: Position, head: Position) -> bool {
    tail.units_since(head) <= ring.capacity() / 2
}

/// The first four bytes of a record; so many bytes follow as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) len: u32,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    /// A message.
    Whole = 1,
    /// The first part of a message that has several.
    First,
    /// A part that is neither the first nor the last.
    Middle,
    /// The last part.
    Last,
    /// There will be no more parts: forget the message.
    Abort,
    /// Nothing: the rest of the ring is too short for the record that follows at its start.
    Pad,
}

/// Of a header, in bytes.
pub(super) const HEADER: usize = 4;

const LEN_BITS: u32 = 29;

/// The longest that a record can be, header included.
pub(super) const LONGEST: usize = 1 << LEN_BITS;

impl Header {
    #[inline]
    pub(super) fn bytes(self) -> [u8; HEADER] {
        ((self.kind as u32) << LEN_BITS | self.len).to_ne_bytes()
    }

    /// `None` if these are no header.
    #[inline]
    pub(super) fn from_bytes(bytes: [u8; HEADER]) -> Option<Header> {
        let word = u32::from_ne_bytes(bytes);
        let kind = match word >> LEN_BITS {
            1 => Kind::Whole,
            2 => Kind::First,
            3 => Kind::Middle,
            4 => Kind::Last,
            5 => Kind::Abort,
            6 => Kind::Pad,
            _ => return None,
        };
        let len = word % (1 << LEN_BITS);
        Some(Header { kind, len })
    }

    /// Of the whole record.
    #[inline]
    pub(super) fn units(self) -> u32 {
        units_for(self.len as usize)
    }
}

/// Of a record with so many bytes behind its header.
#[inline]
pub(super) fn units_for(len: usize) -> u32 {
    (HEADER + len).div_ceil(UNIT) as u32
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn positions_wrap_around() {
        let last = Position {
            units: u32::MAX,
            messages: MESSAGES - 1,
            is_mid: false,
        };
        let kinds = [
            Kind::First,
            Kind::Middle,
            Kind::Last,
            Kind::Whole,
            Kind::Abort,
        ];
        let mut at = last;
        for (kind, is_mid, messages) in kinds
            .into_iter()
            .zip([true, true, false, false, false])
            .zip([0, 0, 1, 2, 2])
            .map(|((a, b), c)| (a, b, c))
        {
            at = at.past_record(Header { kind, len: 12 });
            assert_eq!((at.is_mid, at.messages_since(last)), (is_mid, messages));
            assert_eq!(Position::from_word(at.word()), at);
        }
        assert_eq!(at.units_since(last), 5 * 2);
    }

    #[test]
    fn headers_come_back() {
        for kind in [
            Kind::Whole,
            Kind::First,
            Kind::Middle,
            Kind::Last,
            Kind::Abort,
            Kind::Pad,
        ] {
            let header = Header {
                kind,
                len: (1 << LEN_BITS) - 1,
            };
            assert_eq!(Header::from_bytes(header.bytes()), Some(header));
        }
        assert_eq!(Header::from_bytes([0; HEADER]), None);
        assert_eq!(Header::from_bytes([0xff; HEADER]), None);
    }
}
