//! What messages travel on: a socket, plain or encrypted.

use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use manyways_wire::{self as wire, Secret, SecureStream, Transport};

use crate::socket::Socket;

/// What the encrypted handshake is for.
const PROTOCOL: &str = "remoted";

/// A connection after its greeting.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    Secure(Box<SecureStream<Socket>>),
}

impl Stream {
    /// The handshake of a client, within `limit`.
    pub(crate) fn secure(socket: Socket, secret: &Secret, limit: Duration) -> wire::Result<Stream> {
        let stream = SecureStream::connect(socket, secret, PROTOCOL, limit)?;
        Ok(Stream::Secure(Box::new(stream)))
    }

    /// The handshake of a server, within `limit`.
    pub(crate) fn accept(socket: Socket, secret: &Secret, limit: Duration) -> wire::Result<Stream> {
        let stream = SecureStream::accept(socket, secret, PROTOCOL, limit)?;
        Ok(Stream::Secure(Box::new(stream)))
    }

    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Stream::Plain(socket) => socket,
            Stream::Secure(stream) => stream.get_ref(),
        }
    }

    pub(crate) fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.socket().as_fd()
    }

    /// Whether bytes may have been taken off the socket that no reader has seen.
    pub(crate) fn may_have_read_ahead(&self) -> bool {
        match self {
            Stream::Plain(_) => false,
            Stream::Secure(stream) => stream.has_buffered(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Secure(stream) => stream.flush(),
        }
    }
}

impl Transport for Socket {
    fn set_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_nonblocking(false)?;
        Socket::set_timeout(self, limit)
    }

    fn try_clone(&self) -> io::Result<Socket> {
        Ok(self.second_handle())
    }
}
