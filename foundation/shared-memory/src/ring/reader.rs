//! The side that gets.

use std::time::Instant;

use super::book::Book;
use super::error::GetError;
use super::layout::{HEADER, Header, Kind, Position, View, is_half_free};
use super::sink::{Append, AppendIf, Booked, Discard, Show, Sink};
use super::writer::bury_dead_writer;
use crate::life::Death;
use crate::lock::Taken;
use crate::seam::{Ordering, UNIT, with_bytes};
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
fn tail(ring: View<'_>) -> Position {
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

/// The holder of the readers' lock.
struct Reader<'a> {
    ring: View<'a>,
    head: Position,
    /// The last holder's, if it died.
    death: Option<Death>,
}

/// How a message in parts ended.
enum End {
    Whole,
    Aborted,
}

impl<'a> Reader<'a> {
    #[inline]
    fn lock(ring: View<'a>, deadline: Option<Instant>) -> Result<Reader<'a>, GetError> {
        let death = match ring.readers.lock.acquire(ring.life, deadline)? {
            Taken::Clean => None,
            Taken::OwnerDied(death) => Some(death),
        };
        let head = Position::from_word(ring.head.load(Ordering::Relaxed));
        Ok(Reader { ring, head, death })
    }

    /// Takes the first message, if the sink wants it. False if there is none.
    #[inline]
    fn take(&mut self, sink: &mut impl Sink) -> Result<bool, GetError> {
        if self.head.is_mid {
            self.skip_lost()?;
        }
        while let Some(header) = self.next()? {
            match header.kind {
                Kind::Whole => {
                    if self.show(header, |bytes| sink.wants(bytes)) {
                        self.consume(header, |bytes| sink.whole(bytes));
                        sink.taken();
                    }
                    return Ok(true);
                }
                Kind::First => {
                    if self.take_parts(header, sink)? {
                        return Ok(true);
                    }
                }
                _ => return Err(GetError::Corrupted),
            }
        }
        Ok(false)
    }

    /// Goes past the rest of a message of which a dead reader took the beginning, and says so.
    #[cold]
    fn skip_lost(&mut self) -> Result<(), GetError> {
        match self.take_rest(&mut Discard)? {
            End::Whole => Err(GetError::Lost(self.death.unwrap_or(Death { pid: None }))),
            End::Aborted => Ok(()), // Its writer died too, or gave up.
        }
    }

    /// Takes a message in parts. False if its writer gave up.
    #[cold]
    fn take_parts(&mut self, first: Header, sink: &mut impl Sink) -> Result<bool, GetError> {
        self.consume(first, |bytes| sink.part(bytes));
        self.answer_for_much();
        match self.take_rest(sink) {
            Ok(End::Whole) => {
                sink.end();
                sink.taken();
                Ok(true)
            }
            Ok(End::Aborted) => {
                sink.forget();
                Ok(false)
            }
            Err(error) => {
                sink.forget();
                Err(error)
            }
        }
    }

    /// After the first part.
    fn take_rest(&mut self, sink: &mut impl Sink) -> Result<End, GetError> {
        loop {
            let header = self.await_part()?;
            match header.kind {
                Kind::Middle | Kind::Last => self.consume(header, |bytes| sink.part(bytes)),
                Kind::Abort => self.consume(header, |_| ()),
                _ => return Err(GetError::Corrupted),
            }
            match header.kind {
                Kind::Last => return Ok(End::Whole),
                Kind::Abort => return Ok(End::Aborted),
                _ => self.answer_for_much(),
            }
        }
    }

    /// Waits for the next part: from its writer, or the mark that there will be none.
    fn await_part(&mut self) -> Result<Header, GetError> {
        let mut wait = Wait::for_message(None);
        loop {
            if let Some(header) = self.next()? {
                return Ok(header);
            }
            if wait.spin() {
                continue;
            }
            let bell = self.ring.writers.bell.load(Ordering::Acquire);
            let writer = self.ring.writers.lock.call();
            let tail = tail(self.ring);
            if tail.units != self.head.units {
                continue;
            }
            if !tail.is_mid {
                return Err(GetError::Corrupted);
            }
            if writer.is_none_or(|writer| self.ring.life.death(writer).is_some()) {
                bury_dead_writer(self.ring)?;
                continue;
            }
            self.ring.writers.bell.sleep(bell, None);
        }
    }

    /// The record at the head, past padding. `None` if there is none yet.
    #[inline]
    fn next(&mut self) -> Result<Option<Header>, GetError> {
        let mut available = self.available();
        while available > 0 {
            let header = self.header_here()?;
            let units = header.units();
            if units > available {
                return Err(GetError::Corrupted);
            }
            if header.kind != Kind::Pad {
                return Ok(Some(header));
            }
            self.head = self.head.past(units);
            available -= units;
        }
        Ok(None)
    }

    /// How many units are published.
    #[inline]
    fn available(&self) -> u32 {
        let seen = Position::from_word(self.ring.readers.seen.load(Ordering::Relaxed));
        match seen.units_since(self.head) {
            0 => {
                let tail = tail(self.ring);
                self.ring.readers.seen.store(tail.word(), Ordering::Relaxed);
                tail.units_since(self.head)
            }
            available => available,
        }
    }

    /// The record at the head lies within the ring.
    #[inline]
    fn header_here(&self) -> Result<Header, GetError> {
        let units = self.ring.units;
        let bytes = with_bytes(units, self.offset(), HEADER, |bytes| {
            bytes.try_into().unwrap_or_default()
        });
        let header = Header::from_bytes(bytes).ok_or(GetError::Corrupted)?;
        let fits = self.offset() + header.units() as usize * UNIT <= size_of_val(units);
        fits.then_some(header).ok_or(GetError::Corrupted)
    }

    /// Of the head, in bytes.
    #[inline]
    fn offset(&self) -> usize {
        self.ring.index(self.head) as usize * UNIT
    }

    /// Shows the record at the head.
    #[inline]
    fn show<R>(&self, header: Header, look: impl FnOnce(&[u8]) -> R) -> R {
        let at = self.offset() + HEADER;
        with_bytes(self.ring.units, at, header.len as usize, look)
    }

    /// Shows the record at the head, and gives its room back, even if that panics.
    #[inline]
    fn consume(&mut self, header: Header, look: impl FnOnce(&[u8])) {
        let consumed = Consumed {
            reader: self,
            header,
        };
        consumed.reader.show(header, look);
    }

    /// Wakes the writer of a message in parts, once there is room for several: a sleep for each part would take both sides longer
    /// than the part. There will be that much room before this reader waits.
    fn answer_for_much(&self) {
        if is_half_free(self.ring, tail(self.ring), self.head) {
            self.answer();
        }
    }

    /// Wakes the writer that waits for room.
    fn answer(&self) {
        if self.ring.readers.lock.take_call() {
            self.ring.readers.answer(1);
        }
    }
}

impl Drop for Reader<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.ring.readers.lock.release().was_called {
            self.ring.readers.answer(1);
        }
    }
}

/// Publishes, when dropped, that a record has been read.
struct Consumed<'r, 'a> {
    reader: &'r mut Reader<'a>,
    header: Header,
}

impl Drop for Consumed<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        let reader = &mut *self.reader;
        reader.head = reader.head.past_record(self.header);
        let head = reader.head.word();
        reader.ring.head.store(head, Ordering::Release);
    }
}
