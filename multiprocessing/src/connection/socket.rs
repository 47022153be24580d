//! The socket under a connection.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use manyways_process::{
    PrivateFd, Received, recv_descriptors, send_descriptors, try_send_descriptors,
};
use manyways_wire::Transport;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{self, AddressFamily, SockType, SockaddrLike, SockaddrStorage, sockopt};
use nix::sys::time::TimeSpec;

use super::deadline::Deadline;
use crate::mutex::Mutex;

/// A connected stream socket, of which the two directions of a connection have a handle each.
#[derive(Debug, Clone)]
pub(crate) struct Socket {
    shared: Arc<Shared>,
}

/// Whose the descriptor is.
#[derive(Debug)]
enum Fd {
    /// Forked children have it too.
    Inherited(OwnedFd),
    Private(PrivateFd),
}

impl Fd {
    fn get(&self) -> io::Result<BorrowedFd<'_>> {
        match self {
            Fd::Inherited(fd) => Ok(fd.as_fd()),
            Fd::Private(fd) => fd.get(),
        }
    }
}

#[derive(Debug)]
struct Shared {
    fd: Fd,
    is_unix: bool,
    /// To leave with the next byte, and whether there are any.
    departing: Mutex<Vec<OwnedFd>>,
    departs: AtomicBool,
    /// What came beside messages that were not received yet.
    arrived: Mutex<VecDeque<Arrived>>,
    /// When reading is to be given up.
    deadline: Deadline,
    /// When writing is.
    sending: Deadline,
}

/// How many groups of descriptors wait at most for their messages to be received. The kernel ends a receive at the end of
/// what came with a group, and the next comes when no whole message is there. So one group waits; behind the records of
/// an encrypted connection, which are read ahead inside of a message, one more. Only a broken peer sends others.
const GROUPS: usize = 2;

/// Descriptors that came with one receive.
#[derive(Debug, Default)]
struct Arrived {
    descriptors: Vec<OwnedFd>,
    /// There was no number left for them.
    lost: bool,
}

impl Socket {
    /// Takes over a connected stream socket; `None` if it is something else.
    pub(crate) fn adopt(fd: OwnedFd) -> io::Result<Option<Socket>> {
        Socket::take_over(fd, Fd::Inherited)
    }

    /// As [`adopt`](Self::adopt), and children that are forked later have no part in it.
    pub(crate) fn adopt_private(fd: OwnedFd) -> io::Result<Option<Socket>> {
        Socket::take_over(fd, |fd| Fd::Private(PrivateFd::new(fd)))
    }

    fn take_over(fd: OwnedFd, own: impl FnOnce(OwnedFd) -> Fd) -> io::Result<Option<Socket>> {
        match socket::getsockopt(&fd, sockopt::SockType) {
            Ok(SockType::Stream) => {}
            Ok(_) | Err(Errno::ENOTSOCK) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        }
        let name = socket::getpeername::<SockaddrStorage>(fd.as_raw_fd());
        let Ok(name) = name else { return Ok(None) };
        let shared = Shared {
            fd: own(fd),
            is_unix: name.family() == Some(AddressFamily::Unix),
            departing: Mutex::default(),
            departs: AtomicBool::new(false),
            arrived: Mutex::default(),
            deadline: Deadline::none(),
            sending: Deadline::none(),
        };
        Ok(Some(Socket {
            shared: Arc::new(shared),
        }))
    }

