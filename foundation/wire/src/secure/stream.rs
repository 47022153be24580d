//! An encrypted link as a stream, whole or in two halves.

use super::handshake::{self, Session};
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::transport::Transport;
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::Duration;

/// A stream whose two ends have shown each other that they know the same [`Secret`], and which nobody between them can
/// read or alter.
///
/// Noise `NNpsk0` with X25519, ChaCha20-Poly1305 and BLAKE2s. Data travels in records of at most 65519 bytes. Put a
/// [`FrameWriter`](crate::FrameWriter) and a [`FrameReader`](crate::FrameReader) on its [two halves](Self::split). Other
/// options of the socket are left alone: for requests and answers over TCP, set `TCP_NODELAY`.
///
/// # The end
///
/// [`close`](Self::close) sends an authenticated end. A reader that meets it reads 0 bytes, as at the end of any stream;
/// one whose connection ends otherwise gets an error that [`is_truncated`](Error::is_truncated), so nobody can pass off
/// a cut as an end. Dropping the stream sends nothing (it would have to wait for the peer), so **a peer takes a link
/// that was dropped without `close` for cut**, as it should when the program panicked.
///
/// # Errors of `Read` and `Write`
///
/// They are [`io::Error`]s around an [`Error`]; the frame reader and writer take it out again. After a record that is
/// not authentic ([`is_auth`](Error::is_auth)) every read fails.
///
/// # Timeouts and non-blocking streams
///
/// The handshake leaves the stream blocking and without timeouts. Where they are set later, a read that is not ready
/// fails and loses nothing. A write returns `Ok` for data that it has taken, even if the stream did not take all of it
/// ([`has_pending`](Self::has_pending)); the next write, [`flush`](Write::flush) or [`close`](Self::close) sends the
/// rest, so call `flush` until it succeeds. A write that fails as not ready has taken nothing. Ask
/// [`has_buffered`](Self::has_buffered) before `poll(2)`.
pub struct SecureStream<S> {
    inner: S,
    incoming: Incoming,
    outgoing: Outgoing,
}

impl<S: Transport> SecureStream<S> {
    /// Makes an encrypted link over a fresh connection, on the side that connected.
    ///
    /// `protocol` names what will be spoken over the link, in 1 to 64 bytes. It is sent in clear text, and both sides
    /// must name the same. `limit` is for the whole handshake, however many bytes the peer dribbles; the handshake takes
    /// one round trip and, optimised, under a millisecond of computing on either side.
    ///
    /// # Errors
    ///
    /// [`is_auth`](Error::is_auth): the sides hold different secrets, or somebody interferes.
    /// [`is_protocol`](Error::is_protocol), [`is_version`](Error::is_version), [`is_oversize`](Error::is_oversize),
    /// [`is_garbage`](Error::is_garbage): the peer speaks something else. [`is_timeout`](Error::is_timeout): the limit
    /// has passed. [`is_truncated`](Error::is_truncated): the peer closed the connection. Or the stream's own error. The
    /// stream is dropped.
    pub fn connect(
        mut stream: S,
        secret: &Secret,
        protocol: &str,
        limit: Duration,
    ) -> Result<Self> {
        let session = handshake::connect(&mut stream, secret, protocol, limit)?;
        Ok(SecureStream::new(stream, session))
    }

    /// Makes an encrypted link over a fresh connection, on the side that accepted.
    ///
    /// It returns only when the peer has shown that it is present and knows the secret. Until then, for as long as
    /// `limit`, it blocks the caller's thread, so a server that serves strangers gives each connection a thread, and
    /// bounds their number.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn accept(mut stream: S, secret: &Secret, protocol: &str, limit: Duration) -> Result<Self> {
        let session = handshake::accept(&mut stream, secret, protocol, limit)?;
        Ok(SecureStream::new(stream, session))
    }

    /// The two directions as separate values, for two threads.
    ///
    /// # Errors
    ///
    /// When the stream cannot be cloned.
    pub fn split(self) -> Result<(SecureReader<S>, SecureWriter<S>)> {
        let second = self.inner.try_clone();
        let second = second
            .map_err(|error| Error::io("cloning the stream under an encrypted link", error))?;
        let reader = SecureReader {
            inner: second,
            incoming: self.incoming,
        };
        let writer = SecureWriter {
            inner: self.inner,
            outgoing: self.outgoing,
        };
        Ok((reader, writer))
    }
}

