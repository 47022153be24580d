//! The side that puts.

use std::time::Instant;

use super::error::PutError;
use super::layout::{HEADER, Header, Kind, LONGEST, Position, View, is_half_free, units_for};
use crate::error::WaitError;
use crate::seam::{Ordering, UNIT, Unit, write_bytes};
use crate::wait::Wait;

/// Kept free by all records but this one: the mark that a message will not be completed. So it never has to wait.
const ABORT_UNITS: u32 = 1;

/// Puts a message.
#[inline]
pub(super) fn put(
    ring: View<'_>,
    message: &[&[u8]],
    deadline: Option<Instant>,
) -> Result<(), PutError> {
    let len = message.iter().map(|piece| piece.len()).sum();
    let mut writer = Writer::lock(ring, deadline)?;
    writer.check_open()?;
    if units_of(len).is_some_and(|units| units <= ring.units.len() / 2) {
        writer.put_whole(len as u32, deadline, |units, mut at| {
            for piece in message {
                write_bytes(units, at, piece);
                at += piece.len();
            }
        })
    } else {
        writer.put_in_parts(message, len as u64, deadline)
    }
}

/// Puts a message of the first `length` of these bytes.
#[inline]
pub(super) fn put_short(
    ring: View<'_>,
    [a, b, c, d, e, f, g, h]: [u8; 8],
    length: usize,
    deadline: Option<Instant>,
) -> Result<(), PutError> {
    let mut writer = Writer::lock(ring, deadline)?;
    writer.check_open()?;
    writer.put_whole(length as u32, deadline, |units, at| {
        // Whole halves, as the record fills the units that it has begun, and to write a known number of bytes is quicker.
        write_bytes(units, at, &[a, b, c, d]);
        if length > 4 {
            write_bytes(units, at + 4, &[e, f, g, h]);
        }
    })
}

/// Of a message in one record, if a record can be so long.
#[inline]
fn units_of(len: usize) -> Option<usize> {
    (len <= LONGEST - HEADER).then(|| units_for(len) as usize)
}

pub(super) fn is_full(ring: View<'_>) -> bool {
    let head = Position::from_word(ring.head.load(Ordering::Acquire));
    let tail = Position::from_word(ring.tail.load(Ordering::Acquire));
    !has_room(ring, tail, head, 1).unwrap_or(false)
}

/// Whether so many units, and a message, have room; an error if head and tail cannot be right.
#[inline]
fn has_room(ring: View<'_>, tail: Position, head: Position, units: u32) -> Result<bool, PutError> {
    let capacity = ring.capacity();
    let used = tail.units_since(head);
    let free = capacity.checked_sub(used).ok_or(PutError::Corrupted)?;
    let maxsize = ring.maxsize.load(Ordering::Relaxed);
    let has_number = maxsize == 0 || tail.messages_since(head) < maxsize;
    Ok(has_number && free >= units + ABORT_UNITS)
}

