//! One end of a link's socket, shared by the halves of the link.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{self, Shutdown, sockopt};
use nix::sys::time::TimeVal;

use crate::private_fd::PrivateFd;
use crate::sys;

/// One end of a connected stream socket.
#[derive(Debug, Clone)]
pub(crate) struct End {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    socket: PrivateFd,
    /// Held while a frame is written; true while one lies half written between two calls. More than
    /// one writer can exist after [`Link::take`](crate::Link::take).
    half_written: Mutex<bool>,
}

impl End {
    pub(crate) fn new(socket: PrivateFd) -> End {
        let shared = Shared {
            socket,
            half_written: Mutex::new(false),
        };
        End {
            shared: Arc::new(shared),
        }
    }

    /// The number of the descriptor, in whatever process.
    pub(crate) fn number(&self) -> RawFd {
        self.shared.socket.number()
    }

    /// As [`PrivateFd::inherit`]. There are no clones yet.
    pub(crate) fn inherit(&mut self) {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.socket.inherit();
        }
    }

    /// How many clones there are of this, itself included.
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.shared)
    }

    /// As [`PrivateFd::close_early`].
    pub(crate) fn close(&self) {
        self.shared.socket.close_early();
    }

    pub(crate) fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.shared.socket.get()
    }

    /// Waits until no other writer is at work, and says whether one has left a frame half written.
    pub(crate) fn begin_frame(&self) -> io::Result<MutexGuard<'_, bool>> {
        // In another process the lock may be held by a thread that does not exist there.
        self.as_fd()?;
        let lock = self.shared.half_written.lock();
        Ok(lock.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn shut_down(&self) -> io::Result<()> {
        let fd = self.as_fd()?.as_raw_fd();
        Ok(socket::shutdown(fd, Shutdown::Write)?)
    }

    pub(crate) fn set_send_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let limit = time_value(timeout);
        Ok(socket::setsockopt(
            &self.as_fd()?,
            sockopt::SendTimeout,
            &limit,
        )?)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        let fd = self.as_fd()?;
        let old = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
        let mut new = old;
        new.set(OFlag::O_NONBLOCK, nonblocking);
        if new != old {
            fcntl(fd, FcntlArg::F_SETFL(new))?;
        }
        Ok(())
    }
}

/// Zero is for ever, so the shortest limit is a microsecond.
fn time_value(timeout: Option<Duration>) -> TimeVal {
    let timeout = timeout.map_or(Duration::ZERO, |limit| limit.max(Duration::from_micros(1)));
    TimeVal::from(libc::timeval {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_usec: i64::from(timeout.subsec_micros()),
    })
}

impl Read for End {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(nix::unistd::read(self.as_fd()?, buffer)?)
    }
}

impl Write for End {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buffer)])
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        sys::send(self.as_fd()?, buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