impl<S> SecureStream<S> {
    fn new(inner: S, session: Session) -> Self {
        let keys = Arc::new(session.keys);
        SecureStream {
            inner,
            incoming: Incoming::new(Arc::clone(&keys), session.first_incoming),
            outgoing: Outgoing::new(keys, session.first_outgoing),
        }
    }

    /// Whether a read would return without asking the stream below, so that `poll(2)` on its descriptor would miss it.
    pub fn has_buffered(&self) -> bool {
        self.incoming.is_ready()
    }

    /// Whether data was taken that the stream below has not.
    pub fn has_pending(&self) -> bool {
        self.outgoing.has_pending()
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The stream below. Reading from it or writing to it destroys the link.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }
}

impl<S: Write> SecureStream<S> {
    /// Sends what is left and the authenticated end of this direction. The peer may go on sending. Further calls do
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of the stream. After [`is_timeout`](Error::is_timeout) call again.
    pub fn close(&mut self) -> Result<()> {
        close(&mut self.outgoing, &mut self.inner)
    }
}

/// The receiving half of a [`SecureStream`].
pub struct SecureReader<S> {
    inner: S,
    incoming: Incoming,
}

impl<S> SecureReader<S> {
    /// As [`SecureStream::has_buffered`].
    pub fn has_buffered(&self) -> bool {
        self.incoming.is_ready()
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

/// The sending half of a [`SecureStream`].
pub struct SecureWriter<S> {
    inner: S,
    outgoing: Outgoing,
}

impl<S> SecureWriter<S> {
    /// As [`SecureStream::has_pending`].
    pub fn has_pending(&self) -> bool {
        self.outgoing.has_pending()
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S: Write> SecureWriter<S> {
    /// As [`SecureStream::close`].
    ///
    /// # Errors
    ///
    /// As [`SecureStream::close`].
    pub fn close(&mut self) -> Result<()> {
        close(&mut self.outgoing, &mut self.inner)
    }
}

fn close(outgoing: &mut Outgoing, inner: &mut impl Write) -> Result<()> {
    let outcome = outgoing.finish(inner).and_then(|()| inner.flush());
    outcome.map_err(|error| Error::io("closing an encrypted link", error))
}

fn flush(outgoing: &mut Outgoing, inner: &mut impl Write) -> io::Result<()> {
    outgoing.drain(inner)?;
    inner.flush()
}

impl<S: Read> Read for SecureStream<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.incoming.read(&mut self.inner, into)
    }
}

impl<S: Read> Read for SecureReader<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.incoming.read(&mut self.inner, into)
    }
}

impl<S: Write> Write for SecureStream<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(data)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.outgoing.write(&mut self.inner, slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        flush(&mut self.outgoing, &mut self.inner)
    }
}

impl<S: Write> Write for SecureWriter<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(data)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.outgoing.write(&mut self.inner, slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        flush(&mut self.outgoing, &mut self.inner)
    }
}

impl<S: fmt::Debug> fmt::Debug for SecureStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureStream")
            .field("inner", &self.inner)
            .field("next_record_in", &self.incoming.nonce())
            .field("next_record_out", &self.outgoing.nonce())
            .finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for SecureReader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureReader")
            .field("inner", &self.inner)
            .field("next_record_in", &self.incoming.nonce())
            .finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for SecureWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureWriter")
            .field("inner", &self.inner)
            .field("next_record_out", &self.outgoing.nonce())
            .finish_non_exhaustive()
    }
}
