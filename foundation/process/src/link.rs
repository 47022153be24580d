//! The duplex link between a parent and its child.
//!
//! A UNIX socket pair that carries frames. Each frame's payload begins with a tag: a message of
//! the caller's, or the report of the panic that ended the child's body. So a reader needs no side
//! channel to learn of a panic, and learns of every other death by the end of the stream.

use std::io::{self, IoSlice};
use std::mem;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use manyways_wire::{self as wire, FrameReader, FrameWriter};
use nix::sys::socket;
use serde::{Serialize, de::DeserializeOwned};

use crate::descriptors::{MAX_DESCRIPTORS, send_descriptors};
use crate::end::End;
use crate::private_fd::PrivateFd;
use crate::rights::{Arrivals, Incoming, Outgoing};
use crate::{Error, PanicReport, Result};

/// Both sides are one program, so a frame may be as large as memory: 1 TiB.
const LARGEST_FRAME: u64 = 1 << 40;

/// One huge message must not cost its memory for ever: a larger buffer is given back.
const LARGEST_KEPT: usize = 1 << 20;

const MESSAGE: u8 = 0;
const PANIC: u8 = 1;
/// A message with descriptors, whose number is the next byte.
const WITH_DESCRIPTORS: u8 = 2;

const SEND: &str = "send a message over the link";
const RECEIVE: &str = "receive a message over the link";
const NO_DESCRIPTORS: &str =
    "descriptors came with the message and were closed; make the link take_descriptors() first";
const ANOTHER_IS_HALF_WAY: &str =
    "another sender over the same socket has left a message half written";

/// One end of the link between a parent and its forked child: messages in both directions.
///
/// Messages arrive whole and in order. They do not carry their types: both sides name the same ones
/// (mind that a literal is an `i32` unless said otherwise). The end of the stream means that the other
/// process is gone or has dropped its end. An end works only in its own process, not in children
/// forked later. A message may be up to 1 TiB long; memory for it grows only as its bytes arrive.
#[derive(Debug)]
pub struct Link {
    receiver: LinkReceiver,
    sender: LinkSender,
}

/// The receiving half of a [`Link`].
#[derive(Debug)]
pub struct LinkReceiver {
    end: End,
    /// Made when it is first needed: its buffer of 64 KiB would cost more than the fork.
    frames: Option<Box<FrameReader<Incoming>>>,
    /// Absent unless this end takes descriptors.
    arrivals: Option<Arrivals>,
}

/// The sending half of a [`Link`].
#[derive(Debug)]
pub struct LinkSender {
    end: End,
    frames: FrameWriter<Outgoing>,
    message: Vec<u8>,
    /// A frame of this sender lies half written in the socket.
    half_written: bool,
    /// The other side was found to be gone.
    closed: bool,
}

/// Memory for what a link sends. A forked child that asks its allocator, whose state is spread over several pages, pays for
/// copies of them; so its parent does.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    message: Vec<u8>,
    frame: Vec<u8>,
}

impl Buffers {
    /// For messages of so many bytes.
    pub(crate) fn of(bytes: usize) -> Buffers {
        Buffers {
            message: Vec::with_capacity(bytes),
            frame: Vec::with_capacity(bytes),
        }
    }
}

/// Makes the two ends: the parent's, and what the child makes its own [of](Link::on) after the fork.
pub(crate) fn pair() -> io::Result<(Link, End)> {
    let (parent, child) = PrivateFd::open_pair(|| {
        Ok(socket::socketpair(
            socket::AddressFamily::Unix,
            socket::SockType::Stream,
            None,
            socket::SockFlag::SOCK_CLOEXEC,
        )?)
    })?;
    Ok((Link::on(End::new(parent)), End::new(child)))
}

