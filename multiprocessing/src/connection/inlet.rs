//! The receiving end of a lane.

use std::io;
use std::time::Instant;

use manyways_shared_memory::Listening;

use super::error::Reason;
use super::lane::{First, Lane, no_life};
use super::rings::Waiting;
use super::socket::Socket;

#[derive(Debug)]
pub(crate) struct Inlet {
    lane: Lane,
    socket: Socket,
}

/// Where there is something to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    InLane,
    /// A frame, or the end.
    OnSocket,
    /// Nowhere in time.
    None,
}

impl Inlet {
    pub(crate) fn new(lane: Lane, socket: Socket) -> Inlet {
        Inlet { lane, socket }
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Waits for the next message. True if it is short: it is appended to `into` then. False if it is on the socket, or the end is.
    #[inline]
    pub(crate) fn receive(&self, into: &mut Vec<u8>, limit: u64) -> Result<bool, Reason> {
        loop {
            match self.lane.take(into, limit)? {
                First::Taken => return Ok(true),
                First::OnSocket => return Ok(false),
                First::TooLong => return Err(Reason::Announced { limit }),
                First::Nothing => {}
            }
            match self.await_news(self.socket.deadline())? {
                News::InLane => {}
                News::OnSocket => return Ok(false),
                News::None => return Err(Reason::TimedOut),
            }
        }
    }

    /// Waits until there is something to receive.
    pub(crate) fn await_news(&self, deadline: Option<Instant>) -> Result<News, Reason> {
        loop {
            let has_time = deadline.is_none_or(|deadline| Instant::now() < deadline);
            if self.lane.has_record() || has_time && self.lane.ring.spin() {
                return Ok(News::InLane);
            }
            if !self.sleep(deadline).map_err(Reason::System)? {
                return Ok(News::None);
            }
            match self.look()? {
                News::None => {}
                news => return Ok(news),
            }
        }
    }

    /// False if the time is up.
    fn sleep(&self, deadline: Option<Instant>) -> io::Result<bool> {
        let _listening = self.lane.bell.listen();
        Ok(self.lane.has_record() || self.socket.await_readable(deadline)?)
    }

    /// Where there is something to receive, the socket being readable: for rings alone there is nothing.
    pub(crate) fn look(&self) -> Result<News, Reason> {
        if self.lane.has_record() {
            return Ok(News::InLane);
        }
        let is_on_socket = self.hush()?;
        // What was put before the frame or the end comes before it.
        Ok(match is_on_socket {
            _ if self.lane.has_record() => News::InLane,
            true => News::OnSocket,
            false => News::None,
        })
    }

    /// Takes rings away that were answered. Whether a frame or the end is next on the socket.
    fn hush(&self) -> Result<bool, Reason> {
        let mut waiting = Ok(Waiting::Nothing);
        let count = || {
            waiting = self.socket.waiting();
            match waiting {
                Ok(Waiting::Rings(count)) => count,
                _ => 0,
            }
        };
        let has_record = || self.lane.has_record();
        let forget = |count| self.socket.forget_rings(count);
        let hushed = self.lane.bell.hush(count, has_record, forget);
        hushed.map_err(no_life)?;
        let waiting = waiting.map_err(Reason::System)?;
        Ok(matches!(waiting, Waiting::FrameOrEnd))
    }

    /// Has senders ring until this is dropped.
    pub(crate) fn listen(&self) -> Listening<'_> {
        self.lane.bell.listen()
    }
}
