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
        self.socket.attach(descriptors);
        let sent = self.write(encoded, count);
        self.socket.detach();
        sent
    }

    pub(crate) fn send_bytes(&mut self, message: &[u8]) -> Result<()> {
        self.write(message, ALONE)
    }

    pub(crate) fn close(&mut self) -> Result<()> {
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
        let failed = |reason| Error::new(Attempt::Send, reason);
        match &mut self.outlet {
            None => self.write_frame(message, tail),
            Some(outlet) if tail == ALONE && message.len() <= SHORT => {
                outlet.send(&[message, &[tail]]).map_err(failed)
            }
            Some(outlet) => {
                outlet.mark().map_err(failed)?;
                self.write_marked_frame(message, tail)
            }
        }
    }

    fn write_frame(&mut self, message: &[u8], tail: u8) -> Result<()> {
        let written = self.frames.write_frame_parts(&[message, &[tail]]);
        written.map_err(|error| Error::wire(Attempt::Send, error, self.limit))
    }

    /// The receiver waits for a frame now. Where that of the message cannot begin, an empty one says that there is no message.
    fn write_marked_frame(&mut self, message: &[u8], tail: u8) -> Result<()> {
        let written = self.write_frame(message, tail);
        if written.is_err() {
            self.socket.detach();
            // If that fails, the frame has begun or the other side is gone: nothing follows any more.
            let _ = self.write_nothing();
        }
        written
    }

    fn write_nothing(&mut self) -> Result<()> {
        let written = self.frames.write_frame(&[]);
        written.map_err(|error| Error::wire(Attempt::Send, error, self.limit))
    }

    /// As a send does whose frame could not begin.
    #[cfg(test)]
    pub(super) fn fail(&mut self) {
        self.outlet.as_mut().unwrap().mark().unwrap();
        self.write_nothing().unwrap();
    }
}