impl Link {
    /// A link over a connected stream socket, for a peer that is not one of our own forks. From here on
    /// the descriptor belongs to this process alone: children forked later do not keep it open.
    ///
    /// A message may be up to 1 TiB long, but the memory for one grows only with the bytes that have
    /// arrived. Find out who the peer is before trusting it with that.
    #[must_use]
    pub fn from_socket(socket: OwnedFd) -> Link {
        Link::on(End::new(PrivateFd::new(socket)))
    }

    /// A link over an end that this process owns.
    pub(crate) fn on(end: End) -> Link {
        Link::with_buffers(end, Buffers::default())
    }

    /// The same, with memory for what it will send first.
    pub(crate) fn with_buffers(end: End, buffers: Buffers) -> Link {
        let frames = FrameWriter::new(Outgoing::new(end.clone()));
        let sender = LinkSender {
            end: end.clone(),
            frames: frames.max_frame(LARGEST_FRAME).with_buffer(buffers.frame),
            message: buffers.message,
            half_written: false,
            closed: false,
        };
        let receiver = LinkReceiver {
            end,
            frames: None,
            arrivals: None,
        };
        Link { receiver, sender }
    }

    /// Lets this end receive descriptors, for [`recv_with`](Self::recv_with). Without it those that the other side sends are
    /// closed as they arrive. To be called before the other side sends any.
    #[must_use]
    pub fn take_descriptors(mut self) -> Link {
        let arrivals = Arrivals::default();
        if let Some(frames) = &mut self.receiver.frames {
            frames.get_mut().accept(arrivals.clone());
        }
        self.receiver.arrivals = Some(arrivals);
        self
    }

    /// Moves the link out, for a body of [`Fork::spawn`](crate::Fork::spawn) that wants to own it. What
    /// stays is an unused link over the same socket, by which the report of a panic still goes out;
    /// unless a message lies half written then, in the middle of which nothing else may stand.
    #[must_use]
    pub fn take(&mut self) -> Link {
        let mut rest = Link::on(self.receiver.end.clone());
        rest.receiver.arrivals = self.receiver.arrivals.clone();
        mem::replace(self, rest)
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

    /// Sends a message and descriptors beside it; see [`LinkSender::send_with`].
    ///
    /// # Errors
    ///
    /// As [`LinkSender::send_with`].
    pub fn send_with<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
        descriptors: Vec<OwnedFd>,
    ) -> Result<()> {
        self.sender.send_with(message, descriptors)
    }

