//! The buffer in front of a reader, so that many small frames cost one system call.

use super::header::HEADER;
use std::io::{ErrorKind, Read, Result};
use std::ops::Range;

/// Bytes that were read and not yet taken: `bytes[start..end]`.
pub(crate) struct ReadAhead {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadAhead {
    /// The largest payload, in bytes, that is read through this buffer. Larger ones go past it.
    pub(crate) const MAX_PAYLOAD: usize = 64 << 10;

    pub(crate) fn new() -> Self {
        ReadAhead {
            bytes: vec![0; HEADER + Self::MAX_PAYLOAD].into_boxed_slice(),
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
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.bytes.len() - self.start < wanted {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }
}
