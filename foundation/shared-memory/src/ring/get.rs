//! The side that gets.

use std::time::Instant;

use super::book::Book;
use super::error::GetError;
use super::layout::{Position, View};
use super::reader::Reader;
use super::sink::{Append, AppendIf, Booked, Discard, InPieces, Pieces, Show, Sink};
use crate::seam::Ordering;
use crate::spin::Spin;
use crate::wait::Wait;

/// Appends the first message to `into`.
#[inline]
pub(super) fn get(
    ring: View<'_>,
    into: &mut Vec<u8>,
    deadline: Option<Instant>,
) -> Result<(), GetError> {
    take_into(ring, deadline, &mut Append::to(into))
}

/// Appends the first message to `into` if it is there and wanted; false if it is not wanted.
#[inline]
pub(super) fn try_get_if(
    ring: View<'_>,
    into: &mut Vec<u8>,
    is_wanted: impl FnMut(&[u8]) -> bool,
) -> Result<bool, GetError> {
    let mut sink = AppendIf::to(into, is_wanted);
    if seems_filled(ring) && Reader::lock(ring, None)?.take(&mut sink)? {
        return Ok(sink.was_wanted());
    }
    Err(GetError::TimedOut)
}

/// Waits for a record while that is better than to sleep. Whether there is one.
pub(super) fn spin(ring: View<'_>) -> bool {
    let mut spin = Spin::for_message();
    while !seems_filled(ring) {
        if !spin.turn() {
            return false;
        }
    }
    true
}

/// Shows the first message to `look`.
#[inline]
pub(super) fn get_with<R>(
    ring: View<'_>,
    deadline: Option<Instant>,
    look: impl FnOnce(&[u8]) -> R,
) -> Result<R, GetError> {
    let mut show = Show::to(look);
    take_into(ring, deadline, &mut show)?;
    Ok(show.into_result())
}

/// Gives the first message to `into`.
pub(super) fn get_pieces(
    ring: View<'_>,
    into: &mut impl Pieces,
    deadline: Option<Instant>,
) -> Result<(), GetError> {
    take_into(ring, deadline, &mut InPieces(into))
}

/// Appends the first message to `into`, for which the book says who has taken it.
pub(super) fn get_as_task(
    ring: View<'_>,
    book: &Book,
    into: &mut Vec<u8>,
    deadline: Option<Instant>,
) -> Result<(), GetError> {
    let me = ring.life.me().map_err(GetError::NoLife)?;
    take_into(
        ring,
        deadline,
        &mut Booked::new(Append::to(into), ring, book, me),
    )
}

/// Throws all messages away, until the ring is closed and empty.
pub(super) fn discard_all(ring: View<'_>) -> Result<(), GetError> {
    loop {
        match take_into(ring, None, &mut Discard) {
            Ok(()) | Err(GetError::Lost(_)) => {}
            Err(GetError::Closed) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

#[inline]
fn take_into(
    ring: View<'_>,
    deadline: Option<Instant>,
    sink: &mut impl Sink,
) -> Result<(), GetError> {
    loop {
        if !seems_filled(ring) {
            return wait_and_take(ring, deadline, sink);
        }
        if Reader::lock(ring, deadline)?.take(sink)? {
            return Ok(());
        }
    }
}

/// Whether there seems to be a record, without a look at the writers' word while what was seen of it last is enough.
#[inline]
fn seems_filled(ring: View<'_>) -> bool {
    let seen = Position::from_word(ring.readers.seen.load(Ordering::Relaxed));
    let head = head(ring);
    seen.units != head.units || tail(ring).units != head.units
}

#[inline]
fn head(ring: View<'_>) -> Position {
    Position::from_word(ring.head.load(Ordering::Acquire))
}

#[inline]
pub(super) fn tail(ring: View<'_>) -> Position {
    Position::from_word(ring.tail.load(Ordering::Acquire))
}

#[cold]
fn wait_and_take(
    ring: View<'_>,
    deadline: Option<Instant>,
    sink: &mut impl Sink,
) -> Result<(), GetError> {
    let mut has_slept = false;
    let mut take = || {
        loop {
            await_record(ring, deadline, &mut has_slept)?;
            if Reader::lock(ring, deadline)?.take(sink)? {
                return Ok(());
            }
        }
    };
    let taken = take();
    if has_slept {
        pass_on(ring);
    }
    taken
}

/// Waits until there seems to be a record.
fn await_record(
    ring: View<'_>,
    deadline: Option<Instant>,
    has_slept: &mut bool,
) -> Result<(), GetError> {
    let mut wait = Wait::for_message(deadline);
    while !seems_filled(ring) {
        if wait.spin() {
            continue;
        }
        let bell = ring.writers.bell.load(Ordering::Acquire);
        let is_closed = ring.closed.load(Ordering::Acquire) != 0;
        let writer = ring.writers.lock.call();
        if tail(ring).units != head(ring).units {
            break;
        }
        // A writer that took the lock before the end was known may still put; one that takes it later knows.
        if is_closed && writer.is_none_or(|writer| ring.life.death(writer).is_some()) {
            return Err(GetError::Closed);
        }
        if wait.is_over() {
            return Err(GetError::TimedOut);
        }
        *has_slept = true;
        ring.writers.bell.sleep(bell, deadline);
    }
    Ok(())
}

/// A writer wakes one sleeper for the calls of all. So one that has slept calls for the others, and wakes another if there
/// is more.
#[cold]
fn pass_on(ring: View<'_>) {
    ring.writers.lock.call();
    if tail(ring).units != head(ring).units {
        ring.writers.answer(1);
    }
}
