//! A stream of bytes through shared memory: one writer, one reader, neither of which waits in here.
//!
//! The words: how far the writer is, in bytes since the start; on a cache line of its own, how far the reader is; then
//! the bytes, around and around, eight a word. What is written is seen at once, so whatever a process has written
//! survives its death. Neither side trusts what the other has left.
//!
//! Not the ring of `manyways-shared-memory`: that one is for many writers and many readers of whole messages, each of which
//! it takes a lock for. An item here is a few bytes and costs a few nanoseconds, and nobody but the two is there.

use super::sync::{AtomicU64, Ordering};

const TAIL: usize = 0;
const HEAD: usize = 8;
const DATA: usize = 16;

/// The words of a stream of this capacity, a power of two of words.
pub(crate) const fn words(capacity: usize) -> usize {
    DATA + capacity
}

/// The other side has broken the rules: its memory was overwritten before it died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// Makes a stream empty. Nobody else may use it now.
pub(crate) fn reset(words: &[AtomicU64]) {
    words[TAIL].store(0, Ordering::Relaxed);
    words[HEAD].store(0, Ordering::Relaxed);
}

/// The writing side.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    tail: u64,
    /// The last word, as far as it is written.
    partial: u64,
    /// Up to where there is room, when last looked at.
    free: u64,
}

impl Writer {
    /// How many bytes there is room for; looked up anew if fewer than `wanted` were known of.
    #[inline]
    pub(crate) fn room(&mut self, words: &[AtomicU64], wanted: u64) -> u64 {
        if self.free.saturating_sub(self.tail) < wanted {
            // The word that the reader is in the middle of is not free. Of a head that was scribbled over, nothing is.
            let head = words[HEAD].load(Ordering::Acquire).min(self.tail) & !7;
            self.free = head + (words.len() - DATA) as u64 * 8;
        }
        self.free.saturating_sub(self.tail)
    }

    /// Writes as many of the bytes as there is room for, for the reader to see, and says how many.
    pub(crate) fn write(&mut self, words: &[AtomicU64], bytes: &[u8]) -> usize {
        let room = self.room(words, bytes.len() as u64);
        let count = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let (whole, last) = bytes[..count].as_chunks::<8>();
        self.put_whole(words, whole);
        let mut word = [0; 8];
        word[..last.len()].copy_from_slice(last);
        self.put(words, u64::from_le_bytes(word), last.len());
        self.publish(words);
        count
    }

    /// Each word of the memory is stored once, of the last and half of the next of the bytes.
    fn put_whole(&mut self, words: &[AtomicU64], whole: &[[u8; 8]]) {
        let data = &words[DATA..];
        let shift = 8 * (self.tail % 8);
        let first = (self.tail / 8) as usize;
        for (at, word) in (first..).zip(whole) {
            let bits = u64::from_le_bytes(*word);
            let full = self.partial | bits << shift;
            data[at & (data.len() - 1)].store(full, Ordering::Relaxed);
            // What the shift pushed out; in two shifts, as that may be nothing.
            self.partial = bits >> (56 - shift) >> 8;
        }
        self.tail += whole.len() as u64 * 8;
        if shift > 0 && !whole.is_empty() {
            self.store(words, self.tail);
        }
    }

    /// Writes the lowest `count` bytes, whose others are 0, for the reader to see. There must be room.
    #[inline]
    pub(crate) fn write_word(&mut self, words: &[AtomicU64], bytes: u64, count: usize) {
        self.put(words, bytes, count);
        self.publish(words);
    }

    #[inline]
    pub(crate) fn put(&mut self, words: &[AtomicU64], bytes: u64, count: usize) {
        if count == 0 {
            return;
        }
        let at = (self.tail % 8) as usize;
        self.partial |= bytes << (8 * at);
        self.store(words, self.tail);
        if at + count >= 8 {
            // What the shift pushed out; in two shifts, as that may be nothing.
            self.partial = bytes >> (8 * (7 - at)) >> 8;
            if at + count > 8 {
                self.store(words, self.tail + 8);
            }
        }
        self.tail += count as u64;
    }

    #[inline]
    fn store(&self, words: &[AtomicU64], tail: u64) {
        let data = &words[DATA..];
        data[(tail / 8) as usize & (data.len() - 1)].store(self.partial, Ordering::Relaxed);
    }

    #[inline]
    fn publish(&self, words: &[AtomicU64]) {
        words[TAIL].store(self.tail, Ordering::Release);
    }
}

