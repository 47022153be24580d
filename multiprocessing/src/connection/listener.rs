//! Accepting connections.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process;
use std::time::{Duration, Instant};

use manyways_process::poll_readable;

use super::address::Address;
use super::end::{Connection, LIMIT, Ways};
use super::error::{Attempt, Error, Reason, Result};
use super::handshakes::{Handshakes, Outcome};
use super::listening::{Listening, foreign_user};
use super::options::ListenerOptions;
use super::socket::Socket;

/// Waits for connections of processes that need not be relatives: Python's `Listener`.
///
/// ```
/// use multiprocessing::connection::{AuthKey, Client, Listener};
/// use std::net::{Ipv4Addr, SocketAddr};
///
/// let key = AuthKey::generate()?;
/// let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
/// let mut listener = Listener::options().authkey(key.clone()).bind(loopback)?;
/// let address = listener.address().clone();
///
/// let client = std::thread::spawn(move || {
///     let mut connection = Client::options().authkey(key).connect(address)?;
///     connection.send(&[2.25, 3.0])?;
///     connection.close()
/// });
/// let mut connection = listener.accept()?;
/// assert_eq!(connection.recv::<[f64; 2]>()?, [2.25, 3.0]);
/// assert!(connection.recv::<()>().unwrap_err().is_closed());
/// client.join().unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Who may connect
///
/// With an authkey every connection begins with a handshake in which both sides prove that they know it, and everything after
/// is encrypted. Those who do not know it are turned away and never seen by [`accept`](Self::accept), which goes on waiting
/// ([`rejected`](Self::rejected) counts them); in Python they raise `AuthenticationError` there. Up to 64 handshakes go on side
/// by side, with a [time limit](ListenerOptions::handshake_limit) each, so slow and silent strangers hold up nobody.
///
/// Without an authkey only UNIX sockets and loopback addresses are served; over a UNIX socket only processes of this user
/// and of root get in, and its file is made for its owner alone.
///
/// # The file
///
/// A UNIX socket's file is removed with the listener. One that a killed process left behind is replaced. A forked child may
/// accept too; its copy removes nothing.
#[derive(Debug)]
pub struct Listener {
    listening: Listening,
    address: Address,
    handshakes: Option<Handshakes>,
    last_accepted: Option<Address>,
    rejected: u64,
    last_rejection: Option<Error>,
    creator: u32,
}

impl Listener {
    /// One that has nothing accepted yet.
    pub(super) fn over(
        listening: Listening,
        address: Address,
        handshakes: Option<Handshakes>,
    ) -> Listener {
        Listener {
            listening,
            address,
            handshakes,
            last_accepted: None,
            rejected: 0,
            last_rejection: None,
            creator: process::id(),
        }
    }

    /// Listens without an authkey; see [`ListenerOptions::bind`].
    ///
    /// # Errors
    ///
    /// As [`ListenerOptions::bind`].
    pub fn bind(address: impl Into<Address>) -> Result<Listener> {
        Listener::options().bind(address)
    }

