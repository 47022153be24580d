//! The duplex link between a parent and its child.
//!
//! A UNIX socket pair that carries frames. Each frame's payload begins with a tag: a message of
//! the caller's, or the report of the panic that ended the child's body. So a reader needs no side
//! channel to learn of a panic, and learns of every other death by the end of the stream.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use manyways_wire::{self as wire, FrameReader, FrameWriter};
use nix::sys::socket::{self, MsgFlags, Shutdown, sockopt};
use nix::sys::time::TimeVal;
use serde::{Serialize, de::DeserializeOwned};

use crate::creator::PrivateFd;
use crate::{Error, PanicReport, Result};

/// Both sides are one program, so a frame may be as large as memory: 1 TiB.
const LARGEST_FRAME: u64 = 1 << 40;

const MESSAGE: u8 = 0;
const PANIC: u8 = 1;

/// One end of the link between a parent and its forked child: messages in both directions.
///
/// Messages arrive whole and in order. They do not carry their types: both sides name the same ones
/// (mind that a literal is an `i32` unless said otherwise). The end of the stream means that the other process is gone
/// or has dropped its end. An end works only in its own process,
/// not in children forked later.
#[derive(Debug)]
pub struct Link {
    receiver: LinkReceiver,
    sender: LinkSender,
}

/// The receiving half of a [`Link`].
#[derive(Debug)]
pub struct LinkReceiver {
    frames: FrameReader<End>,
}

/// The sending half of a [`Link`].
#[derive(Debug)]
pub struct LinkSender {
    frames: FrameWriter<End>,
    message: Vec<u8>,
}

/// Makes the two ends: the parent's, and the child's as a descriptor until the fork is done.
pub(crate) fn pair() -> io::Result<(Link, OwnedFd)> {
    let (parent, child) = socket::socketpair(
        socket::AddressFamily::Unix,
        socket::SockType::Stream,
        None,
        socket::SockFlag::SOCK_CLOEXEC,
    )?;
    Ok((Link::over(PrivateFd::new(parent)), child))
}

impl Link {
    /// A link over a connected stream socket, for a peer that is not one of our own forks. From here on
    /// the descriptor belongs to this process alone: children forked later do not keep it open.
    ///
    /// A message may be up to 1 TiB long, but the memory for one grows only with the bytes that have
    /// arrived. Find out who the peer is before trusting it with that.
    #[must_use]
    pub fn from_socket(socket: OwnedFd) -> Link {
        Link::over(PrivateFd::new(socket))
    }

    /// A link over an end that this process owns.
    pub(crate) fn over(socket: PrivateFd) -> Link {
        Link::on(End {
            socket: Arc::new(socket),
        })
    }

    fn on(end: End) -> Link {
        let frames = FrameReader::new(end.clone()).max_frame(LARGEST_FRAME);
        let receiver = LinkReceiver { frames };
        let frames = FrameWriter::new(end).max_frame(LARGEST_FRAME);
        let sender = LinkSender {
            frames,
            message: Vec::new(),
        };
        Link { receiver, sender }
    }

    /// Moves the link out, for a body of [`Fork::spawn`](crate::Fork::spawn) that wants to own it. What
    /// stays is an unused link over the same socket, by which the report of a panic still goes out.
    #[must_use]
    pub fn take(&mut self) -> Link {
        let rest = Link::on(self.receiver.frames.get_ref().clone());
        std::mem::replace(self, rest)
    }