    /// Receives a message and the descriptors beside it; see [`LinkReceiver::recv_with`].
    ///
    /// # Errors
    ///
    /// As [`LinkReceiver::recv_with`].
    pub fn recv_with<T: DeserializeOwned>(&mut self) -> Result<(T, Vec<OwnedFd>)> {
        self.receiver.recv_with()
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

    /// Puts a first message and descriptors into a link that was just made, in which there is room for it.
    pub(crate) fn send_first<T: Serialize>(
        &mut self,
        message: &T,
        descriptors: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        let count = u8::try_from(descriptors.len()).map_err(io::Error::other)?;
        let message = wire::encode(message).map_err(io::Error::other)?;
        let mut frame = Vec::new();
        FrameWriter::new(&mut frame)
            .write_frame_parts(&[&[WITH_DESCRIPTORS, count], &message])
            .map_err(io::Error::other)?;
        let socket = self.receiver.end.as_fd()?;
        let sent = send_descriptors(socket, &[IoSlice::new(&frame)], descriptors)?;
        match sent == frame.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    /// Closes the link of a process that ends, past the destructors: what they free costs more than it brings now. A part that
    /// somebody else has [taken](Self::take) stays open.
    pub(crate) fn end(self) {
        let own = 3 + usize::from(self.receiver.frames.is_some());
        if self.receiver.end.holders() == own {
            self.receiver.end.close();
            mem::forget(self);
        }
    }

    pub(crate) fn send_panic(&mut self, report: &PanicReport) -> Result<()> {
        self.sender.send_tagged(&[PANIC], report)
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
        self.send_tagged(&[MESSAGE], message)
    }

    /// As [`send`](Self::send), with open files for the other process, which must
    /// [take descriptors](Link::take_descriptors). This process's copies are closed once they are sent, or by an error.
    ///
    /// ```
    /// use manyways_process::Fork;
    /// use std::io::{Read, Write};
    ///
    /// let (mut reader, writer) = std::io::pipe()?;
    /// let (mut child, mut link) = Fork::new().spawn(|link| {
    ///     let mut link = link.take().take_descriptors();
    ///     let (name, pipe): (String, _) = link.recv_with().unwrap();
    ///     std::fs::File::from(pipe.into_iter().next().unwrap()).write_all(name.as_bytes()).unwrap();
    /// })?;
    /// link.send_with("through a pipe", vec![writer.into()])?;
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "through a pipe");
    /// # assert!(child.wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). For more than [`MAX_DESCRIPTORS`], or when the system refuses to carry them (see
    /// [`send_descriptors`](crate::send_descriptors)): nothing is sent then, and the link is as before.
    pub fn send_with<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
        descriptors: Vec<OwnedFd>,
    ) -> Result<()> {
        if descriptors.is_empty() {
            return self.send(message);
        }
        let count = u8::try_from(descriptors.len()).ok();
        let Some(count) = count.filter(|count| usize::from(*count) <= MAX_DESCRIPTORS) else {
            return Err(Error::too_many_descriptors(SEND, descriptors.len()));
        };
        // What is left of an earlier message must not leave with them.
        self.write(FrameWriter::make_ready)?;
        self.frames.get_mut().attach(descriptors);
        let sent = self.send_tagged(&[WITH_DESCRIPTORS, count], message);
        if !self.frames.has_pending() {
            self.frames.get_mut().detach();
        }
        sent
    }

    fn send_tagged<T: Serialize + ?Sized>(&mut self, tag: &[u8], message: &T) -> Result<()> {
        let mut bytes = mem::take(&mut self.message);
        bytes.clear();
        // One or two, for which no function is called that a forked child would have to map.
        tag.iter().for_each(|byte| bytes.push(*byte));
        let sent = wire::encode_into(message, &mut bytes)
            .map_err(|error| Error::wire(SEND, error))
            .and_then(|()| self.write(|frames| frames.write_frame(&bytes)));
        if bytes.capacity() <= LARGEST_KEPT {
            self.message = bytes;
        }
        sent
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
        self.write(|frames| frames.write_frame_parts(&tagged))
    }

    /// Lets one writer at a time at the socket, and none behind a half of another's frame.
    fn write(
        &mut self,
        write: impl FnOnce(&mut FrameWriter<Outgoing>) -> wire::Result<()>,
    ) -> Result<()> {
        if self.closed {
            return Err(Error::closed(SEND));
        }
        let frame = self.end.begin_frame();
        let mut half_written = frame.map_err(|error| Error::system(SEND, error))?;
        if *half_written && !self.half_written {
            return Err(Error::system(SEND, io::Error::other(ANOTHER_IS_HALF_WAY)));
        }
        let written = write(&mut self.frames);
        self.closed = matches!(&written, Err(error) if error.is_disconnected());
        self.half_written =
            self.frames.has_pending() || matches!(&written, Err(error) if broke(error));
        *half_written = self.half_written;
        written.map_err(|error| Error::wire(SEND, error))
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
        self.write(FrameWriter::flush_pending)
    }

    /// Sets how long a send may wait for the other side to read; `None` is for ever. A send that meets
    /// the limit fails with `is_timeout`, as on a non-blocking link: its rest is kept for
    /// [`flush_pending`](Self::flush_pending).
    ///
    /// # Errors
    ///
    /// When the socket refuses, or in a process other than the one that made this end.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.end
            .set_send_timeout(timeout)
            .map_err(|error| Error::system("set the link's time limit", error))
    }

    /// Tells the other side that no more messages will come: its next receive is `is_closed`.
    ///
    /// # Errors
    ///
    /// When the socket refuses, or in a process other than the one that made this end.
    pub fn finish(&mut self) -> Result<()> {
        self.end
            .shut_down()
            .map_err(|error| Error::system("end the link", error))
    }
}

