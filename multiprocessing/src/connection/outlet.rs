//! The sending end of a lane.

use std::time::{Duration, Instant};

use manyways_shared_memory::PutError;

use super::error::Reason;
use super::lane::{Lane, ON_SOCKET, no_life};
use super::socket::Socket;

/// For so long it is believed that the other side is there. Asking is a system call, and a message takes a fraction of one.
const BELIEVED: Duration = Duration::from_micros(50);

/// While there is no room for a message, it is asked so often.
const PERIOD: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Outlet {
    lane: Lane,
    socket: Socket,
    /// When the other side was last known to be there.
    known: Option<Instant>,
}

impl Outlet {
    pub(crate) fn new(lane: Lane, socket: Socket) -> Outlet {
        let known = None;
        Outlet {
            lane,
            socket,
            known,
        }
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Sends a short message, whose last piece is the last byte of its record.
    #[inline]
    pub(crate) fn send(&mut self, record: &[&[u8]]) -> Result<(), Reason> {
        self.put(record)?;
        if self.lane.bell.is_heard() {
            self.socket.ring().map_err(Reason::of_peer)?;
        }
        Ok(())
    }

    /// Says that the next message is on the socket. Its frame will wake whoever sleeps.
    pub(crate) fn mark(&mut self) -> Result<(), Reason> {
        self.put(&[&[ON_SOCKET]])
    }

    #[inline]
    fn put(&mut self, record: &[&[u8]]) -> Result<(), Reason> {
        let deadline = self.socket.sending_deadline();
        loop {
            let now = Instant::now();
            self.check_peer(now)?;
            let period = now.checked_add(PERIOD);
            let until = deadline.min(period).or(period);
            match self.lane.ring.put(record, until) {
                Ok(()) => return Ok(()),
                Err(PutError::TimedOut) if until == deadline => return Err(Reason::TimedOut),
                Err(PutError::TimedOut) => self.known = None,
                Err(PutError::NoLife(error)) => return Err(no_life(error)),
                Err(_) => return Err(Reason::Corrupted),
            }
        }
    }

    /// A ring does not know whether anybody will read from it, but the socket does.
    #[inline]
    fn check_peer(&mut self, now: Instant) -> Result<(), Reason> {
        match self.known {
            Some(known) if now.saturating_duration_since(known) < BELIEVED => Ok(()),
            _ => self.ask_for_peer(now),
        }
    }

    #[cold]
    fn ask_for_peer(&mut self, now: Instant) -> Result<(), Reason> {
        match self.socket.has_hung_up() {
            Ok(false) => self.known = Some(now),
            Ok(true) => return Err(Reason::Closed),
            Err(error) => return Err(Reason::System(error)),
        }
        Ok(())
    }
}
