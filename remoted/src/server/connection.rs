//! A client's connection, as the server sees it.

use std::io::{self, ErrorKind, Write};
use std::time::Instant;

use bytes::Bytes;
use manyways_wire::{self as wire, FrameReader};
use rustix::event::epoll::EventFlags;

use crate::limits::Limits;
use crate::message::{Broken, Incoming, Outgoing};
use crate::protocol::{Answer, Call, MAX_FRAME, Refusal, Reply, Request};
use crate::stream::Stream;

/// A client with more unsent bytes than this gets no further call read.
const BACKLOG: usize = 256 << 10;

/// Frames of a large value that are taken before other clients have their turn.
const FRAMES_AT_ONCE: usize = 4;

/// A complete call with its bulk, or the refusal of one whose bulk was not kept.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) call: Call,
    pub(super) bulk: Bytes,
    pub(super) refusal: Option<Refusal>,
}

/// A non-blocking connection.
#[derive(Debug)]
pub(super) struct Connection {
    frames: FrameReader<Stream>,
    incoming: Incoming<Call>,
    /// Why the bulk that is arriving will be refused.
    refusal: Option<Refusal>,
    outgoing: Outgoing,
    pub(super) joined: bool,
    /// Calls lie in the socket that cannot be taken yet.
    pub(super) reading_paused: bool,
    /// When the client last took a byte of what is waiting for it.
    pub(super) stalled_since: Option<Instant>,
    /// What epoll was told.
    pub(super) interest: EventFlags,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Connection {
        Connection {
            frames: FrameReader::new(stream).max_frame(MAX_FRAME),
            incoming: Incoming::new(),
            refusal: None,
            outgoing: Outgoing::new(),
            joined: false,
            reading_paused: false,
            stalled_since: None,
            interest: EventFlags::empty(),
        }
    }

    pub(super) fn stream(&self) -> &Stream {
        self.frames.get_ref()
    }

    /// Bytes held of a call that is still arriving.
    pub(super) fn held(&self) -> u64 {
        self.incoming.held()
    }

    /// Takes the next call; `None` if it has not arrived. The bulk is dropped, and the call to be
    /// refused, if it is beyond the limits or, with `room` bytes left for all clients, does not fit.
    pub(super) fn next_call(
        &mut self,
        limits: &Limits,
        room: u64,
    ) -> Result<Option<Arrived>, Broken> {
        if !self.advance(limits, room.saturating_add(self.held()))? {
            return Ok(None);
        }
        let bulk = match self.refusal {
            Some(_) => Bytes::new(),
            None => self.incoming.take_bulk(),
        };
        let refusal = self.refusal.take();
        let call = self.incoming.finish();
        Ok(call.map(|call| Arrived {
            call,
            bulk,
            refusal,
        }))
    }

    /// Takes some frames, so that one client's large value does not keep the others waiting. Whether a
    /// call is complete.
    fn advance(&mut self, limits: &Limits, room: u64) -> Result<bool, Broken> {
        for _ in 0..FRAMES_AT_ONCE {
            match self.incoming.advance(&mut self.frames) {
                Ok(true) => return Ok(true),
                Ok(false) => self.check_bulk(limits, room),
                Err(error) if error.is_timeout() => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn check_bulk(&mut self, limits: &Limits, room: u64) {
        let Some(call) = self.incoming.head().filter(|_| self.refusal.is_none()) else {
            return;
        };
        let values = match call.request {
            Request::Swap { .. } => 2,
            _ => 1,
        };
        let refusal = if call.bulk / values > limits.value_bytes {
            Refusal::TooLarge {
                what: "value".to_owned(),
                bytes: call.bulk / values,
                limit: limits.value_bytes,
            }
        } else if self.held() > room {
            Refusal::Full {
                what: "bytes".to_owned(),
                limit: limits.total_bytes,
            }
        } else {
            return;
        };
        self.refusal = Some(refusal);
        self.incoming.discard();
    }

    /// Gives the memory of buffers back that are not in use.
    pub(super) fn trim(&mut self) {
        if self.incoming.head().is_none() {
            self.incoming.trim();
        }
        self.outgoing.trim();
    }

    /// Puts an answer in line.
    pub(super) fn answer(&mut self, reply: Reply, bulk: Vec<Bytes>) -> wire::Result<()> {
        let length = bulk.iter().map(|part| part.len() as u64).sum();
        let answer = Answer {
            bulk: length,
            reply,
        };
        self.outgoing.push(&answer, bulk)
    }

    /// Sends what the client takes now. Whether all is gone.
    pub(super) fn flush(&mut self, now: Instant) -> io::Result<bool> {
        loop {
            let unsent = self.outgoing.unsent()?;
            if unsent.is_empty() {
                break;
            }
            match self.frames.get_mut().write(unsent) {
                Ok(count) => self.outgoing.sent(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(self.stall(now)),
                Err(error) => return Err(error),
            }
            self.stalled_since = None;
        }
        match self.frames.get_mut().flush() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(self.stall(now)),
            flushed => flushed?,
        }
        self.stalled_since = None;
        Ok(true)
    }

    fn stall(&mut self, now: Instant) -> bool {
        self.stalled_since.get_or_insert(now);
        false
    }

    /// Whether the client must take answers before it may ask more.
    pub(super) fn is_backlogged(&self) -> bool {
        self.outgoing.is_bulky() || self.outgoing.pending() > BACKLOG
    }

    /// Whether the client does not take its answers as fast as they come.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled_since.is_some()
    }

    /// Whether a call may lie in memory, of which epoll knows nothing.
    pub(super) fn has_read_ahead(&self) -> bool {
        self.frames.has_buffered_frame() || self.stream().may_have_read_ahead()
    }
}
