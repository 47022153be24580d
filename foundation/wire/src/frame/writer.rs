//! Writing frames, resumable at every byte.

use super::gather::Gather;
use super::header::{DEFAULT_MAX_FRAME, HEADER, header};
use crate::codec;
use crate::error::{Error, Result};
use serde::Serialize;
use std::fmt;
use std::io::Write;

/// A buffer larger than this is given back to the allocator when its frame is gone.
const KEEP: usize = 8 << 20;

/// The largest payload, in bytes, that is copied behind its header: an ordinary write of so little takes a fifth less
/// time than a vectored one.
const COPIED: u64 = 1 << 10;

/// Puts frames into a byte stream.
///
/// Header and payload go out in one write, as long as the stream takes it whole: a vectored one that copies nothing, or,
/// for payloads of up to 1 KiB, an ordinary one. Nothing is buffered across calls: to pack many small frames into one
/// system call, wrap the stream in a [`BufWriter`](std::io::BufWriter) and call [`flush`](Self::flush). The memory in
/// which messages are encoded is used again; above 8 MiB it is given back after each frame.
///
/// # Timeouts and non-blocking streams
///
/// When the stream returns [`WouldBlock`](std::io::ErrorKind::WouldBlock) or
/// [`TimedOut`](std::io::ErrorKind::TimedOut), the call fails with [`Error::is_timeout`]. **The frame counts as accepted
/// all the same**: the bytes that the stream did not take are copied and kept, and
/// [`flush_pending`](Self::flush_pending) sends them, as often as it takes. Do not write the frame again. Until the rest
/// is gone, a further write tries to send it first; if that fails the new frame is refused with
/// [`Error::is_busy`], and nothing of it is kept.
///
/// # Other errors
///
/// When the stream fails in the middle of a frame, the frames behind it could not be found any more. The writer then
/// refuses every later call. Errors found before the first byte (encoding, oversize) leave it usable.
pub struct FrameWriter<W> {
    inner: W,
    max_frame: u64,
    /// The head of the frame being written (headers and encoded message), or the rest of a frame that is pending.
    buffer: Vec<u8>,
    /// How much of `buffer` belongs to whole frames. Behind it lies what a panicking `Serialize` left.
    ready: usize,
    /// How much of `buffer` the stream has taken.
    sent: usize,
    /// An earlier write failed inside a frame.
    broken: bool,
}

impl<W: Write> FrameWriter<W> {
    /// A writer of frames into `inner` with the limit [`DEFAULT_MAX_FRAME`].
    pub fn new(inner: W) -> Self {
        FrameWriter {
            inner,
            max_frame: DEFAULT_MAX_FRAME,
            buffer: Vec::new(),
            ready: 0,
            sent: 0,
            broken: false,
        }
    }

    /// Uses this memory for what is gathered, as long as there is room in it. For who must not allocate.
    #[must_use]
    pub fn with_buffer(mut self, buffer: Vec<u8>) -> Self {
        self.buffer = buffer;
        self.buffer.clear();
        self
    }

    /// Sets the largest payload in bytes that is sent. It should be the limit of the reader at the other end: a frame
    /// refused here is an error of one call, a frame refused there is the end of the link.
    #[must_use]
    pub fn max_frame(mut self, bytes: u64) -> Self {
        self.max_frame = bytes;
        self
    }

    /// Writes one frame.
    ///
    /// # Errors
    ///
    /// [`is_oversize`](Error::is_oversize) before anything is written, [`is_timeout`](Error::is_timeout) and
    /// [`is_busy`](Error::is_busy) as the type's documentation says, or the stream's own error.
    pub fn write_frame(&mut self, payload: &[u8]) -> Result<()> {
        self.write_frame_parts(&[payload])
    }

    /// Writes one frame whose payload is the concatenation of `parts`, without copying them together (unless they are
    /// small).
    ///
    /// # Errors
    ///
    /// As [`write_frame`](Self::write_frame).
    pub fn write_frame_parts(&mut self, parts: &[&[u8]]) -> Result<()> {
        let length = self.check_length(parts.iter().map(|part| part.len() as u64).sum())?;
        self.make_ready()?;
        self.buffer.extend_from_slice(&header(length));
        if length > COPIED {
            return self.transmit(parts);
        }
        for part in parts {
            self.buffer.extend_from_slice(part);
        }
        self.transmit(&[])
    }

