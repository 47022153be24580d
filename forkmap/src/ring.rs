//! A byte stream from one child to the parent through shared memory.
//!
//! One writer, one reader. The writer publishes each record as soon as it is complete, by one store, so
//! what a child has finished survives its death, even by SIGKILL. The words:
//!
//! | word | written by | meaning |
//! |---|---|---|
//! | `TAIL` | child | bytes published since the start |
//! | `HEAD` | parent | bytes taken since the start |
//! | `WAITING` | both | 1 while the child sleeps for want of room |
//! | from `DATA` on | child | the records, around and around |
//!
//! A record with a payload of up to 30 bytes is a byte (the kind in the upper 3 bits, the length in the
//! lower 5) and the payload: what costs time between two processors is the number of cache lines that
//! change hands, so small results are packed. A longer one is such a byte with length 31, filled up to
//! a whole word; then the length as a word; then the payload, filled up to a whole word. So long
//! payloads are copied word by word.
//!
//! The parent trusts neither the tail nor the lengths: a child may have scribbled over the memory
//! before it died.

use std::ops::Range;

use manyways_wire::Short;

use crate::sync::{AtomicU64, Ordering, fence};

const TAIL: usize = 0;
const HEAD: usize = 8; // A cache line away.
const WAITING: usize = 16;
const DATA: usize = 24;

/// Room before a payload for the largest header: byte, filling, length.
pub(crate) const HEADER: usize = 16;

/// Words of a ring's bookkeeping. The rest of its words, the capacity, are a power of two.
pub(crate) const OVERHEAD: usize = DATA;

const KIND_SHIFT: u32 = 5;
/// The length in a first byte that stands for a long record.
const LONG: u8 = 31;

/// What a full ring's writer calls: it returns when there may be room, or not at all.
pub(crate) trait WaitForRoom {
    /// Called with the ring's `WAITING` word set.
    fn wait_for_room(&mut self);
}

/// The child's side.
#[derive(Debug)]
pub(crate) struct RingWriter<'a> {
    words: &'a [AtomicU64],
    tail: u64,
    /// The last word, as far as it is written.
    partial: u64,
    /// The reader's place when last looked at.
    head: u64,
}