    /// How to listen otherwise than by default.
    #[must_use]
    pub fn options() -> ListenerOptions {
        ListenerOptions::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whose connection was accepted last, where that has an address.
    #[must_use]
    pub fn last_accepted(&self) -> Option<&Address> {
        self.last_accepted.as_ref()
    }

    /// How many connections were turned away, because the client does not know the key, belongs to another user, spoke
    /// something else, or was too slow.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Why the last connection that was turned away was.
    #[must_use]
    pub fn last_rejection(&self) -> Option<&Error> {
        self.last_rejection.as_ref()
    }

    /// Waits for the next connection of a client that may connect.
    ///
    /// # Errors
    ///
    /// The system's, for instance when this process may not open more files. The listener stays usable.
    pub fn accept(&mut self) -> Result<Connection> {
        let accepted = self.accept_before(None, None)?;
        accepted.ok_or_else(|| self.failed(Reason::TimedOut))
    }

    /// As [`accept`](Self::accept), for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept), and [`is_timeout`](Error::is_timeout).
    pub fn accept_timeout(&mut self, limit: Duration) -> Result<Connection> {
        let accepted = self.accept_before(Instant::now().checked_add(limit), None)?;
        accepted.ok_or_else(|| self.failed(Reason::TimedOut))
    }

    /// Closes it. Connections that were accepted stay. Dropping it does the same.
    pub fn close(self) {}

    /// Until the deadline passes or `stop` becomes readable; then `None`.
    pub(crate) fn accept_before(
        &mut self,
        deadline: Option<Instant>,
        stop: Option<BorrowedFd<'_>>,
    ) -> Result<Option<Connection>> {
        loop {
            if let Some(outcome) = self.handshakes.as_mut().and_then(Handshakes::next_outcome) {
                if let Some(connection) = self.admit(outcome) {
                    return Ok(Some(connection));
                }
                continue;
            }
            match self
                .await_event(deadline, stop)
                .map_err(|error| self.failed(error))?
            {
                Event::Stop => return Ok(None),
                Event::Outcome => {}
                Event::Knock => {
                    if let Some(connection) = self.let_in()? {
                        return Ok(Some(connection));
                    }
                }
            }
        }
    }

    /// Waits for what there is to do next.
    fn await_event(
        &self,
        deadline: Option<Instant>,
        stop: Option<BorrowedFd<'_>>,
    ) -> io::Result<Event> {
        loop {
            let full = self
                .handshakes
                .as_ref()
                .filter(|handshakes| handshakes.is_full());
            let room_at = full.and_then(Handshakes::room_at);
            let wake_at = [deadline, room_at].into_iter().flatten().min();
            let left = wake_at.map(|at| at.saturating_duration_since(Instant::now()));
            let (events, watched) = self.watched(stop, full.is_none());
            match poll_readable(&watched, left)?.first() {
                Some(first) => return Ok(events[*first]),
                None if deadline.is_some_and(|at| at <= Instant::now()) => return Ok(Event::Stop),
                None => full.into_iter().for_each(Handshakes::make_room),
            }
        }
    }

    /// What to look at, and what it means.
    fn watched<'a>(
        &'a self,
        stop: Option<BorrowedFd<'a>>,
        has_room: bool,
    ) -> (Vec<Event>, Vec<BorrowedFd<'a>>) {
        let bell = self.handshakes.as_ref().map(Handshakes::bell);
        let knocking = has_room.then(|| self.listening.as_fd());
        let all = [
            (Event::Stop, stop),
            (Event::Outcome, bell),
            (Event::Knock, knocking),
        ];
        let there = all.into_iter().filter_map(|(event, fd)| Some((event, fd?)));
        there.unzip()
    }

    /// Takes a connection off the socket: begins its handshake, or gives it at once where there is none.
    fn let_in(&mut self) -> Result<Option<Connection>> {
        let (fd, peer) = match self.listening.accept() {
            Ok(accepted) => accepted,
            Err(error) if has_gone(&error) => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        match self.begin(fd, peer) {
            Ok(connection) => Ok(connection),
            Err(reason) => {
                self.reject(reason);
                Ok(None)
            }
        }
    }

    fn begin(&mut self, fd: OwnedFd, peer: Option<Address>) -> Result<Option<Connection>, Reason> {
        let socket = Socket::adopt(fd)?.ok_or(Reason::NoConnection)?;
        if let Some(handshakes) = &mut self.handshakes {
            handshakes.begin(socket, peer)?;
            return Ok(None);
        }
        if socket.is_unix()
            && let Some(user) = socket.fd().and_then(foreign_user)?
        {
            return Err(Reason::ForeignUser(user));
        }
        self.last_accepted = peer;
        Ok(Some(Connection::plain(socket, Ways::Both, LIMIT)))
    }

    fn admit(&mut self, outcome: Outcome) -> Option<Connection> {
        match outcome.connection {
            Ok(connection) => {
                self.last_accepted = outcome.peer;
                Some(connection)
            }
            Err(error) => {
                self.reject(error);
                None
            }
        }
    }

    fn reject(&mut self, why: impl Into<Failure>) {
        self.rejected += 1;
        self.last_rejection = Some(self.failed(why));
    }

    fn failed(&self, why: impl Into<Failure>) -> Error {
        let attempt = Attempt::Accept(self.address.clone());
        match why.into() {
            Failure::Reason(reason) => Error::new(attempt, reason),
            Failure::Wire(error) => Error::wire(attempt, error, LIMIT),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(handshakes) = self.handshakes.as_mut()
            && self.creator != process::id()
        {
            handshakes.forget();
        }
    }
}

/// What a listener has to do.
#[derive(Debug, Clone, Copy)]
enum Event {
    Stop,
    Outcome,
    Knock,
}

/// Why something failed, on its way into an [`Error`].
enum Failure {
    Reason(Reason),
    Wire(manyways_wire::Error),
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Failure {
        Failure::Reason(reason)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Reason(Reason::System(error))
    }
}

impl From<manyways_wire::Error> for Failure {
    fn from(error: manyways_wire::Error) -> Failure {
        Failure::Wire(error)
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Reason {
        Reason::System(error)
    }
}

/// Whether the connection that was there is gone, or another process has taken it.
fn has_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
    )
}