    /// Writes a message as one frame. It is encoded whole, into memory that is used again, before its first byte is
    /// written.
    ///
    /// # Errors
    ///
    /// As [`write_frame`](Self::write_frame), and [`is_encode`](Error::is_encode), after which nothing was written.
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.make_ready()?;
        self.stage(message)?;
        self.transmit(&[])
    }

    /// Writes a message and, in a second frame behind it, `bulk`, which is not copied.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with_bulk<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
        bulk: &[u8],
    ) -> Result<()> {
        let length = self.check_length(bulk.len() as u64)?;
        self.make_ready()?;
        self.stage(message)?;
        self.buffer.extend_from_slice(&header(length));
        self.transmit(&[bulk])
    }

    /// Sends what is left of a frame that met a timeout. Does nothing when nothing is left.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](Error::is_timeout) when the stream still does not take all of it, or the stream's own error.
    pub fn flush_pending(&mut self) -> Result<()> {
        self.refuse_if_broken()?;
        self.buffer.truncate(self.ready);
        self.transmit(&[])
    }

    /// Sends what is pending, as every write of a frame does first, so that the first byte of the next frame is the next that
    /// the stream gets.
    ///
    /// # Errors
    ///
    /// As [`flush_pending`](Self::flush_pending); [`is_busy`](Error::is_busy) in place of a timeout.
    pub fn make_ready(&mut self) -> Result<()> {
        self.flush_pending().map_err(Error::refused_while_busy)
    }

    /// Whether a frame was accepted that has not gone out whole.
    pub fn has_pending(&self) -> bool {
        self.sent < self.ready
    }

    /// Sends what is pending and flushes the stream.
    ///
    /// # Errors
    ///
    /// As [`flush_pending`](Self::flush_pending).
    pub fn flush(&mut self) -> Result<()> {
        self.flush_pending()?;
        self.inner
            .flush()
            .map_err(|error| Error::io("flushing the stream", error))
    }

    /// The stream.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// The stream. Writing to it while a frame is pending destroys the frame.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// The stream. What is pending is lost.
    pub fn into_inner(self) -> W {
        self.inner
    }

    fn check_length(&self, length: u64) -> Result<u64> {
        if length > self.max_frame {
            return Err(Error::oversize_outgoing(length, self.max_frame));
        }
        Ok(length)
    }

    fn refuse_if_broken(&self) -> Result<()> {
        if self.broken {
            Err(Error::broken())
        } else {
            Ok(())
        }
    }

    /// Puts header and message into `buffer`, or leaves it empty.
    fn stage<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.buffer.extend_from_slice(&header(0));
        let encoded = codec::encode_into(message, &mut self.buffer);
        let length = (self.buffer.len() - HEADER) as u64;
        match encoded.and_then(|()| self.check_length(length)) {
            Ok(length) => {
                self.buffer[..HEADER].copy_from_slice(&header(length));
                Ok(())
            }
            Err(error) => {
                self.reset();
                Err(error)
            }
        }
    }

    /// Writes the rest of `buffer` and then `parts`. On a timeout all that the stream did not take is kept.
    fn transmit(&mut self, parts: &[&[u8]]) -> Result<()> {
        self.ready = self.buffer.len();
        let mut rest = Gather::new(&self.buffer[self.sent..], parts);
        let outcome = rest
            .write_all_to(&mut self.inner)
            .map_err(|error| Error::io("writing a frame", error));
        let unsent = rest.len();
        match outcome {
            Ok(()) => self.reset(),
            Err(ref error) if error.is_timeout() => self.keep(unsent, parts),
            Err(_) => self.give_up(unsent, parts),
        }
        outcome
    }

    /// Makes the last `unsent` bytes of `buffer` and `parts` together pending.
    fn keep(&mut self, unsent: usize, parts: &[&[u8]]) {
        for part in parts {
            self.buffer.extend_from_slice(part);
        }
        self.ready = self.buffer.len();
        self.sent = self.ready - unsent;
    }

    /// Drops the frame. If the stream has a part of it already, no other frame can follow.
    fn give_up(&mut self, unsent: usize, parts: &[&[u8]]) {
        let whole = self.buffer.len() + parts.iter().map(|part| part.len()).sum::<usize>();
        self.broken = unsent < whole;
        self.reset();
    }

    fn reset(&mut self) {
        self.ready = 0;
        self.sent = 0;
        self.buffer.clear();
        if self.buffer.capacity() > KEEP {
            self.buffer = Vec::new();
        }
    }
}

impl<W: fmt::Debug> fmt::Debug for FrameWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameWriter")
            .field("inner", &self.inner)
            .field("max_frame", &self.max_frame)
            .field("pending", &(self.ready - self.sent))
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