    /// Sends a message; see [`LinkSender::send`].
    ///
    /// # Errors
    ///
    /// As [`LinkSender::send`].
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.sender.send(message)
    }

    /// Receives a message; see [`LinkReceiver::recv`].
    ///
    /// # Errors
    ///
    /// As [`LinkReceiver::recv`].
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.receiver.recv()
    }

    /// Both halves at once, for two threads or for a loop that needs one of them borrowed.
    #[must_use]
    pub fn split(self) -> (LinkSender, LinkReceiver) {
        (self.sender, self.receiver)
    }

    /// The two halves, borrowed.
    pub fn halves(&mut self) -> (&mut LinkSender, &mut LinkReceiver) {
        (&mut self.sender, &mut self.receiver)
    }

    /// The descriptor, for [`poll_readable`](crate::poll_readable). Look at
    /// [`has_buffered`](Self::has_buffered) first.
    ///
    /// # Errors
    ///
    /// In a process other than the one that made this end.
    pub fn as_fd(&self) -> Result<BorrowedFd<'_>> {
        self.receiver.as_fd()
    }

    /// As [`LinkReceiver::has_buffered`].
    #[must_use]
    pub fn has_buffered(&self) -> bool {
        self.receiver.has_buffered()
    }

    /// As [`LinkSender::has_pending`].
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.sender.has_pending()
    }

    /// As [`LinkReceiver::set_nonblocking`], for both directions.
    ///
    /// # Errors
    ///
    /// As [`LinkReceiver::set_nonblocking`].
    pub fn set_nonblocking(&mut self, nonblocking: bool) -> Result<()> {
        self.receiver.set_nonblocking(nonblocking)
    }

    pub(crate) fn send_panic(&mut self, report: &PanicReport) -> Result<()> {
        self.sender.send_tagged(PANIC, report)
    }
}

impl LinkSender {
    /// Encodes `message` and sends it in one gathered write. Waits while the socket's buffer is
    /// full, that is while the other side does not read.
    ///
    /// On a non-blocking link nothing waits. A message that does not fit is accepted all the same,
    /// and the error is `is_timeout`: its rest is kept, and [`flush_pending`](Self::flush_pending)
    /// sends it on. While a rest is left, do not send more.
    ///
    /// # Errors
    ///
    /// `is_encode` if the message cannot be encoded: nothing is sent. `is_closed` if the other side
    /// is gone.
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.send_tagged(MESSAGE, message)
    }

    fn send_tagged<T: Serialize + ?Sized>(&mut self, tag: u8, message: &T) -> Result<()> {
        self.message.clear();
        self.message.push(tag);
        wire::encode_into(message, &mut self.message)
            .and_then(|()| self.frames.write_frame(&self.message))
            .map_err(|error| Error::wire("send a message over the link", error))?;
        if self.message.capacity() > 1 << 20 {
            self.message = Vec::new(); // One huge message must not cost its memory for ever.
        }
        Ok(())
    }

    /// Sends bytes that are already encoded, gathered from `parts`, as one message.
    ///
    /// # Errors
    ///
    /// `is_closed` if the other side is gone.
    pub fn send_bytes(&mut self, parts: &[&[u8]]) -> Result<()> {
        let mut tagged: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
        tagged.push(&[MESSAGE]);
        tagged.extend_from_slice(parts);
        self.frames
            .write_frame_parts(&tagged)
            .map_err(|error| Error::wire("send bytes over the link", error))
    }

    /// Whether a message was accepted by a non-blocking link that has not gone out whole.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.frames.has_pending()
    }

    /// Sends what is left of a message that met `is_timeout` on a non-blocking link: such a message
    /// counts as sent and must not be sent again. Poll the descriptor for writing in between.
    ///
    /// # Errors
    ///
    /// `is_timeout` when something is still left; `is_closed` if the other side is gone.
    pub fn flush_pending(&mut self) -> Result<()> {
        self.frames
            .flush_pending()
            .map_err(|error| Error::wire("send a message over the link", error))
    }

    /// Sets how long a send may wait for the other side to read; `None` is for ever. After a time-out
    /// the message is half sent, and the link is of no further use.
    ///
    /// # Errors
    ///
    /// When the socket refuses, or in a process other than the one that made this end.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        let set = || -> io::Result<()> {
            let limit = TimeVal::from(libc_timeval(timeout));
            Ok(socket::setsockopt(
                &self.frames.get_ref().socket.get()?,
                sockopt::SendTimeout,
                &limit,
            )?)
        };
        set().map_err(|error| Error::system("set the link's time limit", error))
    }

    /// Tells the other side that no more messages will come: its next receive is `is_closed`.
    ///
    /// # Errors
    ///
    /// When the socket refuses, or in a process other than the one that made this end.
    pub fn finish(&mut self) -> Result<()> {
        self.frames
            .get_ref()
            .shut_down()
            .map_err(|error| Error::system("end the link", error))
    }
}

