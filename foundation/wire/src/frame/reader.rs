//! Reading frames, resumable at every byte.

use super::header::{self, DEFAULT_MAX_FRAME, HEADER};
use crate::codec;
use crate::error::{Error, Result};
use crate::read_ahead::ReadAhead;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::Read;
use std::mem;
use std::ops::Range;

/// A payload buffer larger than this is given back to the allocator when the next small frame is read.
const KEEP: usize = 8 << 20;

/// The largest payload, in bytes, that comes through the read-ahead buffer. Larger ones go past it.
pub(super) const SMALL: usize = 64 << 10;

/// The step in which memory for a payload grows until more than that has arrived; from there on it doubles.
const FIRST_STEP: usize = 256 << 10;

/// Takes frames from a byte stream.
///
/// Small frames come through a read-ahead buffer (1 KiB, growing to 64 KiB when reads fill it), so that one system call
/// brings many of them; a larger payload is read straight into its place. The memory for a payload grows with the bytes
/// that have arrived, never with the length that was announced: at most 256 KiB, or as much again as has arrived, lies
/// ahead of the peer. It is used again for the next large payload; above 8 MiB it is given back at the next small one.
///
/// # Timeouts and non-blocking streams
///
/// When the stream returns [`WouldBlock`](std::io::ErrorKind::WouldBlock) or
/// [`TimedOut`](std::io::ErrorKind::TimedOut), the call fails with [`Error::is_timeout`] and what has arrived is kept.
/// The next call goes on at the byte where this one stopped.
///
/// # Other errors
///
/// Garbage and oversize are final: the bytes stay where they are and every later call reports them again. A message that
/// could not be decoded is consumed, and the next call takes the next frame.
pub struct FrameReader<R> {
    pub(super) inner: R,
    max_frame: u64,
    pub(super) ahead: ReadAhead,
    /// The last payload that did not fit into `ahead`, or as much of it as has arrived.
    pub(super) payload: Vec<u8>,
    /// The full length of `payload` while it is arriving.
    pub(super) arriving: Option<usize>,
    /// The message of the last `recv_with_bulk`.
    pub(super) message: Vec<u8>,
    /// Whether the bulk of `message` has not arrived yet.
    pub(super) held: bool,
    /// How much of a discarded payload is still to arrive.
    pub(super) discarding: usize,
}

/// Where a complete payload lies.
enum Arrived {
    Ahead(Range<usize>),
    Payload,
}

impl<R: Read> FrameReader<R> {
    /// A reader of frames from `inner` with the limit [`DEFAULT_MAX_FRAME`].
    pub fn new(inner: R) -> Self {
        FrameReader {
            inner,
            max_frame: DEFAULT_MAX_FRAME,
            ahead: ReadAhead::new(HEADER + SMALL),
            payload: Vec::new(),
            arriving: None,
            message: Vec::new(),
            held: false,
            discarding: 0,
        }
    }

    /// Sets the largest payload in bytes that is accepted. It is compared with the announced length before anything is
    /// allocated.
    #[must_use]
    pub fn max_frame(mut self, bytes: u64) -> Self {
        self.set_max_frame(bytes);
        self
    }

    /// As [`max_frame`](Self::max_frame), for a reader that is in use. It holds for the frames whose headers are read after
    /// this call.
    pub fn set_max_frame(&mut self, bytes: u64) {
        self.max_frame = bytes;
    }

    /// The payload of the next frame, valid until the next call.
    ///
    /// # Errors
    ///
    /// [`is_closed`](Error::is_closed) at a clean end of the stream between two frames,
    /// [`is_truncated`](Error::is_truncated) when it ends inside a frame, [`is_oversize`](Error::is_oversize),
    /// [`is_garbage`](Error::is_garbage), [`is_timeout`](Error::is_timeout) (call again), or the stream's own error.
    pub fn read_frame(&mut self) -> Result<&[u8]> {
        if mem::take(&mut self.held) {
            return Ok(&self.message);
        }
        match self.advance(&mut Vec::new())? {
            Arrived::Ahead(range) => Ok(self.ahead.get(range)),
            Arrived::Payload => Ok(&self.payload),
        }
    }

    /// Replaces the content of `payload` with the payload of the next frame.
    ///
    /// A payload of more than 64 KiB is read straight into memory that becomes the caller's; pass the same `Vec` again
    /// and its allocation is used again. After an error `payload` is empty; what has arrived is kept here.
    ///
    /// # Errors
    ///
    /// As [`read_frame`](Self::read_frame).
    pub fn read_frame_into(&mut self, payload: &mut Vec<u8>) -> Result<()> {
        payload.clear();
        if mem::take(&mut self.held) {
            mem::swap(payload, &mut self.message);
            return Ok(());
        }
        match self.advance(payload)? {
            Arrived::Ahead(range) => payload.extend_from_slice(self.ahead.get(range)),
            Arrived::Payload => {
                mem::swap(payload, &mut self.payload);
                self.payload.clear();
            }
        }
        Ok(())
    }