    /// # Errors
    ///
    /// In a forked child that has no part in it.
    pub(crate) fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.shared.fd.get()
    }

    /// Whether it can carry descriptors.
    pub(crate) fn is_unix(&self) -> bool {
        self.shared.is_unix
    }

    /// Sends these with the next byte.
    pub(crate) fn attach(&self, descriptors: Vec<OwnedFd>) {
        *self.shared.departing.lock() = descriptors;
        self.shared.departs.store(true, Ordering::Relaxed);
    }

    /// Gives up what did not leave.
    pub(crate) fn detach(&self) {
        self.shared.departing.lock().clear();
        self.shared.departs.store(false, Ordering::Relaxed);
    }

    /// The descriptors of a message that was read whole and says that it has `count` of them. Not to be called for a
    /// message that has none: what has arrived may be a later one's.
    pub(crate) fn take_arrived(&self, count: usize) -> Result<Vec<OwnedFd>, String> {
        let arrived = self.shared.arrived.lock().pop_front();
        let Arrived { descriptors, lost } = arrived.unwrap_or_default();
        if lost {
            return Err(
                "this process may not open more files (ulimit -n), so those of the message are lost"
                    .to_owned(),
            );
        }
        if descriptors.len() != count {
            return Err(format!(
                "the message announces {count} open files, and {} came; is the other side a connection too?",
                descriptors.len()
            ));
        }
        Ok(descriptors)
    }

    /// Calls `look` with what has arrived for a message that is still to be received.
    pub(crate) fn with_arrived<R>(&self, look: impl FnOnce(&[OwnedFd]) -> R) -> R {
        let arrived = self.shared.arrived.lock();
        look(arrived.front().map_or(&[], |group| &group.descriptors))
    }

    pub(crate) fn put_arrived(&self, descriptors: Vec<OwnedFd>) {
        let lost = false;
        self.shared
            .arrived
            .lock()
            .push_back(Arrived { descriptors, lost });
    }

    /// Gives reading up at this moment, until what is returned is dropped.
    pub(crate) fn read_until(&self, deadline: Option<Instant>) -> Limited {
        self.shared.deadline.set(deadline);
        Limited {
            socket: self.clone(),
            deadline: |shared| &shared.deadline,
        }
    }

    /// As [`read_until`](Self::read_until), for writing.
    pub(crate) fn write_until(&self, deadline: Option<Instant>) -> Limited {
        self.shared.sending.set(deadline);
        Limited {
            socket: self.clone(),
            deadline: |shared| &shared.sending,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.shared.deadline.get()
    }

    /// When writing is to be given up.
    #[inline]
    pub(crate) fn sending_deadline(&self) -> Option<Instant> {
        self.shared.sending.get()
    }

    /// Waits until there is something to read, or the end. False if the time is up.
    pub(crate) fn await_readable(&self, deadline: Option<Instant>) -> io::Result<bool> {
        self.wait(PollFlags::POLLIN, deadline)
    }

    /// Waits until there is room for something that is written, or nobody to read it. False if the time is up.
    pub(crate) fn await_writable(&self, deadline: Option<Instant>) -> io::Result<bool> {
        self.wait(PollFlags::POLLOUT, deadline)
    }

    /// Ends the connection in both directions, whoever is waiting on it.
    pub(crate) fn shut_down(&self) {
        // It fails on a connection that has ended, and that is what is wanted.
        let shut = |fd: BorrowedFd<'_>| socket::shutdown(fd.as_raw_fd(), socket::Shutdown::Both);
        let _ = self.fd().map(shut);
    }

    fn wait(&self, event: PollFlags, deadline: Option<Instant>) -> io::Result<bool> {
        loop {
            let left =
                deadline.map(|at| TimeSpec::from(at.saturating_duration_since(Instant::now())));
            match ppoll(&mut [PollFd::new(self.fd()?, event)], left, None) {
                Ok(count) => return Ok(count > 0),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// For a call that would have had to wait: waits in its place.
    fn wait_or_give_up(&self, event: PollFlags, deadline: &Deadline) -> io::Result<()> {
        match self.wait(event, deadline.get())? {
            true => Ok(()),
            false => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut descriptors = Vec::new();
        let Received { bytes, lost, .. } = recv_descriptors(self.fd()?, buffer, &mut descriptors)?;
        if lost || !descriptors.is_empty() {
            let mut arrived = self.shared.arrived.lock();
            arrived.truncate(GROUPS - 1);
            arrived.push_back(Arrived { descriptors, lost });
        }
        Ok(bytes)
    }

    fn send(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        // With a limit the system must not do the waiting.
        let send = match self.shared.sending.get() {
            None => send_descriptors,
            Some(_) => try_send_descriptors,
        };
        if !self.shared.departs.load(Ordering::Relaxed) {
            return send(self.fd()?, parts, &[]);
        }
        let departing = self.shared.departing.lock();
        let borrowed: Vec<_> = departing.iter().map(AsFd::as_fd).collect();
        let sent = send(self.fd()?, parts, &borrowed)?;
        drop(departing);
        self.detach();
        Ok(sent)
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.shared.deadline.get().is_some() {
            self.wait_or_give_up(PollFlags::POLLIN, &self.shared.deadline)?;
        }
        loop {
            match self.receive(buffer) {
                // Somebody has made the open file non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_or_give_up(PollFlags::POLLIN, &self.shared.deadline)?;
                }
                received => return received,
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match self.send(parts) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_or_give_up(PollFlags::POLLOUT, &self.shared.sending)?;
                }
                sent => return sent,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Socket {
    /// For reading alone: what a handshake writes always fits into the empty buffer of a new socket.
    fn set_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.shared.deadline.set(deadline);
        Ok(())
    }

    fn try_clone(&self) -> io::Result<Socket> {
        Ok(self.clone())
    }
}

/// A time limit, which ends with this: also when what is limited panics.
#[derive(Debug)]
#[must_use = "the limit ends with it"]
pub(crate) struct Limited {
    socket: Socket,
    deadline: fn(&Shared) -> &Deadline,
}

impl Drop for Limited {
    fn drop(&mut self) {
        (self.deadline)(&self.socket.shared).set(None);
    }
}