/// Has a message that a dead writer began forgotten. Nothing if its writer lives.
pub(super) fn bury_dead_writer(ring: View<'_>) -> Result<(), WaitError> {
    match ring.writers.lock.try_acquire(ring.life) {
        Ok(_) => {
            Writer::begin(ring);
            Ok(())
        }
        Err(WaitError::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The holder of the writers' lock.
struct Writer<'a> {
    ring: View<'a>,
    tail: Position,
}

impl<'a> Writer<'a> {
    #[inline]
    fn lock(ring: View<'a>, deadline: Option<Instant>) -> Result<Writer<'a>, PutError> {
        // That the last holder died is no news: what it had not published never was.
        let _ = ring.writers.lock.acquire(ring.life, deadline)?;
        Ok(Writer::begin(ring))
    }

    /// With the lock.
    #[inline]
    fn begin(ring: View<'a>) -> Writer<'a> {
        let tail = Position::from_word(ring.tail.load(Ordering::Relaxed));
        let mut writer = Writer { ring, tail };
        if tail.is_mid {
            writer.abort();
        }
        writer
    }

    #[inline]
    fn check_open(&self) -> Result<(), PutError> {
        match self.ring.closed.load(Ordering::Acquire) {
            0 => Ok(()),
            _ => Err(PutError::Closed),
        }
    }

    /// Puts a message in one record; `write` is given where its bytes belong.
    #[inline]
    fn put_whole(
        &mut self,
        len: u32,
        deadline: Option<Instant>,
        write: impl FnOnce(&[Unit], usize),
    ) -> Result<(), PutError> {
        let header = Header {
            kind: Kind::Whole,
            len,
        };
        // It must not cross the end of the ring.
        let rest = self.units_to_end();
        let pad = if header.units() > rest { rest } else { 0 };
        self.await_room(header.units() + pad, deadline)?;
        if pad > 0 {
            self.write_header(Header {
                kind: Kind::Pad,
                len: pad * UNIT as u32 - HEADER as u32,
            });
            self.tail = self.tail.past(pad);
        }
        write(self.ring.units, self.write_header(header));
        self.publish(header);
        Ok(())
    }

    #[cold]
    fn put_in_parts(
        &mut self,
        message: &[&[u8]],
        len: u64,
        deadline: Option<Instant>,
    ) -> Result<(), PutError> {
        let mut parts = Parts::new(message, len);
        let put = self.put_parts(&mut parts, deadline);
        if put.is_err() && self.tail.is_mid {
            self.abort();
        }
        put
    }

    fn put_parts(
        &mut self,
        parts: &mut Parts<'_>,
        deadline: Option<Instant>,
    ) -> Result<(), PutError> {
        let largest = (self.ring.capacity() / 8).max(1);
        while parts.left > 0 {
            let room = largest.min(self.units_to_end()) as usize * UNIT - HEADER;
            let len = parts.left.min(room as u64) as usize;
            let header = Header {
                kind: parts.next_kind(len),
                len: len as u32,
            };
            self.await_room(header.units(), deadline)?;
            let at = self.write_header(header);
            parts.write(self.ring.units, at, len);
            self.publish(header);
            match header.kind {
                Kind::Middle => self.answer_for_much(),
                _ => self.answer_all(),
            }
        }
        Ok(())
    }

    /// Publishes that the message that was begun never was.
    #[cold]
    fn abort(&mut self) {
        let header = Header {
            kind: Kind::Abort,
            len: 0,
        };
        self.write_header(header);
        self.publish(header);
        self.answer_all();
    }

    #[inline]
    fn units_to_end(&self) -> u32 {
        self.ring.capacity() - self.ring.index(self.tail)
    }

    /// Gives where the bytes behind the header belong.
    #[inline]
    fn write_header(&self, header: Header) -> usize {
        let at = self.ring.index(self.tail) as usize * UNIT;
        write_bytes(self.ring.units, at, &header.bytes());
        at + HEADER
    }

    /// The one store by which the record, and the padding before it, becomes the readers'.
    #[inline]
    fn publish(&mut self, header: Header) {
        self.tail = self.tail.past_record(header);
        self.ring.tail.store(self.tail.word(), Ordering::Release);
    }

    /// Wakes readers once there is as much as half the ring: a sleep for each part would take both sides longer than the part. They
    /// are woken before this writer waits.
    fn answer_for_much(&self) {
        if !is_half_free(self.ring, self.tail, self.head()) {
            self.answer_all();
        }
    }

    /// Wakes readers that sleep: all, since the one in the midst of this message is not always the first.
    fn answer_all(&self) {
        if self.ring.writers.lock.take_call() {
            self.ring.writers.answer(u32::MAX);
        }
    }

    #[inline]
    fn await_room(&self, units: u32, deadline: Option<Instant>) -> Result<(), PutError> {
        let seen = Position::from_word(self.ring.writers.seen.load(Ordering::Relaxed));
        match has_room(self.ring, self.tail, seen, units) {
            Ok(true) => Ok(()),
            _ => self.await_room_slowly(units, deadline),
        }
    }

    #[cold]
    fn await_room_slowly(&self, units: u32, deadline: Option<Instant>) -> Result<(), PutError> {
        if self.tail.is_mid {
            self.answer_all();
        }
        let mut wait = Wait::for_message(deadline);
        while !self.look_for_room(units)? {
            if wait.spin() {
                continue;
            }
            let bell = self.ring.readers.bell.load(Ordering::Acquire);
            self.ring.readers.lock.call();
            if self.look_for_room(units)? {
                break;
            }
            self.check_open()?;
            if wait.is_over() {
                return Err(PutError::TimedOut);
            }
            self.ring.readers.bell.sleep(bell, wait.deadline());
        }
        // The room may be there because the ring was closed and emptied.
        self.check_open()
    }

    /// Remembers where the readers are.
    fn look_for_room(&self, units: u32) -> Result<bool, PutError> {
        let head = self.head();
        self.ring.writers.seen.store(head.word(), Ordering::Relaxed);
        has_room(self.ring, self.tail, head, units)
    }

    fn head(&self) -> Position {
        Position::from_word(self.ring.head.load(Ordering::Acquire))
    }
}

impl Drop for Writer<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.ring.writers.lock.release().was_called {
            self.ring.writers.answer(1);
        }
    }
}

/// What is left of a message that goes in parts.
struct Parts<'a> {
    piece: &'a [u8],
    others: std::slice::Iter<'a, &'a [u8]>,
    left: u64,
    is_begun: bool,
}

impl<'a> Parts<'a> {
    fn new(message: &'a [&'a [u8]], len: u64) -> Parts<'a> {
        Parts {
            piece: &[],
            others: message.iter(),
            left: len,
            is_begun: false,
        }
    }

    /// Of a part of `len` bytes.
    fn next_kind(&self, len: usize) -> Kind {
        match (self.is_begun, self.left == len as u64) {
            (false, _) => Kind::First,
            (true, false) => Kind::Middle,
            (true, true) => Kind::Last,
        }
    }

    /// Writes the next `len` bytes.
    fn write(&mut self, units: &[Unit], mut at: usize, mut len: usize) {
        self.is_begun = true;
        self.left -= len as u64;
        while len > 0 {
            if self.piece.is_empty() {
                self.piece = self.others.next().copied().unwrap_or_default();
            }
            let (now, later) = self.piece.split_at(len.min(self.piece.len()));
            write_bytes(units, at, now);
            at += now.len();
            len -= now.len();
            self.piece = later;
        }
    }
}
