//! What messages travel on: a socket, plain or encrypted.

use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;

use crate::socket::Socket;

/// A connection after its greeting.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
}

impl Stream {
    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Stream::Plain(socket) => socket,
        }
    }

    pub(crate) fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.socket().as_fd()
    }

    /// Whether bytes may have been taken off the socket that no reader has seen.
    pub(crate) fn may_have_read_ahead(&self) -> bool {
        match self {
            Stream::Plain(_) => false,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
        }
    }
}
