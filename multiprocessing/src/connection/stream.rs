//! The two directions of a connection's byte stream, plain or encrypted.

use std::io::{self, IoSlice, Read, Write};

use manyways_wire::{SecureReader, SecureStream, SecureWriter};

use super::bounded::Bounded;
use super::socket::Socket;

/// Where frames are read from.
#[derive(Debug)]
pub(crate) enum Input {
    Plain(Socket),
    /// Beside a lane.
    Bounded(Bounded),
    Secure(Box<SecureReader<Socket>>),
}

/// Where frames are written to.
#[derive(Debug)]
pub(crate) enum Output {
    Plain(Socket),
    Secure(Box<SecureWriter<Socket>>),
}

pub(crate) fn plain(socket: &Socket) -> (Input, Output) {
    (Input::Plain(socket.clone()), Output::Plain(socket.clone()))
}

pub(crate) fn secure(stream: SecureStream<Socket>) -> manyways_wire::Result<(Input, Output)> {
    let (reader, writer) = stream.split()?;
    Ok((
        Input::Secure(Box::new(reader)),
        Output::Secure(Box::new(writer)),
    ))
}

impl Input {
    /// Whether bytes were taken off the socket that its reader has not got yet.
    pub(crate) fn has_buffered(&self) -> bool {
        match self {
            Input::Plain(_) | Input::Bounded(_) => false,
            Input::Secure(reader) => reader.has_buffered(),
        }
    }

    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Input::Secure(_))
    }
}

impl Output {
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Output::Secure(_))
    }

    /// Whether it has taken bytes that the socket has not.
    pub(crate) fn has_pending(&self) -> bool {
        match self {
            Output::Plain(_) => false,
            Output::Secure(writer) => writer.has_pending(),
        }
    }

    /// Says the end in a way that nobody on the line can forge, where there is such a way.
    pub(crate) fn close(&mut self) -> manyways_wire::Result<()> {
        match self {
            Output::Plain(_) => Ok(()),
            Output::Secure(writer) => writer.close(),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(socket) => socket.read(buffer),
            Input::Bounded(bounded) => bounded.read(buffer),
            Input::Secure(reader) => reader.read(buffer),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Plain(socket) => socket.write(bytes),
            Output::Secure(writer) => writer.write(bytes),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Output::Plain(socket) => socket.write_vectored(parts),
            Output::Secure(writer) => writer.write_vectored(parts),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Plain(socket) => socket.flush(),
            Output::Secure(writer) => writer.flush(),
        }
    }
}
