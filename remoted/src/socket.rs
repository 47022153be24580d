//! The connected sockets of clients and server.

use std::io::{self, Read, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use manyways_process::PrivateFd;
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

use crate::Address;
use crate::spin::Spin;

/// A TCP peer whose kernel answers nothing is dead after about this long. A stopped process is not
/// dead: its kernel answers.
const DEAD_AFTER: Duration = Duration::from_secs(30);
/// The first probe comes after this much silence, and the others at this interval.
const PROBE: Duration = Duration::from_secs(10);
const PROBES: u32 = 2;

/// A connected stream socket that forked children do not keep.
#[derive(Debug)]
pub(crate) struct Socket {
    shared: Arc<Shared>,
    /// For a socket that blocks.
    spin: Option<Spin>,
}

/// What all handles of one socket share.
#[derive(Debug)]
struct Shared {
    fd: PrivateFd,
    /// Whether the peer has ever said anything.
    heard: AtomicBool,
}

impl Shared {
    fn of(fd: PrivateFd) -> Arc<Shared> {
        let heard = AtomicBool::new(false);
        Arc::new(Shared { fd, heard })
    }
}

impl Socket {
    /// Connects within `timeout`, which then stays the limit of each read and write.
    pub(crate) fn connect(address: &Address, timeout: Duration) -> io::Result<Socket> {
        let family = match address {
            Address::Tcp(address) if address.is_ipv6() => AddressFamily::INET6,
            Address::Tcp(_) => AddressFamily::INET,
            Address::Unix(_) => AddressFamily::UNIX,
        };
        let shared = Shared::of(PrivateFd::open(|| stream_socket(family))?);
        let spin = Some(Spin::new());
        let socket = Socket { shared, spin };
        socket.set_timeout(Some(timeout))?;
        connect_fd(socket.as_fd()?, address).map_err(|error| match error.kind() {
            // The time limit on sending is what ends a connect, and under this name.
            io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
            _ => error,
        })?;
        socket.tune(address)?;
        Ok(socket)
    }

    /// A socket that a listener gave.
    pub(crate) fn accepted(fd: PrivateFd, address: &Address) -> io::Result<Socket> {
        let socket = Socket {
            shared: Shared::of(fd),
            spin: None,
        };
        socket.tune(address)?;
        Ok(socket)
    }

    /// The same socket once more.
    pub(crate) fn second_handle(&self) -> Socket {
        Socket {
            shared: Arc::clone(&self.shared),
            spin: None,
        }
    }

    /// Ends the connection in both directions, whoever is waiting on it.
    pub(crate) fn shut_down(&self) {
        // It fails on a connection that has ended, and that is what is wanted.
        let _ = self
            .as_fd()
            .and_then(|fd| Ok(net::shutdown(fd, net::Shutdown::Both)?));
    }

    /// Whether a byte of the peer's has been read, through whichever handle.
    pub(crate) fn has_heard(&self) -> bool {
        self.shared.heard.load(Ordering::Relaxed)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        Ok(ioctl_fionbio(self.as_fd()?, nonblocking)?)
    }

    pub(crate) fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.shared.fd.get()
    }

    /// Sets how long one read or write may take; `None` is for ever.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.map(|limit| limit.max(Duration::from_millis(1)));
        sockopt::set_socket_timeout(self.as_fd()?, Timeout::Recv, timeout)?;
        Ok(sockopt::set_socket_timeout(
            self.as_fd()?,
            Timeout::Send,
            timeout,
        )?)
    }

    /// The user of the process at the other end of a UNIX socket.
    pub(crate) fn peer_user(&self) -> io::Result<u32> {
        Ok(sockopt::socket_peercred(self.as_fd()?)?.uid.as_raw())
    }

    /// Small messages go at once, and a dead machine is noticed.
    fn tune(&self, address: &Address) -> io::Result<()> {
        if matches!(address, Address::Unix(_)) {
            return Ok(());
        }
        let fd = self.as_fd()?;
        sockopt::set_tcp_nodelay(fd, true)?;
        sockopt::set_socket_keepalive(fd, true)?;
        sockopt::set_tcp_keepidle(fd, PROBE)?;
        sockopt::set_tcp_keepintvl(fd, PROBE)?;
        sockopt::set_tcp_keepcnt(fd, PROBES)?;
        let dead_after = u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX);
        Ok(sockopt::set_tcp_user_timeout(fd, dead_after)?)
    }
}

pub(crate) fn stream_socket(family: AddressFamily) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    Ok(net::socket_with(family, SocketType::STREAM, flags, None)?)
}

pub(crate) fn connect_fd(fd: BorrowedFd<'_>, address: &Address) -> io::Result<()> {
    // A signal's handler may run in between; the same call then goes on with the same connection.
    let connected = match address {
        Address::Tcp(address) => retry_on_intr(|| net::connect(fd, address)),
        Address::Unix(path) => {
            let name = SocketAddrUnix::new(path)?;
            retry_on_intr(|| net::connect(fd, &name))
        }
    };
    Ok(connected?)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let fd = self.shared.fd.get()?;
        let spun = self.spin.as_mut().and_then(|spin| {
            spin.until(|| match net::recv(fd, &mut *buffer, RecvFlags::DONTWAIT) {
                Err(Errno::AGAIN) => None,
                outcome => Some(outcome),
            })
        });
        let outcome = spun.unwrap_or_else(|| net::recv(fd, buffer, RecvFlags::empty()));
        let (count, _) = outcome?;
        if count > 0 && !self.has_heard() {
            self.shared.heard.store(true, Ordering::Relaxed);
        }
        Ok(count)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A program may have given SIGPIPE its default action; a dead peer must not kill it.
        match net::send(self.shared.fd.get()?, bytes, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => Err(io::ErrorKind::Interrupted.into()),
            sent => Ok(sent?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A peer whose machine is gone sends no end. That the kernel then gives up is its promise; that it is asked to, ours.
    #[test]
    fn both_ends_of_a_tcp_connection_are_probed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::from(listener.local_addr().unwrap());
        let client = Socket::connect(&address, Duration::from_secs(5)).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let server = Socket::accepted(PrivateFd::new(accepted.into()), &address).unwrap();
        for socket in [client, server] {
            let fd = socket.as_fd().unwrap();
            assert!(sockopt::socket_keepalive(fd).unwrap());
            assert!(sockopt::tcp_nodelay(fd).unwrap());
            let silence = sockopt::tcp_keepidle(fd).unwrap();
            let probes = sockopt::tcp_keepintvl(fd).unwrap() * sockopt::tcp_keepcnt(fd).unwrap();
            assert_eq!(silence + probes, DEAD_AFTER);
            let unanswered = sockopt::tcp_user_timeout(fd).unwrap();
            assert_eq!(Duration::from_millis(u64::from(unanswered)), DEAD_AFTER);
        }
    }
}
