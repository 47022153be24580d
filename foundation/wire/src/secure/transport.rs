//! What a stream must be able to do to carry an encrypted link.

use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A byte stream in both directions that can bound a call in time and be used from two threads.
pub trait Transport: Read + Write + Sized {
    /// Makes each read and each write block for at most so long, or without limit. When the time is up they fail with
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) or [`TimedOut`](std::io::ErrorKind::TimedOut).
    ///
    /// # Errors
    ///
    /// When the stream cannot be set up so.
    fn set_timeout(&self, limit: Option<Duration>) -> Result<()>;

    /// A second handle to the same stream.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left.
    fn try_clone(&self) -> Result<Self>;
}

impl Transport for TcpStream {
    fn set_timeout(&self, limit: Option<Duration>) -> Result<()> {
        self.set_nonblocking(false)?;
        self.set_read_timeout(limit)?;
        self.set_write_timeout(limit)
    }

    fn try_clone(&self) -> Result<Self> {
        TcpStream::try_clone(self)
    }
}

impl Transport for UnixStream {
    fn set_timeout(&self, limit: Option<Duration>) -> Result<()> {
        self.set_nonblocking(false)?;
        self.set_read_timeout(limit)?;
        self.set_write_timeout(limit)
    }

    fn try_clone(&self) -> Result<Self> {
        UnixStream::try_clone(self)
    }
}
