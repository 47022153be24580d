//! The error of connections.

use std::{error, fmt, io};

use manyways_wire as wire;

use super::address::Address;

/// The result of the operations of connections.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was tried with a connection or a listener, and why it failed.
///
/// Ask with the predicates, each of which stands for one of Python's exceptions; `Display` says what was tried, why it
/// failed and what to do.
#[derive(Debug)]
pub struct Error {
    attempt: Attempt,
    reason: Box<Reason>,
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    Send,
    Receive,
    Poll,
    Wait,
    MakePipe,
    Adopt,
    Close,
    Listen(Address),
    Accept(Address),
    Connect(Address),
}

#[derive(Debug)]
pub(crate) enum Reason {
    System(io::Error),
    Wire(wire::Error),
    /// An encrypted connection ended between two messages, and did not say so.
    Cut(wire::Error),
    /// The other side of a pipe is gone.
    Closed,
    /// The memory of a pipe.
    Corrupted,
    NotReadable,
    NotWritable,
    TimedOut,
    /// In the midst of a message that is being sent, the rest of which was kept.
    Pending,
    /// A message that is not sent, or was received and dropped.
    TooLong {
        length: u64,
        limit: u64,
    },
    /// A message that stays where it is.
    Announced {
        limit: u64,
    },
    BufferTooShort {
        message: Vec<u8>,
        room: usize,
    },
    /// An object in the message cannot travel with it.
    Attachment(String),
    NoConnection,
    NeedsKey,
    KeyWanted,
    ForeignUser(u32),
}

impl Error {
    pub(crate) fn new(attempt: Attempt, reason: Reason) -> Error {
        Error {
            attempt,
            reason: Box::new(reason),
        }
    }

    pub(crate) fn system(attempt: Attempt, error: impl Into<io::Error>) -> Error {
        Error::new(attempt, Reason::System(error.into()))
    }

    /// An error of the frames below a connection, whose messages are of at most `limit` bytes.
    pub(crate) fn wire(attempt: Attempt, error: wire::Error, limit: u64) -> Error {
        let reason = match error {
            error if error.is_timeout() => Reason::TimedOut,
            error if error.is_oversize() => Reason::Announced { limit },
            error if error.wants_encryption() => Reason::KeyWanted,
            error => Reason::Wire(error),
        };
        Error::new(attempt, reason)
    }

    fn wire_error(&self) -> Option<&wire::Error> {
        match &*self.reason {
            Reason::Wire(error) => Some(error),
            _ => None,
        }
    }

    /// `EOFError`, `ConnectionResetError`, `BrokenPipeError`: the other side has closed or is dead, and everything that it
    /// had sent whole has been received.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let gone = |error: &wire::Error| error.is_disconnected() && !error.is_truncated();
        self.is_cut()
            || matches!(*self.reason, Reason::Closed)
            || self.wire_error().is_some_and(gone)
    }

    /// An encrypted connection ended without the word for it: the other side was dropped without
    /// [`close`](super::Connection::close) or has died, or somebody on the line cut the connection and kept the last
    /// messages. This too [is closed](Self::is_closed).
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(*self.reason, Reason::Cut(_))
    }

    /// The other side died, or the connection was cut, in the middle of a message. What had arrived of it is dropped.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.wire_error().is_some_and(wire::Error::is_truncated)
    }

    /// A message is longer than it may be: [`recv_bytes_up_to`](super::Connection::recv_bytes_up_to) was told so, and the
    /// connection goes on with the next message; or the [limit](super::Connection::set_max_message) of the connection is
    /// lower. A message that exceeds that limit is not sent, and if it was announced by the other side it stays where it is.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        matches!(
            *self.reason,
            Reason::TooLong { .. } | Reason::Announced { .. }
        )
    }

    /// `BufferTooShort`: the message did not fit into the buffer. It is in [`into_message`](Self::into_message).
    #[must_use]
    pub fn is_buffer_too_short(&self) -> bool {
        matches!(*self.reason, Reason::BufferTooShort { .. })
    }

    /// The message that did not fit into a buffer, whole.
    #[must_use]
    pub fn into_message(self) -> Option<Vec<u8>> {
        match *self.reason {
            Reason::BufferTooShort { message, .. } => Some(message),
            _ => None,
        }
    }

    /// `AuthenticationError`: the two sides do not hold the same key, one has none, or the process at the other side belongs
    /// to another user.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(
            *self.reason,
            Reason::NeedsKey | Reason::KeyWanted | Reason::ForeignUser(_)
        ) || self.wire_error().is_some_and(wire::Error::is_auth)
    }

    /// A time limit passed. Nothing is lost: a receive goes on where it stopped, a send has sent nothing unless it
    /// [is pending](Self::is_pending). A handshake that was too slow is over.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &*self.reason {
            Reason::TimedOut | Reason::Pending => true,
            Reason::System(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    /// A time limit passed when a part of the message had gone out. Do not send it again: the rest is kept, and is the first that
    /// the next call sends, be it [`flush`](super::Connection::flush) or a send. This too [is a timeout](Self::is_timeout).
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(*self.reason, Reason::Pending)
    }

    /// The message, or an object in it, could not be turned into bytes. Nothing was sent.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        match &*self.reason {
            Reason::Attachment(_) => self.attempt == Attempt::Send,
            _ => self.wire_error().is_some_and(wire::Error::is_encode),
        }
    }

    /// A whole message came and is not what was asked for: it is of another type, or an object in it could not be taken in.
    /// It is gone, and the connection goes on with the next.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        match &*self.reason {
            Reason::Attachment(_) => self.attempt == Attempt::Receive,
            _ => self.wire_error().is_some_and(wire::Error::is_decode),
        }
    }

    /// The connection is one-way, and this the other way.
    #[must_use]
    pub fn is_wrong_way(&self) -> bool {
        matches!(*self.reason, Reason::NotReadable | Reason::NotWritable)
    }

    /// What the operating system said, if it is what failed.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &*self.reason {
            Reason::System(error) => Some(error.kind()),
            Reason::Wire(error) => error.io_kind(),
            _ => None,
        }
    }
}