impl<'a> RingWriter<'a> {
    pub(crate) fn new(words: &'a [AtomicU64]) -> RingWriter<'a> {
        debug_assert!((words.len() - DATA).is_power_of_two());
        RingWriter {
            words,
            tail: 0,
            partial: 0,
            head: 0,
        }
    }

    /// In bytes.
    fn capacity(&self) -> u64 {
        (self.words.len() - DATA) as u64 * 8
    }

    /// How many bytes there is room for, looked up anew if fewer than `wanted` were known of.
    #[inline]
    fn room_for(&mut self, wanted: u64) -> u64 {
        // The word that the reader is in the middle of is not free.
        if self.capacity() - (self.tail - (self.head & !7)) < wanted {
            self.head = self.words[HEAD].load(Ordering::Acquire);
        }
        self.capacity() - (self.tail - (self.head & !7))
    }

    /// Whether more than half of the ring is waiting to be read.
    #[inline]
    pub(crate) fn is_half_full(&mut self) -> bool {
        self.room_for(self.capacity() / 2) < self.capacity() / 2
    }

    /// Writes a record and publishes it. Its first `HEADER` bytes are room for the header; the payload
    /// follows. (So a record needs no second buffer.)
    #[inline]
    pub(crate) fn write(&mut self, kind: u8, record: &mut Vec<u8>, wait: &mut impl WaitForRoom) {
        let length = record.len() - HEADER;
        if length < usize::from(LONG) && self.room_for(LONG.into()) >= LONG.into() {
            record[HEADER - 1] = kind << KIND_SHIFT | length as u8;
            record.extend_from_slice(&[0; 8]); // So that the last bytes can be read as a word.
            self.put_short(&record[HEADER - 1..], 1 + length);
        } else {
            self.write_long(kind, record, wait);
        }
        self.publish();
    }

    /// As [`write`](Self::write), for a payload that is in no memory.
    #[inline]
    pub(crate) fn write_short(&mut self, kind: u8, payload: Short, wait: &mut impl WaitForRoom) {
        if self.room_for(16) < 16 {
            return self.write_short_late(kind, payload, wait);
        }
        let length = payload.length();
        let record =
            u128::from(payload.bits()) << 8 | u128::from(kind << KIND_SHIFT) | length as u128;
        // Of the 16 bytes from the last word on, at most 7 are written and at most 9 are new.
        let at = (self.tail % 8) as usize;
        let words = record << (8 * at) | u128::from(self.partial);
        let end = at + 1 + length;
        let (first, second) = (words as u64, (words >> 64) as u64);
        self.partial = first;
        self.store(self.tail);
        if end >= 8 {
            self.partial = second;
            if end > 8 {
                self.store(self.tail + 8); // Not otherwise: that word may be the reader's.
            }
            if end == 16 {
                self.partial = 0;
            }
        }
        self.tail += 1 + length as u64;
        self.publish();
    }

    /// With too little room for words at a time.
    #[cold]
    fn write_short_late(&mut self, kind: u8, payload: Short, wait: &mut impl WaitForRoom) {
        let mut record = vec![0; HEADER];
        record.extend_from_slice(&payload.bits().to_le_bytes()[..payload.length()]);
        self.write(kind, &mut record, wait);
    }

    /// Appends the first `length` of the bytes, by words: each word that they touch is stored whole.
    #[inline]
    fn put_short(&mut self, bytes: &[u8], length: usize) {
        let mut left = length;
        for chunk in bytes.as_chunks::<8>().0 {
            let count = left.min(8);
            let value = u64::from_le_bytes(*chunk) & (u64::MAX >> (64 - 8 * count));
            let at = (self.tail % 8) as usize;
            self.partial |= value << (8 * at);
            self.store(self.tail);
            if at + count >= 8 {
                // The bits that the shift pushed out; in two shifts, as they may be none.
                self.partial = value >> (8 * (7 - at)) >> 8;
            }
            if at + count > 8 {
                self.store(self.tail + 8); // Not otherwise: that word may be the reader's.
            }
            self.tail += count as u64;
            left -= count;
            if left == 0 {
                return;
            }
        }
    }

    /// Stores the partial word in its place.
    #[inline]
    fn store(&self, tail: u64) {
        let data = &self.words[DATA..];
        data[(tail / 8) as usize & (data.len() - 1)].store(self.partial, Ordering::Relaxed);
    }

    /// In whole words, and in as many steps as the room demands.
    #[cold]
    fn write_long(&mut self, kind: u8, record: &mut Vec<u8>, wait: &mut impl WaitForRoom) {
        let length = (record.len() - HEADER) as u64;
        while self.room_for(8) < 8 {
            self.wait(wait);
        }
        self.put_short(&[kind << KIND_SHIFT | LONG, 0, 0, 0, 0, 0, 0, 0], 1);
        self.tail = self.tail.next_multiple_of(8);
        self.partial = 0;
        record[HEADER - 8..HEADER].copy_from_slice(&length.to_le_bytes());
        record.resize(record.len().next_multiple_of(8), 0);
        let mut words = record[HEADER - 8..].as_chunks::<8>().0;
        while !words.is_empty() {
            let room = (self.room_for(words.len() as u64 * 8) / 8) as usize;
            let (now, later) = words.split_at(room.min(words.len()));
            for word in now {
                self.partial = u64::from_le_bytes(*word);
                self.store(self.tail);
                self.tail += 8;
            }
            self.partial = 0;
            self.publish();
            if room == 0 {
                self.wait(wait);
            }
            words = later;
        }
    }

    /// Sleeps until the reader has made room.
    fn wait(&mut self, wait: &mut impl WaitForRoom) {
        let waiting = &self.words[WAITING];
        waiting.store(1, Ordering::Relaxed);
        // Between the flag and the look at the reader's place: either we see its progress, or it
        // sees the flag.
        fence(Ordering::SeqCst);
        // With room after all, the flag is taken back; if the reader has seen it already, its notice
        // is under way and must be waited for, or it would be taken for a later one.
        if self.room_for(8) < 8 || waiting.swap(0, Ordering::Relaxed) == 0 {
            wait.wait_for_room();
        }
    }

    #[inline]
    fn publish(&self) {
        self.words[TAIL].store(self.tail, Ordering::Release);
    }
}

/// A record as the parent sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
}

