//! What is on a socket beside a lane, besides frames.

use std::io;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{self, MsgFlags};

use super::socket::Socket;

/// The byte that wakes. No frame begins with it.
pub(crate) const RING: u8 = 0;

/// So many rings are counted at most at a time.
const COUNTED: usize = 512;

/// What is next on the socket, between two frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    Nothing,
    /// So many rings, or more.
    Rings(usize),
    FrameOrEnd,
}

impl Socket {
    /// Wakes who polls the other end.
    pub(crate) fn ring(&self) -> io::Result<()> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        loop {
            match socket::send(self.fd()?.as_raw_fd(), &[RING], flags) {
                Err(Errno::EINTR) => {}
                // It is full, so the other end is readable.
                Ok(_) | Err(Errno::EAGAIN) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// What is next, which stays.
    pub(crate) fn waiting(&self) -> io::Result<Waiting> {
        let mut bytes = [0; COUNTED];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_PEEK;
        let count = loop {
            match socket::recv(self.fd()?.as_raw_fd(), &mut bytes, flags) {
                Ok(count) => break count,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(Waiting::Nothing),
                // The read that follows says so too.
                Err(_) => return Ok(Waiting::FrameOrEnd),
            }
        };
        let rings = leading_rings(&bytes[..count]);
        Ok(match rings {
            0 => Waiting::FrameOrEnd,
            rings => Waiting::Rings(rings),
        })
    }

    /// Takes so many rings away, which are there.
    pub(crate) fn forget_rings(&self, count: usize) {
        let Ok(fd) = self.fd() else { return };
        let mut bytes = [0; COUNTED];
        let bytes = &mut bytes[..count.min(COUNTED)];
        // Those that it does not take, the next call finds again.
        let _ = socket::recv(fd.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT);
    }

    /// Whether the other end is closed, in all processes.
    pub(crate) fn has_hung_up(&self) -> io::Result<bool> {
        let mut polled = [PollFd::new(self.fd()?, PollFlags::empty())];
        loop {
            match poll(&mut polled, PollTimeout::ZERO) {
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
                Ok(_) => return Ok(polled[0].any() == Some(true)),
            }
        }
    }
}

/// How many rings stand at the front.
pub(crate) fn leading_rings(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == RING).count()
}