impl Reason {
    /// Why the other side could not be reached.
    pub(crate) fn of_peer(error: io::Error) -> Reason {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Reason::Closed,
            _ => Reason::System(error),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::Send => f.write_str("send a message over a connection"),
            Attempt::Receive => f.write_str("receive a message over a connection"),
            Attempt::Poll => f.write_str("ask whether a connection has a message"),
            Attempt::Wait => f.write_str("wait for the first of several objects"),
            Attempt::MakePipe => f.write_str("make a pipe"),
            Attempt::Adopt => f.write_str("make a connection of an open file"),
            Attempt::Close => f.write_str("close a connection"),
            Attempt::Listen(address) => write!(f, "listen at {address}"),
            Attempt::Accept(address) => write!(f, "accept a connection at {address}"),
            Attempt::Connect(address) => write!(f, "connect to {address}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: {}", self.attempt, self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::System(error) => error.fmt(f),
            Reason::Wire(error) | Reason::Cut(error) => error.fmt(f),
            Reason::Closed => f.write_str("the other side has closed it, or is dead"),
            Reason::Corrupted => f.write_str(
                "its memory was overwritten by something else; make a new pipe, and look for the culprit",
            ),
            Reason::NotReadable => f.write_str("it is the sending end of a one-way connection"),
            Reason::NotWritable => f.write_str("it is the receiving end of a one-way connection"),
            Reason::TimedOut => f.write_str(
                "the time limit passed; the other side is slow, hangs, or expects something else",
            ),
            Reason::Pending => f.write_str(
                "the time limit passed in the midst of it; the rest is kept: call flush, or send something else, until it is gone",
            ),
            Reason::TooLong { length, limit } => {
                write!(f, "the message has {length} bytes, at most {limit} are allowed here")
            }
            Reason::Announced { limit } => write!(
                f,
                "the message is longer than {limit} bytes, the limit of this connection; if the other side is trusted, \
                 raise it with set_max_message on both sides"
            ),
            Reason::BufferTooShort { message, room } => write!(
                f,
                "the message has {} bytes and the buffer {room}; Error::into_message has the message",
                message.len()
            ),
            Reason::Attachment(why) => f.write_str(why),
            Reason::NoConnection => f.write_str("it is no connected stream socket"),
            Reason::NeedsKey => f.write_str(
                "other machines could reach it, so it needs an authkey: give one in the options, or take a loopback \
                 address or a UNIX socket",
            ),
            Reason::KeyWanted => {
                f.write_str("the other side wants an authkey: give the same one in the options")
            }
            Reason::ForeignUser(user) => write!(
                f,
                "the process at the other side belongs to the user with id {user}: give both sides the same authkey"
            ),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &*self.reason {
            Reason::System(error) => Some(error),
            Reason::Wire(error) | Reason::Cut(error) => Some(error),
            _ => None,
        }
    }
}