/// The reading side.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    head: u64,
}

impl Reader {
    /// Whether there is something to take.
    #[inline]
    pub(crate) fn has_news(&self, words: &[AtomicU64]) -> bool {
        words[TAIL].load(Ordering::Acquire) != self.head
    }

    /// Appends what was written, at most so many bytes of it, and says how many bytes that were.
    pub(crate) fn take(
        &mut self,
        words: &[AtomicU64],
        most: usize,
        into: &mut Vec<u8>,
    ) -> Result<usize, Corrupt> {
        let data = &words[DATA..];
        let tail = words[TAIL].load(Ordering::Acquire);
        let new = tail.wrapping_sub(self.head);
        if new > data.len() as u64 * 8 {
            return Err(Corrupt);
        }
        let count = (new as usize).min(most);
        let end = into.len() + count;
        let skipped = (self.head % 8) as usize;
        let mut at = (self.head / 8) as usize;
        if skipped > 0 && count > 0 {
            into.extend_from_slice(&load(data, at)[skipped..]);
            at += 1;
        }
        let whole = into.len();
        into.resize(whole + end.saturating_sub(whole).next_multiple_of(8), 0);
        for (at, bytes) in (at..).zip(into[whole..].as_chunks_mut::<8>().0) {
            *bytes = load(data, at);
        }
        into.truncate(end);
        self.head += count as u64;
        words[HEAD].store(self.head, Ordering::Release);
        Ok(count)
    }
}

#[inline]
fn load(data: &[AtomicU64], at: usize) -> [u8; 8] {
    let word = &data[at & (data.len() - 1)];
    word.load(Ordering::Relaxed).to_le_bytes()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use manyways_testkit::guarded;
    use proptest::prelude::*;

    use super::super::sync::{AtomicU64, Ordering};
    use super::{Corrupt, HEAD, Reader, TAIL, Writer, words};

    fn stream(capacity: usize) -> Vec<AtomicU64> {
        (0..words(capacity)).map(|_| AtomicU64::new(0)).collect()
    }

    #[test]
    fn what_is_written_is_taken() {
        guarded(|| {
            proptest!(|(
                pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..100), any::<bool>()), 0..50),
                size in 0u32..6,
            )| {
                let words = stream(1 << size);
                let (mut writer, mut reader) = (Writer::default(), Reader::default());
                let (mut written, mut taken) = (Vec::new(), Vec::new());
                for (piece, is_read) in &pieces {
                    let count = writer.write(&words, piece);
                    written.extend_from_slice(&piece[..count]);
                    let short = u64::from(piece.first().copied().unwrap_or(1));
                    if writer.room(&words, 3) >= 3 {
                        writer.write_word(&words, short, 3);
                        written.extend_from_slice(&[short as u8, 0, 0]);
                    }
                    if *is_read {
                        prop_assert_eq!(reader.has_news(&words), taken.len() < written.len());
                        reader.take(&words, usize::MAX, &mut taken).unwrap();
                        prop_assert_eq!(&taken, &written);
                    }
                }
                reader.take(&words, usize::MAX, &mut taken).unwrap();
                prop_assert_eq!(taken, written);
            });
        });
    }

    #[test]
    fn a_full_stream_takes_nothing_and_goes_on_when_read() {
        let words = stream(2);
        let (mut writer, mut reader) = (Writer::default(), Reader::default());
        assert_eq!(writer.write(&words, &[1; 20]), 16);
        assert_eq!(writer.write(&words, &[2; 4]), 0);
        let mut taken = Vec::new();
        assert_eq!(reader.take(&words, usize::MAX, &mut taken), Ok(16));
        assert_eq!(writer.write(&words, &[2; 4]), 4);
        assert_eq!(reader.take(&words, usize::MAX, &mut taken), Ok(4));
        assert_eq!(taken[16..], [2; 4]);
    }

    #[test]
    fn scribbled_places_are_noticed() {
        let words = stream(2);
        let (mut writer, mut reader) = (Writer::default(), Reader::default());
        words[TAIL].store(u64::MAX / 2, Ordering::Relaxed);
        assert_eq!(
            reader.take(&words, usize::MAX, &mut Vec::new()),
            Err(Corrupt)
        );
        assert_eq!(writer.write(&words, &[1; 20]), 16);
        words[HEAD].store(u64::MAX, Ordering::Relaxed);
        assert_eq!(
            writer.write(&words, &[1; 20]),
            16,
            "it is no more than full"
        );
    }
}
