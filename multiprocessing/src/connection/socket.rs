//! The socket under a connection.

use std::io::{self, IoSlice, Read, Write};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use manyways_process::{Received, recv_descriptors, send_descriptors};
use manyways_wire::Transport;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{self, AddressFamily, SockType, SockaddrLike, SockaddrStorage, sockopt};
use nix::sys::time::TimeSpec;

/// A connected stream socket, of which the two directions of a connection have a handle each.
#[derive(Debug, Clone)]
pub(crate) struct Socket {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    fd: OwnedFd,
    is_unix: bool,
    /// To leave with the next byte, and whether there are any.
    departing: Mutex<Vec<OwnedFd>>,
    departs: AtomicBool,
    /// What came beside the message that was read last, or is being read.
    arrived: Mutex<Arrived>,
    /// When reading, and during a handshake writing, is to be given up.
    deadline: Deadline,
}

/// Descriptors that came with one receive. One that ends in a group of descriptors ends in the message of that group, and
/// the next comes when that message is not whole yet. So one group is kept at most.
#[derive(Debug, Default)]
struct Arrived {
    descriptors: Vec<OwnedFd>,
    /// There was no number left for them.
    lost: bool,
}

impl Socket {
    /// Takes over a connected stream socket; `None` if it is something else.
    pub(crate) fn adopt(fd: OwnedFd) -> io::Result<Option<Socket>> {
        match socket::getsockopt(&fd, sockopt::SockType) {
            Ok(SockType::Stream) => {}
            Ok(_) | Err(Errno::ENOTSOCK) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        }
        let name = socket::getpeername::<SockaddrStorage>(raw(&fd));
        let Ok(name) = name else { return Ok(None) };
        let shared = Shared {
            fd,
            is_unix: name.family() == Some(AddressFamily::Unix),
            departing: Mutex::default(),
            departs: AtomicBool::new(false),
            arrived: Mutex::default(),
            deadline: Deadline::none(),
        };
        Ok(Some(Socket {
            shared: Arc::new(shared),
        }))
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.fd.as_fd()
    }

    /// Whether it can carry descriptors.
    pub(crate) fn is_unix(&self) -> bool {
        self.shared.is_unix
    }

    /// Sends these with the next byte.
    pub(crate) fn attach(&self, descriptors: Vec<OwnedFd>) {
        *lock(&self.shared.departing) = descriptors;
        self.shared.departs.store(true, Ordering::Relaxed);
    }

    /// Gives up what did not leave.
    pub(crate) fn detach(&self) {
        lock(&self.shared.departing).clear();
        self.shared.departs.store(false, Ordering::Relaxed);
    }

    /// The descriptors of a message that was read whole and says that it has `count` of them. Not to be called for a
    /// message that has none: what has arrived may be a later one's.
    pub(crate) fn take_arrived(&self, count: usize) -> Result<Vec<OwnedFd>, String> {
        let Arrived { descriptors, lost } = mem::take(&mut *lock(&self.shared.arrived));
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

    /// Calls `look` with what has arrived for a message that is still to be read.
    pub(crate) fn with_arrived<R>(&self, look: impl FnOnce(&[OwnedFd]) -> R) -> R {
        look(&lock(&self.shared.arrived).descriptors)
    }

    pub(crate) fn put_arrived(&self, descriptors: Vec<OwnedFd>) {
        *lock(&self.shared.arrived) = Arrived {
            descriptors,
            lost: false,
        };
    }

    /// Gives reading up at this moment.
    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        self.shared.deadline.set(deadline);
    }

    /// Waits until there is something to read, or the end. False if the time is up.
    pub(crate) fn await_readable(&self, deadline: Option<Instant>) -> io::Result<bool> {
        self.wait(PollFlags::POLLIN, deadline)
    }

    /// Whether a small write would not have to wait now.
    pub(crate) fn takes_more(&self) -> bool {
        self.wait(PollFlags::POLLOUT, Some(Instant::now()))
            .unwrap_or(false)
    }

    /// Ends the connection in both directions, whoever is waiting on it.
    pub(crate) fn shut_down(&self) {
        // It fails on a connection that has ended, and that is what is wanted.
        let _ = socket::shutdown(raw(&self.shared.fd), socket::Shutdown::Both);
    }

    fn wait(&self, event: PollFlags, deadline: Option<Instant>) -> io::Result<bool> {
        loop {
            let left =
                deadline.map(|at| TimeSpec::from(at.saturating_duration_since(Instant::now())));
            match ppoll(&mut [PollFd::new(self.as_fd(), event)], left, None) {
                Ok(count) => return Ok(count > 0),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// For a call that would have had to wait: waits in its place.
    fn wait_or_give_up(&self, event: PollFlags) -> io::Result<()> {
        match self.wait(event, self.shared.deadline.get())? {
            true => Ok(()),
            false => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut descriptors = Vec::new();
        let Received { bytes, lost, .. } =
            recv_descriptors(self.as_fd(), buffer, &mut descriptors)?;
        if lost || !descriptors.is_empty() {
            *lock(&self.shared.arrived) = Arrived { descriptors, lost };
        }
        Ok(bytes)
    }

    fn send(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.shared.departs.load(Ordering::Relaxed) {
            return send_descriptors(self.as_fd(), parts, &[]);
        }
        let departing = lock(&self.shared.departing);
        let borrowed: Vec<_> = departing.iter().map(AsFd::as_fd).collect();
        let sent = send_descriptors(self.as_fd(), parts, &borrowed)?;
        drop(departing);
        self.detach();
        Ok(sent)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn raw(fd: &OwnedFd) -> i32 {
    std::os::fd::AsRawFd::as_raw_fd(fd)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.shared.deadline.get().is_some() {
            self.wait_or_give_up(PollFlags::POLLIN)?;
        }
        loop {
            match self.receive(buffer) {
                // Somebody has made the open file non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_or_give_up(PollFlags::POLLIN)?;
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
                    self.wait_or_give_up(PollFlags::POLLOUT)?;
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
    /// What a handshake writes always fits into the empty buffer of a new socket.
    fn set_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_deadline(limit.and_then(|limit| Instant::now().checked_add(limit)));
        Ok(())
    }

    fn try_clone(&self) -> io::Result<Socket> {
        Ok(self.clone())
    }
}

/// A moment that several handles share.
#[derive(Debug)]
struct Deadline {
    since: Instant,
    /// Nanoseconds; `u64::MAX` is never.
    after: AtomicU64,
}

impl Deadline {
    fn none() -> Deadline {
        Deadline {
            since: Instant::now(),
            after: AtomicU64::new(u64::MAX),
        }
    }

    fn set(&self, deadline: Option<Instant>) {
        let nanos = deadline.map_or(u64::MAX, |at| {
            let after = at.saturating_duration_since(self.since).as_nanos();
            u64::try_from(after).unwrap_or(u64::MAX)
        });
        self.after.store(nanos, Ordering::Relaxed);
    }

    fn get(&self) -> Option<Instant> {
        match self.after.load(Ordering::Relaxed) {
            u64::MAX => None,
            nanos => self.since.checked_add(Duration::from_nanos(nanos)),
        }
    }
}
