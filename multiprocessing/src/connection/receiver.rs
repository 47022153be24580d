//! The receiving direction of a connection.

use std::mem;
use std::os::fd::OwnedFd;
use std::time::Instant;

use manyways_wire::{FrameReader, decode};
use serde::de::DeserializeOwned;

use super::bounded::Bounded;
use super::error::{Attempt, Error, Reason, Result};
use super::inlet::{Inlet, News};
use super::lane::Lane;
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

/// How the next message comes.
enum Next {
    /// It came through the lane.
    Short,
    /// In a frame, with so many bytes.
    Frame(u64),
}

#[derive(Debug)]
pub(crate) struct Receiver {
    frames: FrameReader<Input>,
    socket: Socket,
    /// The longest message in bytes.
    limit: u64,
    /// Of a pipe.
    inlet: Option<Inlet>,
    /// The last message that came through it.
    short: Vec<u8>,
}

impl Receiver {
    pub(crate) fn new(input: Input, socket: Socket, limit: u64) -> Receiver {
        Receiver {
            frames: FrameReader::new(input).max_frame(limit.saturating_add(TAIL)),
            socket,
            limit,
            inlet: None,
            short: Vec::new(),
        }
    }

    /// As one on the same socket, beside this lane.
    pub(crate) fn beside(self, lane: Lane, unread: &[u8]) -> Receiver {
        let input = Input::Bounded(Bounded::after(self.socket.clone(), unread));
        let inlet = Some(Inlet::new(lane, self.socket.clone()));
        let receiver = Receiver::new(input, self.socket, self.limit);
        Receiver { inlet, ..receiver }
    }

    /// Goes on where another receiver on the same socket stopped.
    pub(crate) fn with_unread(mut self, bytes: Vec<u8>) -> Receiver {
        self.frames = self.frames.with_unread(bytes);
        self
    }

    pub(crate) fn inlet(&self) -> Option<&Inlet> {
        self.inlet.as_ref()
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
        message.clear();
        match self.await_message(message)? {
            Next::Short => Ok(()),
            Next::Frame(_) => self.read_frame_into(message),
        }
    }

    fn read_frame_into(&mut self, message: &mut Vec<u8>) -> Result<()> {
        let read = self.frames.read_frame_into(message);
        read.map_err(|error| failed(error, self.limit))?;
        self.take_mark()?;
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
        message.clear();
        let length = match self.await_message(message)? {
            Next::Short => message.len() as u64,
            Next::Frame(length) if length <= longest => return self.read_frame_into(message),
            Next::Frame(length) => {
                self.discard_frame()?;
                length
            }
        };
        if length <= longest {
            return Ok(());
        }
        message.clear();
        let limit = longest;
        let reason = Reason::TooLong { length, limit };
        Err(Error::new(Attempt::Receive, reason))
    }

    fn discard_frame(&mut self) -> Result<()> {
        let last = self.frames.discard_frame();
        let last = last.map_err(|error| failed(error, self.limit))?;
        self.take_mark()?;
        self.close_arrived(last.unwrap_or_default());
        Ok(())
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
        let Some(inlet) = &self.inlet else {
            let ready = self.socket.await_readable(deadline);
            return ready.map_err(|error| Error::system(Attempt::Poll, error));
        };
        let news = inlet.await_news(deadline);
        news.map(|news| news != News::None)
            .map_err(|reason| Error::new(Attempt::Poll, reason))
    }

    /// Whether something to receive has been read that a poll of the descriptor would miss.
    pub(crate) fn has_buffered(&self) -> bool {
        self.frames.has_buffered_frame()
            || self.frames.get_ref().has_buffered()
            || self.inlet().is_some_and(|inlet| inlet.lane().has_record())
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.frames.get_ref().is_secure()
    }

    /// Waits for the next message. One that came through the lane is appended to `into`.
    #[inline]
    fn await_message(&mut self, into: &mut Vec<u8>) -> Result<Next> {
        loop {
            if let Some(inlet) = &self.inlet {
                let received = inlet.receive(into, self.limit);
                if received.map_err(|reason| Error::new(Attempt::Receive, reason))? {
                    return Ok(Next::Short);
                }
            }
            match self.await_next()? {
                // In place of a message that could not be sent.
                0 if self.inlet.is_some() => self.discard_frame()?,
                length => return Ok(Next::Frame(length.saturating_sub(TAIL))),
            }
        }
    }

    /// The message on the socket has been received.
    fn take_mark(&self) -> Result<()> {
        let taken = self
            .inlet
            .as_ref()
            .map_or(Ok(()), |inlet| inlet.lane().take_mark());
        taken.map_err(|reason| Error::new(Attempt::Receive, reason))
    }

    /// Waits for the beginning of the next frame, and gives its length.
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
        let mut short = mem::take(&mut self.short);
        short.clear();
        let next = self.await_message(&mut short);
        self.short = short;
        if let Next::Short = next? {
            return Ok(Incoming {
                message: &self.short,
                descriptors: Ok(Vec::new()),
            });
        }
        let frame = self.frames.read_frame();
        let frame = frame.map_err(|error| failed(error, self.limit))?;
        if let Some(inlet) = &self.inlet {
            let taken = inlet.lane().take_mark();
            taken.map_err(|reason| Error::new(Attempt::Receive, reason))?;
        }
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
