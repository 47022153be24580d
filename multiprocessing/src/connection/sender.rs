//! The sending direction of a connection.
//!
//! The payload of each frame is the message, and behind it one byte: how many descriptors travel with it. It stands behind
//! so that a message can be received straight into the memory that it will stay in.

use manyways_wire::{FrameWriter, encode_into};
use serde::Serialize;

use super::error::{Attempt, Error, Reason, Result};
use super::lane::{HERE, Lane, SHORT};
use super::outlet::Outlet;
use super::socket::Socket;
use super::stream::Output;
use crate::attachments::{self, Carrier, Collected};

/// A larger buffer is given back after its message.
const LARGEST_KEPT: usize = 8 << 20;

/// The last byte of a message without descriptors, on the socket or in a lane.
const ALONE: u8 = HERE;

#[derive(Debug)]
pub(crate) struct Sender {
    frames: FrameWriter<Output>,
    socket: Socket,
    /// The longest message in bytes.
    limit: u64,
    /// Encoded messages, used again.
    encoded: Vec<u8>,
    /// Of a pipe.
    outlet: Option<Outlet>,
}

impl Sender {
    pub(crate) fn new(output: Output, socket: Socket, limit: u64) -> Sender {
        Sender {
            // The limit is checked here, where the length is known.
            frames: FrameWriter::new(output).max_frame(u64::MAX),
            socket,
            limit,
            encoded: Vec::new(),
            outlet: None,
        }
    }

    /// As one on the same socket, beside this lane.
    pub(crate) fn beside(self, lane: Lane) -> Sender {
        let outlet = Some(Outlet::new(lane, self.socket.clone()));
        Sender { outlet, ..self }
    }

    pub(crate) fn lane(&self) -> Option<&Lane> {
        self.outlet.as_ref().map(Outlet::lane)
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    pub(crate) fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.clear();
        let sent = self.send_encoded_in(message, &mut encoded);
        if encoded.capacity() <= LARGEST_KEPT {
            self.encoded = encoded;
        }
        sent
    }

    fn send_encoded_in<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
        encoded: &mut Vec<u8>,
    ) -> Result<()> {
        let (
            outcome,
            Collected {
                descriptors,
                refusal,
            },
        ) = attachments::collect(self.carrier(), || encode_into(message, encoded));
        outcome.map_err(|error| match refusal {
            Some(why) => Error::new(Attempt::Send, Reason::Attachment(why.to_string())),
            None => Error::wire(Attempt::Send, error, self.limit),
        })?;
        if descriptors.is_empty() {
            return self.write(encoded, ALONE);
        }
        let count = descriptors.len() as u8; // At most 253.
        self.make_ready()?;
        self.socket.attach(descriptors);
        let sent = self.write(encoded, count);
        if !self.has_pending() {
            self.socket.detach();
        }
        sent
    }

    pub(crate) fn send_bytes(&mut self, message: &[u8]) -> Result<()> {
        self.write(message, ALONE)
    }

    /// Whether a message was begun that has not gone out whole.
    #[inline]
    pub(crate) fn has_pending(&self) -> bool {
        self.frames.has_pending() || self.frames.get_ref().has_pending()
    }

    /// Sends what is left of a message.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let flushed = self.frames.flush();
        self.sent(flushed)
    }

    /// Has the next message be the next that goes out.
    #[inline]
    fn make_ready(&mut self) -> Result<()> {
        if !self.has_pending() {
            return Ok(());
        }
        self.flush().map_err(|error| match error.is_pending() {
            // Of this message nothing has been sent.
            true => Error::new(Attempt::Send, Reason::TimedOut),
            false => error,
        })
    }

    pub(crate) fn close(&mut self) -> Result<()> {
        self.make_ready()?;
        let closed = self.frames.get_mut().close();
        closed.map_err(|error| Error::wire(Attempt::Close, error, self.limit))
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.frames.get_ref().is_secure()
    }

    fn carrier(&self) -> Carrier {
        match self.socket.is_unix() {
            true => Carrier::Takes,
            false => Carrier::Refuses(
                "an object that lives in an open file cannot leave this machine; send it over a UNIX socket",
            ),
        }
    }

    #[inline]
    fn write(&mut self, message: &[u8], tail: u8) -> Result<()> {
        let length = message.len() as u64;
        if length > self.limit {
            let limit = self.limit;
            return Err(Error::new(Attempt::Send, Reason::TooLong { length, limit }));
        }
        self.make_ready()?;
        let failed = |reason| Error::new(Attempt::Send, reason);
        match &mut self.outlet {
            None => {
                self.await_room()?;
                self.write_frame(message, tail)
            }
            Some(outlet) if tail == ALONE && message.len() <= SHORT => {
                outlet.send(&[message, &[tail]]).map_err(failed)
            }
            Some(_) => self.write_marked_frame(message, tail),
        }
    }

    /// With a limit, waits until a frame can begin, so that one that is given up for the time has been begun.
    #[inline]
    fn await_room(&self) -> Result<()> {
        let Some(deadline) = self.socket.sending_deadline() else {
            return Ok(());
        };
        match self.socket.await_writable(Some(deadline)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(Attempt::Send, Reason::TimedOut)),
            Err(error) => Err(Error::system(Attempt::Send, error)),
        }
    }

    fn write_frame(&mut self, message: &[u8], tail: u8) -> Result<()> {
        let written = self.frames.write_frame_parts(&[message, &[tail]]);
        self.sent(written)
    }

    fn sent(&self, written: manyways_wire::Result<()>) -> Result<()> {
        match written {
            Ok(()) if !self.frames.get_ref().has_pending() => Ok(()),
            Err(error) if !error.is_timeout() => Err(Error::wire(Attempt::Send, error, self.limit)),
            _ => Err(Error::new(Attempt::Send, Reason::Pending)),
        }
    }

    /// A frame that the receiver waits for from the mark on. Where that of the message cannot begin, an empty one says that there is
    /// no message.
    fn write_marked_frame(&mut self, message: &[u8], tail: u8) -> Result<()> {
        self.await_room()?;
        if let Some(outlet) = &mut self.outlet {
            let marked = outlet.mark();
            marked.map_err(|reason| Error::new(Attempt::Send, reason))?;
        }
        let written = self.write_frame(message, tail);
        if written.is_err() && !self.has_pending() {
            self.socket.detach();
            // If that fails, the frame has begun or the other side is gone: nothing follows any more.
            let _ = self.write_nothing();
        }
        written
    }

    fn write_nothing(&mut self) -> Result<()> {
        let written = self.frames.write_frame(&[]);
        self.sent(written)
    }

    /// As a send does whose frame could not begin.
    #[cfg(test)]
    pub(super) fn fail(&mut self) {
        self.outlet.as_mut().unwrap().mark().unwrap();
        self.write_nothing().unwrap();
    }
}