/// Whether the socket itself failed, in the middle of a frame for all that is known.
fn broke(error: &wire::Error) -> bool {
    error.io_kind().is_some() && !error.is_timeout() && !error.is_busy()
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
        wire::decode(message).map_err(|error| Error::wire(RECEIVE, error))
    }

    /// Waits for the next message and gives it with the descriptors that came beside it, close-on-exec. Those of a message that
    /// is received by another method, or cannot be decoded, are closed.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv). When this process has no numbers left for the descriptors, the message is lost with them
    /// (EMFILE) and the link goes on with the next. When this end does not
    /// [take descriptors](Link::take_descriptors).
    pub fn recv_with<T: DeserializeOwned>(&mut self) -> Result<(T, Vec<OwnedFd>)> {
        let (message, descriptors) = self.next_message()?;
        let descriptors = descriptors.map_err(|error| Error::system(RECEIVE, error))?;
        let message = wire::decode(message).map_err(|error| Error::wire(RECEIVE, error))?;
        Ok((message, descriptors))
    }

    /// Waits for the next message and gives its encoded bytes, valid until the next call.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv); `is_decode` only when the frame is none of a link's.
    pub fn recv_bytes(&mut self) -> Result<&[u8]> {
        Ok(self.next_message()?.0)
    }

    fn next_message(&mut self) -> Result<(&[u8], io::Result<Vec<OwnedFd>>)> {
        let frames = self.frames.get_or_insert_with(|| {
            let incoming = Incoming::new(self.end.clone(), self.arrivals.clone());
            Box::new(FrameReader::new(incoming).max_frame(LARGEST_FRAME))
        });
        let frame = frames.read_frame();
        let frame = frame.map_err(|error| Error::wire(RECEIVE, error))?;
        let descriptors = |count| match &self.arrivals {
            Some(arrivals) => arrivals.take(count),
            None if count == 0 => Ok(Vec::new()),
            None => Err(io::Error::other(NO_DESCRIPTORS)),
        };
        match frame {
            [MESSAGE, message @ ..] => Ok((message, descriptors(0))),
            [WITH_DESCRIPTORS, count, message @ ..] => {
                Ok((message, descriptors(usize::from(*count))))
            }
            [PANIC, report @ ..] => Err(carried_panic(report)),
            other => Err(Error::unknown_tag(RECEIVE, other.first().copied())),
        }
    }

    /// Whether a whole message has been read already, which a poll of the descriptor would miss.
    #[must_use]
    pub fn has_buffered(&self) -> bool {
        let frames = self.frames.as_ref();
        frames.is_some_and(|frames| frames.has_buffered_frame())
    }

    /// The descriptor, for [`poll_readable`](crate::poll_readable).
    ///
    /// # Errors
    ///
    /// In a process other than the one that made this end.
    pub fn as_fd(&self) -> Result<BorrowedFd<'_>> {
        let fd = self.end.as_fd();
        fd.map_err(|error| Error::system("use the link", error))
    }

    /// Makes this end non-blocking, in both directions: a receive with no whole message ready fails
    /// with `is_timeout` and loses nothing.
    ///
    /// # Errors
    ///
    /// When the system refuses, or in a process other than the one that made this end.
    pub fn set_nonblocking(&mut self, nonblocking: bool) -> Result<()> {
        self.end
            .set_nonblocking(nonblocking)
            .map_err(|error| Error::system("switch the link's blocking mode", error))
    }
}

fn carried_panic(report: &[u8]) -> Error {
    match wire::decode(report) {
        Ok(report) => Error::panicked("go on", report),
        Err(error) => Error::wire("read the report of a panic", error),
    }
}