/// The child has broken the ring's rules: its memory was overwritten before it died.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// The parent's side: takes what is published into a buffer of its own, and cuts it into records.
#[derive(Debug, Default)]
pub(crate) struct RingReader {
    /// Bytes taken over; the last word of `taken` may be there in part only.
    head: u64,
    taken: Vec<u64>,
    /// Bytes of `taken` that are valid, and how many of them have been handed out as records.
    valid: usize,
    used: usize,
}

impl RingReader {
    /// Makes a ring ready for a new child. Nobody else may use it now.
    pub(crate) fn reset(words: &[AtomicU64]) -> RingReader {
        for word in &words[..DATA] {
            word.store(0, Ordering::Relaxed);
        }
        RingReader::default()
    }

    /// Whether something is published that has not been taken.
    pub(crate) fn has_news(&self, words: &[AtomicU64]) -> bool {
        words[TAIL].load(Ordering::Acquire) != self.head
    }

    /// Takes over what has been published. Gives whether there was anything.
    pub(crate) fn take(&mut self, words: &[AtomicU64]) -> Result<bool, Corrupt> {
        let data = &words[DATA..];
        let tail = words[TAIL].load(Ordering::Acquire);
        let new = tail.wrapping_sub(self.head);
        if new > data.len() as u64 * 8 {
            return Err(Corrupt);
        }
        if new == 0 {
            return Ok(false);
        }
        self.forget_used();
        // A word that was taken in part is taken again.
        self.taken.truncate(self.valid / 8);
        let first = self.head / 8;
        let count = (tail.div_ceil(8) - first) as usize;
        let start = first as usize & (data.len() - 1);
        let to_the_end = count.min(data.len() - start);
        // As bytes in memory, whatever the processor's order: records are read as bytes.
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed).to_le();
        self.taken
            .extend(data[start..start + to_the_end].iter().map(load));
        self.taken
            .extend(data[..count - to_the_end].iter().map(load));
        self.valid += new as usize;
        self.head = tail;
        words[HEAD].store(tail, Ordering::Release);
        Ok(true)
    }

    /// Drops the whole words that have been handed out.
    fn forget_used(&mut self) {
        let words = self.used / 8;
        self.taken.drain(..words);
        self.used -= words * 8;
        self.valid -= words * 8;
    }

    /// Whether the child sleeps until it is told of room; to be asked after [`take`](Self::take).
    pub(crate) fn writer_waits(words: &[AtomicU64]) -> bool {
        fence(Ordering::SeqCst);
        words[WAITING].load(Ordering::Relaxed) == 1
            && words[WAITING].swap(0, Ordering::Relaxed) == 1
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.taken)[..self.valid]
    }

    /// The kind of the next record, if any of it has been taken over.
    #[inline]
    pub(crate) fn kind(&self) -> Option<u8> {
        self.bytes().get(self.used).map(|first| first >> KIND_SHIFT)
    }

    /// The next whole record, if one has been taken over.
    #[inline]
    pub(crate) fn record(&mut self) -> Option<Record<'_>> {
        let first = *self.bytes().get(self.used)?;
        let (kind, length) = (first >> KIND_SHIFT, first & LONG);
        let (payload, end) = if length == LONG {
            self.long_payload()?
        } else {
            let payload = self.used + 1..self.used + 1 + usize::from(length);
            (payload.clone(), payload.end)
        };
        if end > self.valid {
            return None;
        }
        self.used = end;
        Some(Record {
            kind,
            payload: &self.bytes()[payload],
        })
    }

    /// Where a long record's payload is, and where the next record begins.
    #[cold]
    fn long_payload(&self) -> Option<(Range<usize>, usize)> {
        let start = (self.used + 1).next_multiple_of(8);
        let length = self.bytes().get(start..)?.first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let end = start.checked_add(8)?.checked_add(length)?;
        Some((start + 8..end, end.checked_next_multiple_of(8)?))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicU64;

    use proptest::prelude::*;
    use serde::ser::{Serialize, SerializeTuple, Serializer};

    use super::{DATA, HEADER, RingReader, RingWriter, WaitForRoom};

    /// Bytes that are encoded as just themselves.
    struct Plain<'a>(&'a [u8]);

    impl Serialize for Plain<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut tuple = serializer.serialize_tuple(self.0.len())?;
            for byte in self.0 {
                tuple.serialize_element(byte)?;
            }
            tuple.end()
        }
    }

    /// Reads the ring dry whenever the writer wants room.
    struct Drain<'a> {
        words: &'a [AtomicU64],
        reader: RingReader,
        records: Vec<(u8, Vec<u8>)>,
    }

    impl Drain<'_> {
        fn drain(&mut self) {
            while self.reader.take(self.words).unwrap() {}
            while let Some(record) = self.reader.record() {
                self.records.push((record.kind, record.payload.to_vec()));
            }
        }
    }

    impl WaitForRoom for Drain<'_> {
        fn wait_for_room(&mut self) {
            assert!(RingReader::writer_waits(self.words));
            self.drain();
        }
    }

    fn words(data: usize) -> Vec<AtomicU64> {
        (0..DATA + data).map(|_| AtomicU64::new(0)).collect()
    }

    proptest! {
        #[test]
        fn records_arrive_as_they_were_written(
            records in prop::collection::vec(
                (0u8..8, prop_oneof![0usize..10, 0usize..40, 0usize..1000], any::<u8>(), any::<bool>()), 0..100
            ),
            size in 2u32..9,
        ) {
            let words = words(1 << size);
            let mut writer = RingWriter::new(&words);
            let reader = RingReader::reset(&words);
            let mut drain = Drain { words: &words, reader, records: Vec::new() };
            let mut expected = Vec::new();
            for (kind, length, byte, drains) in records {
                let payload: Vec<u8> = (0..length).map(|at| byte.wrapping_add(at as u8)).collect();
                let mut record = vec![0; HEADER];
                match manyways_wire::encode_short_or_into(&Plain(&payload), &mut record).unwrap() {
                    Some(short) => writer.write_short(kind, short, &mut drain),
                    None => writer.write(kind, &mut record, &mut drain),
                }
                expected.push((kind, payload));
                if drains {
                    drain.drain();
                    prop_assert_eq!(&drain.records, &expected, "what is written is there at once");
                }
            }
            drain.drain();
            prop_assert_eq!(drain.records, expected);
        }

        /// A child that scribbles over the ring: no panic, and no memory beyond what is there.
        #[test]
        fn any_words_are_survived(
            data in prop::collection::vec(any::<u64>(), 16), tails in prop::collection::vec(0u64..300, 1..9)
        ) {
            let words = words(16);
            let mut reader = RingReader::reset(&words);
            for (word, value) in words[DATA..].iter().zip(data) {
                word.store(value, std::sync::atomic::Ordering::Relaxed);
            }
            for tail in tails {
                words[0].store(tail, std::sync::atomic::Ordering::Relaxed);
                if reader.take(&words).is_err() {
                    return Ok(());
                }
                while reader.record().is_some() {}
                prop_assert!(reader.taken.capacity() <= 128);
            }
        }
    }
}
