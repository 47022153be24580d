//! Who takes a message out.

use std::time::Instant;

use super::error::GetError;
use super::get::tail;
use super::layout::{HEADER, Header, Kind, Position, View, is_half_free};
use super::sink::{Discard, Sink};
use super::writer::bury_dead_writer;
use crate::life::Death;
use crate::lock::Taken;
use crate::seam::{Ordering, UNIT, with_bytes};
use crate::wait::Wait;

/// The holder of the readers' lock.
pub(super) struct Reader<'a> {
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
    pub(super) fn lock(ring: View<'a>, deadline: Option<Instant>) -> Result<Reader<'a>, GetError> {
        let death = match ring.readers.lock.acquire(ring.life, deadline)? {
            Taken::Clean => None,
            Taken::OwnerDied(death) => Some(death),
        };
        let head = Position::from_word(ring.head.load(Ordering::Relaxed));
        Ok(Reader { ring, head, death })
    }

    /// Takes the first message, if the sink wants it. False if there is none.
    #[inline]
    pub(super) fn take(&mut self, sink: &mut impl Sink) -> Result<bool, GetError> {
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
