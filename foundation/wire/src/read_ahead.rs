//! The buffer in front of a reader, so that many small frames or records cost one system call.

use std::io::{ErrorKind, Read, Result};
use std::ops::Range;

/// The size of the buffer at the first read. It grows fourfold whenever a read has filled it, so that a link that carries a
/// few small messages, as to a child that lives for a millisecond, does not pay for pages that it never uses. What is no
/// larger than this, allocators have at hand.
const FIRST: usize = 1 << 10;

/// Bytes that were read and not yet taken: `bytes[start..end]`.
pub(crate) struct ReadAhead {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// How far `bytes` may grow.
    capacity: usize,
    /// Whether the last read filled the buffer.
    filled: bool,
}

impl ReadAhead {
    pub(crate) fn new(capacity: usize) -> Self {
        ReadAhead {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            capacity,
            filled: false,
        }
    }

    /// As [`new`](Self::new), with bytes that were read elsewhere. They may be more than the capacity.
    pub(crate) fn with_unread(capacity: usize, bytes: Vec<u8>) -> Self {
        ReadAhead {
            end: bytes.len(),
            bytes,
            ..ReadAhead::new(capacity)
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
                    self.filled = self.end == self.bytes.len();
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn make_room(&mut self, wanted: usize) {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.bytes.len() - self.start < wanted {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let grown = if self.filled {
            4 * self.bytes.len()
        } else {
            FIRST
        };
        let size = grown.max(wanted).min(self.capacity);
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
    }
}
