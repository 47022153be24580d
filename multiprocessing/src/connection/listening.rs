//! Listening sockets of all kinds, and what is asked of a socket that one gave.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{self as unix, UnixListener};
use std::time::Duration;

use nix::sys::socket::{self, Backlog, sockopt};
use nix::unistd::Uid;

use super::address::Address;
use super::socket_file::{self, SocketFile};

/// A TCP peer whose kernel answers nothing is dead after about this long. A stopped process is not dead: its kernel answers.
const DEAD_AFTER: Duration = Duration::from_secs(30);

/// The first probe comes after this much silence, and the others at this interval.
const PROBE: Duration = Duration::from_secs(10);
const PROBES: u32 = 2;

#[derive(Debug)]
pub(crate) struct Listening {
    socket: Kind,
    /// Goes with it.
    _file: Option<SocketFile>,
}

#[derive(Debug)]
enum Kind {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listening {
    /// Binds, non-blocking, and says where it has: with the port that was free.
    pub(crate) fn bind(
        address: &Address,
        private: bool,
        backlog: i32,
    ) -> io::Result<(Listening, Address)> {
        let backlog = Backlog::new(backlog)?;
        let mut bound = address.clone();
        let (socket, file) = match address {
            Address::Unix(path) => {
                let (listener, file) = socket_file::bind(path, private, backlog)?;
                (Kind::Unix(listener), Some(file))
            }
            Address::Abstract(name) => {
                let name = unix::SocketAddr::from_abstract_name(name)?;
                let listener = UnixListener::bind_addr(&name)?;
                socket::listen(&listener, backlog)?;
                (Kind::Unix(listener), None)
            }
            Address::Tcp(wanted) => {
                let listener = TcpListener::bind(wanted)?;
                socket::listen(&listener, backlog)?;
                bound = Address::Tcp(listener.local_addr()?);
                (Kind::Tcp(listener), None)
            }
        };
        socket.set_nonblocking()?;
        let listening = Listening {
            socket,
            _file: file,
        };
        Ok((listening, bound))
    }

    /// The next connection, and whose it is, as far as that has a name.
    pub(crate) fn accept(&self) -> io::Result<(OwnedFd, Option<Address>)> {
        match &self.socket {
            Kind::Unix(listener) => {
                let (stream, peer) = listener.accept()?;
                let peer = peer.as_pathname().map(Address::from);
                Ok((stream.into(), peer))
            }
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                tune(&stream)?;
                Ok((stream.into(), Some(Address::Tcp(peer))))
            }
        }
    }
}

impl Kind {
    fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Kind::Unix(listener) => listener.set_nonblocking(true),
            Kind::Tcp(listener) => listener.set_nonblocking(true),
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Kind::Unix(listener) => listener.as_fd(),
            Kind::Tcp(listener) => listener.as_fd(),
        }
    }
}

/// Small messages go at once, and a dead machine is noticed.
pub(crate) fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    let milliseconds = u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX);
    socket::setsockopt(stream, sockopt::KeepAlive, &true)?;
    socket::setsockopt(stream, sockopt::TcpKeepIdle, &seconds(PROBE))?;
    socket::setsockopt(stream, sockopt::TcpKeepInterval, &seconds(PROBE))?;
    socket::setsockopt(stream, sockopt::TcpKeepCount, &PROBES)?;
    Ok(socket::setsockopt(
        stream,
        sockopt::TcpUserTimeout,
        &milliseconds,
    )?)
}

/// The user at the other side of a UNIX socket, if it is neither this one nor root.
pub(crate) fn foreign_user(socket: BorrowedFd<'_>) -> io::Result<Option<u32>> {
    let user = socket::getsockopt(&socket, sockopt::PeerCredentials)?.uid();
    let known = user == 0 || user == Uid::effective().as_raw();
    Ok((!known).then_some(user))
}
