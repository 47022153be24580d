//! Frames that the caller does not want.

use super::header::HEADER;
use super::reader::FrameReader;
use crate::error::{Error, Result};
use std::io::Read;

impl<R: Read> FrameReader<R> {
    /// Waits for the next frame's header and says how many bytes its payload has. The frame stays the next one.
    ///
    /// # Errors
    ///
    /// As [`read_frame`](Self::read_frame).
    pub fn next_length(&mut self) -> Result<u64> {
        if self.held {
            return Ok(self.message.len() as u64);
        }
        let length = match self.arriving {
            Some(length) => length,
            None => self.await_header()?,
        };
        Ok(length as u64)
    }

    /// Takes the next frame without keeping its payload, however large it is: what does not lie in the read-ahead buffer
    /// goes through it. Gives the last byte of the payload, in which some formats keep a mark.
    ///
    /// # Errors
    ///
    /// As [`read_frame`](Self::read_frame). After [`is_timeout`](Error::is_timeout) with some of the payload discarded, the
    /// frame is gone, and the next call of any method waits for the rest of it first.
    ///
    /// ```
    /// use manyways_wire::{FrameReader, FrameWriter};
    ///
    /// let mut stream = Vec::new();
    /// let mut writer = FrameWriter::new(&mut stream);
    /// writer.write_frame(&[7; 100_000])?;
    /// writer.write_frame(b"short")?;
    ///
    /// let mut reader = FrameReader::new(stream.as_slice());
    /// assert_eq!(reader.next_length()?, 100_000);
    /// assert_eq!(reader.discard_frame()?, Some(7));
    /// assert_eq!(reader.read_frame()?, b"short");
    /// # Ok::<(), manyways_wire::Error>(())
    /// ```
    pub fn discard_frame(&mut self) -> Result<Option<u8>> {
        if std::mem::take(&mut self.held) {
            return Ok(self.message.last().copied());
        }
        let mut last = None;
        match self.arriving.take() {
            Some(length) => {
                last = self.payload.last().copied();
                self.discarding = length - self.payload.len();
                self.payload.clear();
            }
            None => {
                self.discarding = self.await_header()?;
                self.ahead.take(HEADER);
            }
        }
        Ok(self.finish_discarding()?.or(last))
    }

    /// Waits for the rest of a discarded payload, and gives the last byte of that.
    pub(super) fn finish_discarding(&mut self) -> Result<Option<u8>> {
        let mut last = None;
        while self.discarding > 0 {
            let unread = self.ahead.unread().len();
            if unread == 0 {
                let count = self.ahead.fill(&mut self.inner, 1);
                if count.map_err(|error| Error::io("reading a frame's payload", error))? == 0 {
                    return Err(Error::truncated("payload", 0, self.discarding));
                }
                continue;
            }
            let gone = unread.min(self.discarding);
            let gone = self.ahead.take(gone);
            self.discarding -= gone.len();
            last = self.ahead.get(gone).last().copied();
        }
        Ok(last)
    }
}
