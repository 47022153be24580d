//! Connecting to a listener.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use manyways_wire::SecureStream;
use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr, sockopt};
use nix::sys::time::TimeVal;

use super::AuthKey;
use super::address::Address;
use super::end::{Connection, LIMIT, Ways};
use super::error::{Attempt, Error, Reason, Result};
use super::handshakes::PROTOCOL;
use super::listening::{foreign_user, tune};
use super::options::HANDSHAKE_LIMIT;
use super::socket::Socket;

/// Connects to a [`Listener`](super::Listener): Python's `Client`.
///
/// ```
/// use multiprocessing::connection::{Client, Listener};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("listener");
/// let mut listener = Listener::bind(path.as_path())?;
/// let mut there = Client::connect(path.as_path())?;
/// let mut here = listener.accept()?;
/// there.send("hello")?;
/// assert_eq!(here.recv::<String>()?, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client(());

/// How a [`Client`] connects.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    authkey: Option<AuthKey>,
    limit: Duration,
}

impl Client {
    /// Connects without an authkey; see [`ClientOptions::connect`].
    ///
    /// # Errors
    ///
    /// As [`ClientOptions::connect`].
    pub fn connect(address: impl Into<Address>) -> Result<Connection> {
        Client::options().connect(address)
    }

    /// How to connect otherwise than by default.
    #[must_use]
    pub fn options() -> ClientOptions {
        ClientOptions {
            authkey: None,
            limit: HANDSHAKE_LIMIT,
        }
    }
}

impl ClientOptions {
    /// Proves to the listener that this side knows the key, and talks only to one that proves the same.
    #[must_use]
    pub fn authkey(mut self, key: AuthKey) -> ClientOptions {
        self.authkey = Some(key);
        self
    }

    /// How long the connection and the handshake may take in all. Ten seconds by default.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> ClientOptions {
        self.limit = limit;
        self
    }

    /// Connects. Over a UNIX socket without an authkey, only to a process of this user or of root.
    ///
    /// A listener with an authkey accepts a client without one at first, and closes the connection: the next receive is
    /// [`is_authentication`](Error::is_authentication).
    ///
    /// # Errors
    ///
    /// [`is_authentication`](Error::is_authentication): the keys differ, or one is needed.
    /// [`is_timeout`](Error::is_timeout). The system's errors, among them `ConnectionRefused` and `NotFound`: nobody listens.
    pub fn connect(self, address: impl Into<Address>) -> Result<Connection> {
        self.connect_as(&address.into(), Socket::adopt)
    }

    /// As [`connect`](Self::connect); children that are forked later have no part in the connection.
    pub(crate) fn connect_private(self, address: &Address) -> Result<Connection> {
        self.connect_as(address, Socket::adopt_private)
    }

    fn connect_as(
        self,
        address: &Address,
        adopt: fn(OwnedFd) -> io::Result<Option<Socket>>,
    ) -> Result<Connection> {
        let attempt = Attempt::Connect(address.clone());
        if self.authkey.is_none() && !address.is_local() {
            return Err(Error::new(attempt, Reason::NeedsKey));
        }
        let until = Instant::now() + self.limit;
        let socket = open(address, self.limit).and_then(adopt);
        let socket = match socket {
            Ok(Some(socket)) => socket,
            Ok(None) => return Err(Error::new(attempt, Reason::NoConnection)),
            Err(error) => return Err(Error::system(attempt, error)),
        };
        let Some(key) = self.authkey else {
            return plain(socket, attempt);
        };
        let left = until.saturating_duration_since(Instant::now());
        let stream = SecureStream::connect(socket, &key, PROTOCOL, left);
        let connection = stream.and_then(Connection::secure);
        connection.map_err(|error| Error::wire(attempt, error, LIMIT))
    }
}

fn plain(socket: Socket, attempt: Attempt) -> Result<Connection> {
    if socket.is_unix() {
        let foreign = socket.fd().and_then(foreign_user);
        let foreign = foreign.map_err(|error| Error::system(attempt.clone(), error))?;
        if let Some(user) = foreign {
            return Err(Error::new(attempt, Reason::ForeignUser(user)));
        }
    }
    Ok(Connection::plain(socket, Ways::Both, LIMIT))
}

fn open(address: &Address, limit: Duration) -> io::Result<OwnedFd> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, limit)?;
            tune(&stream)?;
            Ok(stream.into())
        }
        Address::Unix(path) => open_unix(&path_name(path)?, limit),
        Address::Abstract(name) => {
            // For the same complaints about names as the listener's.
            SocketAddr::from_abstract_name(name)?;
            open_unix(&UnixAddr::new_abstract(name.as_bytes())?, limit)
        }
    }
}

fn path_name(path: &Path) -> io::Result<UnixAddr> {
    Ok(UnixAddr::new(path)?)
}

/// The limit matters where the listener's backlog is full.
fn open_unix(name: &UnixAddr, limit: Duration) -> io::Result<OwnedFd> {
    let kind = SockType::Stream;
    let fd = socket::socket(AddressFamily::Unix, kind, SockFlag::SOCK_CLOEXEC, None)?;
    socket::setsockopt(&fd, sockopt::SendTimeout, &time_value(limit))?;
    match socket::connect(fd.as_raw_fd(), name) {
        Err(Errno::EAGAIN) => return Err(io::ErrorKind::TimedOut.into()),
        connected => connected?,
    }
    socket::setsockopt(&fd, sockopt::SendTimeout, &TimeVal::new(0, 0))?;
    Ok(fd)
}

/// Zero is for ever, so the shortest limit is a microsecond.
fn time_value(limit: Duration) -> TimeVal {
    let micros = limit.as_micros().clamp(1, 1 << 50);
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    TimeVal::new(micros / 1_000_000, micros % 1_000_000)
}
