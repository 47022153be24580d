//! The buffer in front of a reader, so that many small frames cost one system call.

use super::header::HEADER;
use std::io::{ErrorKind, Read, Result};
use std::ops::Range;

/// Bytes that were read and not yet taken: `bytes[start..end]`.
///
/// The buffer is as long as the traffic asks for: nothing before the first read, then [`FIRST`] bytes, twice as many
/// after each read that filled it, and never more than the largest frame that comes through it. A reader that is made
/// for each of many short-lived processes touches few pages that way; a forked child pays for each of them.
pub(crate) struct ReadAhead {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

/// The buffer's length at the first read, in bytes.
const FIRST: usize = 4 << 10;

impl ReadAhead {
    /// The largest payload, in bytes, that is read through this buffer. Larger ones go past it.
    pub(crate) const MAX_PAYLOAD: usize = 64 << 10;

    /// The greatest length of the buffer, in bytes.
    const LONGEST: usize = HEADER + Self::MAX_PAYLOAD;

    pub(crate) fn new() -> Self {
        ReadAhead {
            bytes: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The bytes of a range that [`take`](Self::take) gave, until the next [`fill`](Self::fill).
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// Marks the next `count` bytes as read and says where they are.
    pub(crate) fn take(&mut self, count: usize) -> Range<usize> {
        let range = self.start..self.start + count;
        self.start = range.end;
        range
    }

    /// Reads once more, making room for `wanted` unread bytes in one piece. Returns the number of new bytes; 0 is the
    /// end of the stream.
    pub(crate) fn fill(&mut self, inner: &mut impl Read, wanted: usize) -> Result<usize> {
        self.make_room(wanted);
        loop {
            match inner.read(&mut self.bytes[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn make_room(&mut self, wanted: usize) {
        let was_filled = self.end == self.bytes.len();
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if was_filled || self.bytes.len() < wanted {
            let longer = (2 * self.bytes.len()).max(FIRST).max(wanted);
            self.bytes.resize(longer.min(Self::LONGEST), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(ahead: &mut ReadAhead, bytes: usize, wanted: usize) -> usize {
        ahead.fill(&mut vec![7; bytes].as_slice(), wanted).unwrap()
    }

    #[test]
    fn a_reader_that_has_not_read_holds_no_memory() {
        assert_eq!(ReadAhead::new().bytes.capacity(), 0);
    }

    #[test]
    fn small_traffic_keeps_a_small_buffer() {
        let mut ahead = ReadAhead::new();
        for _ in 0..100 {
            assert_eq!(fill(&mut ahead, 100, HEADER), 100);
            ahead.take(100);
        }
        assert_eq!(ahead.bytes.len(), FIRST);
    }

    #[test]
    fn much_traffic_makes_it_longer_up_to_the_largest_frame() {
        let mut ahead = ReadAhead::new();
        let mut reads = Vec::new();
        for _ in 0..7 {
            let count = fill(&mut ahead, 1 << 20, HEADER);
            ahead.take(count);
            reads.push(count);
        }
        let doubled = [4, 8, 16, 32, 64].map(|kib| kib << 10);
        assert_eq!(reads[..5], doubled);
        assert_eq!(reads[5..], [ReadAhead::LONGEST; 2]);
    }

    #[test]
    fn what_was_not_taken_moves_to_the_front_and_stays_whole() {
        let mut ahead = ReadAhead::new();
        ahead.fill(&mut [1, 2, 3, 4].as_slice(), HEADER).unwrap();
        ahead.take(2);
        ahead.fill(&mut [5].as_slice(), 50_000).unwrap();
        assert_eq!(ahead.unread(), [3, 4, 5]);
        assert!(ahead.bytes.len() >= 50_000);
    }
}