fn libc_timeval(timeout: Option<Duration>) -> libc::timeval {
    let timeout = timeout.map_or(Duration::ZERO, |limit| limit.max(Duration::from_micros(1)));
    libc::timeval {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_usec: i64::from(timeout.subsec_micros()),
    }
}

impl LinkReceiver {
    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// `is_closed` when the other side is gone; `panic_report` when its body panicked; `is_decode`
    /// when the message is not a `T`; `is_timeout` on a non-blocking link with no whole message.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T> {
        let message = self.recv_bytes()?;
        wire::decode(message).map_err(|error| Error::wire("receive a message over the link", error))
    }

    /// Waits for the next message and gives its encoded bytes, valid until the next call.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), decoding aside.
    pub fn recv_bytes(&mut self) -> Result<&[u8]> {
        let frame = self
            .frames
            .read_frame()
            .map_err(|error| Error::wire("receive a message over the link", error))?;
        match frame.split_first() {
            Some((&MESSAGE, message)) => Ok(message),
            Some((&PANIC, report)) => Err(carried_panic(report)),
            other => Err(Error::unknown_tag(
                "receive a message",
                other.map_or(255, |(tag, _)| *tag),
            )),
        }
    }

    /// Whether a whole message has been read already, which a poll of the descriptor would miss.
    #[must_use]
    pub fn has_buffered(&self) -> bool {
        self.frames.has_buffered_frame()
    }

    /// The descriptor, for [`poll_readable`](crate::poll_readable).
    ///
    /// # Errors
    ///
    /// In a process other than the one that made this end.
    pub fn as_fd(&self) -> Result<BorrowedFd<'_>> {
        let fd = self.frames.get_ref().socket.get();
        fd.map_err(|error| Error::system("use the link", error))
    }

    /// Makes this end non-blocking, in both directions: a receive with no whole message ready fails
    /// with `is_timeout` and loses nothing.
    ///
    /// # Errors
    ///
    /// When the system refuses, or in a process other than the one that made this end.
    pub fn set_nonblocking(&mut self, nonblocking: bool) -> Result<()> {
        use nix::fcntl::{FcntlArg, OFlag, fcntl};
        let mut flags = OFlag::O_RDWR;
        flags.set(OFlag::O_NONBLOCK, nonblocking);
        fcntl(self.as_fd()?, FcntlArg::F_SETFL(flags))
            .map(|_| ())
            .map_err(|errno| Error::system("switch the link's blocking mode", errno))
    }
}

fn carried_panic(report: &[u8]) -> Error {
    match wire::decode(report) {
        Ok(report) => Error::panicked("go on", report),
        Err(error) => Error::wire("read the report of a panic", error),
    }
}

/// The socket, shared by the two halves.
#[derive(Debug, Clone)]
struct End {
    socket: Arc<PrivateFd>,
}

impl End {
    fn shut_down(&self) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        Ok(socket::shutdown(
            self.socket.get()?.as_raw_fd(),
            Shutdown::Write,
        )?)
    }
}

impl Read for End {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(nix::unistd::read(self.socket.get()?, buffer)?)
    }
}

impl Write for End {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buffer)])
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        use std::os::fd::AsRawFd;
        // sendmsg rather than write, for MSG_NOSIGNAL: a program may have given SIGPIPE its
        // default action, and a child's death must not kill its parent.
        let fd = self.socket.get()?.as_raw_fd();
        Ok(socket::sendmsg::<()>(
            fd,
            buffers,
            &[],
            MsgFlags::MSG_NOSIGNAL,
            None,
        )?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
