//! A reader's place in its stream, carried to another reader.

use super::header::{HEADER, header};
use super::reader::{FrameReader, SMALL};
use crate::read_ahead::ReadAhead;
use std::io::Read;

impl<R: Read> FrameReader<R> {
    /// What was read from the stream and given to no caller yet, for [`with_unread`](Self::with_unread) of another reader
    /// on the same stream, perhaps in another process. `None` while a frame is being
    /// [discarded](Self::discard_frame) whose rest has not arrived.
    ///
    /// ```
    /// use manyways_wire::{FrameReader, FrameWriter};
    ///
    /// let mut stream = Vec::new();
    /// let mut writer = FrameWriter::new(&mut stream);
    /// writer.write_frame(b"first")?;
    /// writer.write_frame(b"second")?;
    ///
    /// let mut here = FrameReader::new(stream.as_slice());
    /// assert_eq!(here.read_frame()?, b"first");
    /// let unread = here.unread().unwrap();
    /// let mut there = FrameReader::new(here.into_inner()).with_unread(unread);
    /// assert_eq!(there.read_frame()?, b"second");
    /// # Ok::<(), manyways_wire::Error>(())
    /// ```
    #[must_use]
    pub fn unread(&self) -> Option<Vec<u8>> {
        if self.discarding > 0 {
            return None;
        }
        let mut bytes = Vec::new();
        if self.held {
            bytes.extend_from_slice(&header(self.message.len() as u64));
            bytes.extend_from_slice(&self.message);
        }
        if let Some(length) = self.arriving {
            bytes.extend_from_slice(&header(length as u64));
            bytes.extend_from_slice(&self.payload);
        }
        bytes.extend_from_slice(self.ahead.unread());
        Some(bytes)
    }

    /// A reader whose stream begins with these bytes, before those that it has yet to read.
    #[must_use]
    pub fn with_unread(mut self, bytes: Vec<u8>) -> Self {
        self.ahead = ReadAhead::with_unread(HEADER + SMALL, bytes);
        self
    }
}
