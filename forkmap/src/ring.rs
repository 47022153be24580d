//! A byte stream from one child to the parent through shared memory.
//!
//! One writer, one reader. The writer publishes each record as soon as it is complete, by one store, so
//! what a child has finished survives its death, even by SIGKILL. The words:
//!
//! | word | written by | meaning |
//! |---|---|---|
//! | `TAIL` | child | words published since the start |
//! | `HEAD` | parent | words taken since the start |
//! | `WAITING` | both | 1 while the child sleeps for want of room |
//! | from `DATA` on | child | the records, around and around |
//!
//! A record is a header word (its kind in the top byte, the payload's length in bytes below) and the
//! payload, padded to whole words. The parent trusts neither the tail nor the lengths: a child may have
//! scribbled over the memory before it died.

use crate::sync::{AtomicU64, Ordering, fence};

const TAIL: usize = 0;
const HEAD: usize = 8; // A cache line away.
const WAITING: usize = 16;
const DATA: usize = 24;

/// Bytes of a record's header.
pub(crate) const HEADER: usize = 8;

/// Words of a ring's bookkeeping. The rest of its words, the capacity, are a power of two.
pub(crate) const OVERHEAD: usize = DATA;

const KIND_SHIFT: u32 = 56;
const LENGTH_MASK: u64 = (1 << KIND_SHIFT) - 1;

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
    /// The reader's place when last looked at.
    head: u64,
}

impl<'a> RingWriter<'a> {
    pub(crate) fn new(words: &'a [AtomicU64]) -> RingWriter<'a> {
        debug_assert!((words.len() - DATA).is_power_of_two());
        RingWriter {
            words,
            tail: 0,
            head: 0,
        }
    }

    fn capacity(&self) -> u64 {
        (self.words.len() - DATA) as u64
    }

    /// How many words there is room for, looked up anew if fewer than `wanted` were known of.
    #[inline]
    fn room_for(&mut self, wanted: usize) -> u64 {
        if self.capacity() - (self.tail - self.head) < wanted as u64 {
            self.head = self.words[HEAD].load(Ordering::Acquire);
        }
        self.capacity() - (self.tail - self.head)
    }

    /// Whether more than half of the ring is waiting to be read.
    #[inline]
    pub(crate) fn is_half_full(&mut self) -> bool {
        if self.tail - self.head > self.capacity() / 2 {
            self.head = self.words[HEAD].load(Ordering::Acquire);
        }
        self.tail - self.head > self.capacity() / 2
    }

    /// Writes a record and publishes it. The record's first 8 bytes are room for its header; the
    /// payload follows. (So a record needs no second buffer.)
    #[inline]
    pub(crate) fn write(&mut self, kind: u8, record: &mut Vec<u8>, wait: &mut impl WaitForRoom) {
        let length = (record.len() - HEADER) as u64;
        let padded = record.len().next_multiple_of(8);
        record.extend_from_slice(&[0; 8]); // A fixed size is a single store.
        record.truncate(padded);
        record[..HEADER].copy_from_slice(&(u64::from(kind) << KIND_SHIFT | length).to_le_bytes());
        if (record.len() / 8) as u64 <= self.room_for(record.len() / 8) {
            self.put_all(record);
        } else {
            self.put_slowly(record, wait);
        }
        self.publish();
    }

    #[inline]
    fn put_all(&mut self, words: &[u8]) {
        let (words, []) = words.as_chunks::<8>() else {
            unreachable!("records are whole words")
        };
        let data = &self.words[DATA..];
        for word in words {
            let at = (self.tail & (data.len() as u64 - 1)) as usize;
            data[at].store(u64::from_le_bytes(*word), Ordering::Relaxed);
            self.tail += 1;
        }
    }

    /// In pieces, each published, as room is made.
    #[cold]
    fn put_slowly(&mut self, mut words: &[u8], wait: &mut impl WaitForRoom) {
        while !words.is_empty() {
            let room = self.room_for(words.len() / 8) as usize * 8;
            let (now, later) = words.split_at(room.min(words.len()));
            self.put_all(now);
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
        if self.room_for(1) == 0 || waiting.swap(0, Ordering::Relaxed) == 0 {
            wait.wait_for_room();
        }
    }

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
    head: u64,
    taken: Vec<u64>,
    /// How many of `taken` have been handed out as records.
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
        let capacity = (words.len() - DATA) as u64;
        let tail = words[TAIL].load(Ordering::Acquire);
        let new = tail.wrapping_sub(self.head);
        if new > capacity {
            return Err(Corrupt);
        }
        if new == 0 {
            return Ok(false);
        }
        self.taken.drain(..std::mem::take(&mut self.used));
        let (start, new) = ((self.head & (capacity - 1)) as usize, new as usize);
        let first = new.min(capacity as usize - start);
        let data = &words[DATA..];
        // As bytes in memory, whatever the processor's order: records are read as bytes.
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed).to_le();
        self.taken
            .extend(data[start..start + first].iter().map(load));
        self.taken.extend(data[..new - first].iter().map(load));
        self.head = tail;
        words[HEAD].store(tail, Ordering::Release);
        Ok(true)
    }

    /// Whether the child sleeps until it is told of room; to be asked after [`take`](Self::take).
    pub(crate) fn writer_waits(words: &[AtomicU64]) -> bool {
        fence(Ordering::SeqCst);
        words[WAITING].load(Ordering::Relaxed) == 1
            && words[WAITING].swap(0, Ordering::Relaxed) == 1
    }

    /// The next whole record, if one has been taken over.
    #[inline]
    pub(crate) fn record(&mut self) -> Option<Record<'_>> {
        let (header, rest) = self.taken[self.used..].split_first()?;
        let header = u64::from_le(*header);
        let length = usize::try_from(header & LENGTH_MASK).ok()?;
        let payload = rest.get(..length.div_ceil(8))?;
        self.used += 1 + payload.len();
        let payload = &bytemuck::cast_slice(payload)[..length];
        Some(Record {
            kind: (header >> KIND_SHIFT) as u8,
            payload,
        })
    }
}
