//! The receiving direction of a connection.

use std::os::fd::OwnedFd;
use std::time::Instant;

use manyways_wire::{FrameReader, decode};
use serde::de::DeserializeOwned;

use super::error::{Attempt, Error, Reason, Result};
use super::socket::Socket;
use super::stream::Input;
use crate::attachments;

/// Bytes of a frame behind its message: the number of descriptors.
const TAIL: u64 = 1;

/// A message, and the descriptors beside it or why they are not there.
struct Incoming<'a> {
    message: &'a [u8],
    descriptors: Result<Vec<OwnedFd>, String>,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    frames: FrameReader<Input>,
    socket: Socket,
    /// The longest message in bytes.
    limit: u64,
}

impl Receiver {
    pub(crate) fn new(input: Input, socket: Socket, limit: u64) -> Receiver {
        Receiver {
            frames: FrameReader::new(input).max_frame(limit.saturating_add(TAIL)),
            socket,
            limit,
        }
    }

    /// Goes on where another receiver on the same socket stopped.
    pub(crate) fn with_unread(mut self, bytes: Vec<u8>) -> Receiver {
        self.frames = self.frames.with_unread(bytes);
        self
    }

    /// What was read and received by nobody; `None` in the middle of a message that is being dropped.
    pub(crate) fn unread(&self) -> Option<Vec<u8>> {
        self.frames.unread()
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.frames.set_max_frame(limit.saturating_add(TAIL));
    }

    pub(crate) fn recv<T: DeserializeOwned>(&mut self) -> Result<T> {
        let limit = self.limit;
        let Incoming {
            message,
            descriptors,
        } = self.next()?;
        let (outcome, refusal) = match descriptors {
            Ok(descriptors) => attachments::provide(descriptors, || decode(message)),
            Err(why) => return Err(Error::new(Attempt::Receive, Reason::Attachment(why))),
        };
        outcome.map_err(|error| match refusal {
            Some(why) => Error::new(Attempt::Receive, Reason::Attachment(why.to_string())),
            None => failed(error, limit),
        })
    }

    /// The next message's bytes, in place of what `message` held.
    pub(crate) fn recv_bytes(&mut self, message: &mut Vec<u8>) -> Result<()> {
        self.await_next()?;
        let read = self.frames.read_frame_into(message);
        read.map_err(|error| failed(error, self.limit))?;
        let count = message.pop().ok_or_else(no_tail)?;
        self.close_arrived(count);
        Ok(())
    }

    /// Closes the descriptors of a message that nobody asks for.
    fn close_arrived(&self, count: u8) {
        if count > 0 {
            drop(self.socket.take_arrived(count.into()));
        }
    }

    /// As [`recv_bytes`](Self::recv_bytes) for a message of at most `longest` bytes. A longer one is dropped as it arrives.
    pub(crate) fn recv_bytes_up_to(&mut self, longest: u64, message: &mut Vec<u8>) -> Result<()> {
        let length = self.await_next()?.saturating_sub(TAIL);
        if length <= longest {
            return self.recv_bytes(message);
        }
        let last = self.frames.discard_frame();
        let last = last.map_err(|error| failed(error, self.limit))?;
        self.close_arrived(last.unwrap_or_default());
        let limit = longest;
        Err(Error::new(
            Attempt::Receive,
            Reason::TooLong { length, limit },
        ))
    }

    /// The next message into the front of `buffer`; its length.
    pub(crate) fn recv_bytes_into(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let message = self.next()?.message;
        match buffer.get_mut(..message.len()) {
            Some(place) => {
                place.copy_from_slice(message);
                Ok(message.len())
            }
            None => {
                let reason = Reason::BufferTooShort {
                    message: message.to_vec(),
                    room: buffer.len(),
                };
                Err(Error::new(Attempt::Receive, reason))
            }
        }
    }

    /// Whether a message, an end or a fault can be had without waiting, or comes before the deadline.
    pub(crate) fn poll(&self, deadline: Option<Instant>) -> Result<bool> {
        if self.has_buffered() {
            return Ok(true);
        }
        let ready = self.socket.await_readable(deadline);
        ready.map_err(|error| Error::system(Attempt::Poll, error))
    }

    /// Whether something to receive has been read that a poll of the descriptor would miss.
    pub(crate) fn has_buffered(&self) -> bool {
        self.frames.has_buffered_frame() || self.frames.get_ref().has_buffered()
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.frames.get_ref().is_secure()
    }

    /// Waits for the beginning of the next message, and gives the length of its frame.
    fn await_next(&mut self) -> Result<u64> {
        self.frames.next_length().map_err(|error| {
            let between = || self.frames.unread().is_some_and(|unread| unread.is_empty());
            match error.is_truncated() && self.is_secure() && between() {
                true => Error::new(Attempt::Receive, Reason::Cut(error)),
                false => failed(error, self.limit),
            }
        })
    }

    fn next(&mut self) -> Result<Incoming<'_>> {
        self.await_next()?;
        let frame = self.frames.read_frame();
        let frame = frame.map_err(|error| failed(error, self.limit))?;
        match frame.split_last() {
            Some((0, message)) => Ok(Incoming {
                message,
                descriptors: Ok(Vec::new()),
            }),
            Some((&count, message)) => Ok(Incoming {
                message,
                descriptors: self.socket.take_arrived(count.into()),
            }),
            None => Err(no_tail()),
        }
    }
}

fn failed(error: manyways_wire::Error, limit: u64) -> Error {
    Error::wire(Attempt::Receive, error, limit)
}

fn no_tail() -> Error {
    let why = "the message lacks its last byte; is the other side a connection too?";
    Error::new(Attempt::Receive, Reason::Attachment(why.to_owned()))
}