    /// The next frame, decoded as a `T`.
    ///
    /// # Errors
    ///
    /// As [`read_frame`](Self::read_frame), and those of [`decode`](crate::decode); the frame is consumed then.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T> {
        codec::decode(self.read_frame()?)
    }

    /// A message and the bulk frame behind it, as sent by
    /// [`send_with_bulk`](crate::FrameWriter::send_with_bulk).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv). When the message cannot be decoded both frames are consumed. After a timeout between
    /// the two frames the next call returns both; if it is [`read_frame`](Self::read_frame) instead, it gets the message.
    pub fn recv_with_bulk<T: DeserializeOwned>(&mut self) -> Result<(T, Vec<u8>)> {
        let mut bulk = Vec::new();
        let message = self.recv_with_bulk_into(&mut bulk)?;
        Ok((message, bulk))
    }

    /// As [`recv_with_bulk`](Self::recv_with_bulk), but the bulk replaces the content of `bulk` and uses its memory.
    ///
    /// # Errors
    ///
    /// As [`recv_with_bulk`](Self::recv_with_bulk).
    pub fn recv_with_bulk_into<T: DeserializeOwned>(&mut self, bulk: &mut Vec<u8>) -> Result<T> {
        if !self.held {
            let mut message = mem::take(&mut self.message);
            let got = self.read_frame_into(&mut message);
            self.message = message;
            got?;
        }
        self.held = false;
        if let Err(error) = self.read_frame_into(bulk) {
            self.held = true;
            return Err(error.between_message_and_bulk());
        }
        codec::decode(&self.message)
    }

    /// Whether [`read_frame`](Self::read_frame) would return without asking the stream: a whole frame, or the beginning
    /// of something that is no acceptable frame, already lies in the read-ahead buffer.
    ///
    /// Ask this before `poll(2)` on the stream's descriptor, which knows nothing of bytes that were read ahead (and, on an
    /// encrypted link, ask its [`has_buffered`](crate::SecureStream::has_buffered) too). A message whose bulk is still
    /// under way does not count.
    pub fn has_buffered_frame(&self) -> bool {
        let unread = self.ahead.unread();
        self.arriving.is_none()
            && self.discarding == 0
            && match header::parse(unread) {
                Ok(Some(length)) => {
                    length > self.max_frame || length <= (unread.len() - HEADER) as u64
                }
                Ok(None) => false,
                Err(_) => true,
            }
    }

    /// The stream.
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The stream. Reading from it takes bytes out of the middle of a frame.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The stream. Bytes that were read ahead are lost.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Goes on with the current frame until it is complete. A large payload that starts here takes the memory of `donor`,
    /// which is empty and stays so.
    fn advance(&mut self, donor: &mut Vec<u8>) -> Result<Arrived> {
        let wanted = match self.arriving {
            Some(wanted) => wanted,
            None => {
                let length = self.await_header()?;
                if length <= SMALL {
                    return self.await_small(length);
                }
                self.start_large(length, donor);
                length
            }
        };
        self.await_large(wanted)
    }

    pub(super) fn await_header(&mut self) -> Result<usize> {
        self.finish_discarding()?;
        loop {
            if let Some(length) = header::parse(self.ahead.unread())? {
                return self.check_length(length);
            }
            let got = self.ahead.unread().len();
            let count = self.ahead.fill(&mut self.inner, HEADER);
            if count.map_err(|error| Error::io("reading a frame's header", error))? == 0 {
                return Err(match got {
                    0 => Error::closed(),
                    _ => Error::truncated("header", got, HEADER),
                });
            }
        }
    }

    fn check_length(&self, length: u64) -> Result<usize> {
        let fits = usize::try_from(length)
            .ok()
            .filter(|_| length <= self.max_frame);
        fits.ok_or_else(|| Error::oversize_announced(length, self.max_frame))
    }

    fn await_small(&mut self, length: usize) -> Result<Arrived> {
        while self.ahead.unread().len() < HEADER + length {
            let count = self.ahead.fill(&mut self.inner, HEADER + length);
            if count.map_err(|error| Error::io("reading a frame's payload", error))? == 0 {
                let got = self.ahead.unread().len() - HEADER;
                return Err(Error::truncated("payload", got, length));
            }
        }
        self.release_large();
        self.ahead.take(HEADER);
        Ok(Arrived::Ahead(self.ahead.take(length)))
    }

    fn start_large(&mut self, length: usize, donor: &mut Vec<u8>) {
        self.payload.clear();
        if donor.capacity() > self.payload.capacity() {
            mem::swap(donor, &mut self.payload);
        }
        self.ahead.take(HEADER);
        // All of it, unless more was read elsewhere (see `with_unread`) than this reader would have.
        let rest = self.ahead.take(self.ahead.unread().len().min(length));
        self.payload.extend_from_slice(self.ahead.get(rest));
        self.arriving = Some(length);
    }

    fn await_large(&mut self, wanted: usize) -> Result<Arrived> {
        while self.payload.len() < wanted {
            let room = grow(&mut self.payload, wanted);
            // `read_to_end` retries when interrupted, keeps what it got when it fails, and needs no zeroed memory.
            let count = self
                .inner
                .by_ref()
                .take(room as u64)
                .read_to_end(&mut self.payload);
            if count.map_err(|error| Error::io("reading a frame's payload", error))? < room {
                return Err(Error::truncated("payload", self.payload.len(), wanted));
            }
        }
        self.arriving = None;
        Ok(Arrived::Payload)
    }

    fn release_large(&mut self) {
        if self.payload.capacity() > KEEP {
            self.payload = Vec::new();
        }
    }
}

/// Makes room for the next bytes of a payload that will have `wanted` bytes, and says for how many.
fn grow(payload: &mut Vec<u8>, wanted: usize) -> usize {
    let missing = wanted - payload.len();
    if payload.capacity() == payload.len() {
        payload.reserve_exact(missing.min(payload.len().max(FIRST_STEP)));
    }
    missing.min(payload.capacity() - payload.len())
}

impl<R: fmt::Debug> fmt::Debug for FrameReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameReader")
            .field("inner", &self.inner)
            .field("max_frame", &self.max_frame)
            .field("read_ahead", &self.ahead.unread().len())
            .field("arriving", &self.arriving)
            .field("arrived", &self.arriving.map_or(0, |_| self.payload.len()))
            .finish_non_exhaustive()
    }
}
