//! The one error of this crate.

use crate::guard::Guard;
use crate::kind::{Kind, LinkFault, SecretFault};
use crate::secure::GREETING_MAGIC;
use std::any::type_name;
use std::fmt;
use std::io;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How many bytes of something that is no frame are shown.
const SHOWN: usize = 32;

/// Why a frame, a message or a link failed.
///
/// Its text says what was tried, why it failed and what to do about it; the predicates are for programs.
pub struct Error {
    kind: Box<Kind>,
}

impl Error {
    /// The peer closed the stream between two frames: a clean end.
    pub fn is_closed(&self) -> bool {
        matches!(*self.kind, Kind::Closed)
    }

    /// The stream ended where it should not: inside a frame, between a message and its bulk, in the middle of a
    /// handshake, or without an encrypted link's authenticated end. The peer died or the link was cut.
    pub fn is_truncated(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Truncated { .. }
                | Kind::CutBetweenMessageAndBulk
                | Kind::Link(LinkFault::ClosedDuring { .. } | LinkFault::Cut { .. })
        )
    }

    /// A frame is larger than the limit of the reader (announced by the peer) or of the writer (about to be sent), or
    /// the peer's greeting is too long.
    pub fn is_oversize(&self) -> bool {
        matches!(
            *self.kind,
            Kind::OversizeAnnounced { .. }
                | Kind::OversizeOutgoing { .. }
                | Kind::Link(LinkFault::LongGreeting { .. })
        )
    }

    /// The bytes are no frame or greeting (the peer speaks another language), or more bytes came than the message has.
    pub fn is_garbage(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Garbage { .. }
                | Kind::LeftOver { .. }
                | Kind::Link(LinkFault::OtherLanguage { .. })
        )
    }

    /// The bytes are no frame but the greeting of a peer that wants an encrypted link: see
    /// [`SecureStream`](crate::SecureStream). Counts as [`is_garbage`](Self::is_garbage) too.
    pub fn wants_encryption(&self) -> bool {
        matches!(&*self.kind, Kind::Garbage { first } if first.starts_with(&GREETING_MAGIC))
    }

    /// The stream was not ready ([`WouldBlock`](io::ErrorKind::WouldBlock)) or a time limit passed
    /// ([`TimedOut`](io::ErrorKind::TimedOut)), or a handshake met its deadline.
    ///
    /// Of frames nothing is lost: a reader goes on with the next call, a writer with
    /// [`flush_pending`](crate::FrameWriter::flush_pending). A handshake cannot go on.
    ///
    /// `ETIMEDOUT` from the kernel is no timeout in this sense: it says that a TCP connection is dead, so it counts as
    /// [`is_disconnected`](Self::is_disconnected).
    pub fn is_timeout(&self) -> bool {
        match &*self.kind {
            Kind::Io { source, .. } => is_not_ready(source),
            Kind::Link(LinkFault::Deadline { .. }) => true,
            _ => false,
        }
    }

    /// A frame was refused because an earlier one is still pending and the stream takes no more now. Nothing of the
    /// refused frame was kept.
    pub fn is_busy(&self) -> bool {
        matches!(*self.kind, Kind::Busy { .. })
    }

    /// A message could not be turned into bytes.
    pub fn is_encode(&self) -> bool {
        matches!(*self.kind, Kind::Encode { .. })
    }

    /// A frame came whole but is not the expected message.
    pub fn is_decode(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Decode { .. } | Kind::Costly { .. } | Kind::LeftOver { .. }
        )
    }

    /// The two sides of an encrypted link hold different secrets, or a record is not the peer's.
    pub fn is_auth(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Link(LinkFault::WrongSecret { .. } | LinkFault::Forged { .. })
        )
    }

    /// The two sides of an encrypted link speak different versions of it.
    pub fn is_version(&self) -> bool {
        matches!(*self.kind, Kind::Link(LinkFault::Version { .. }))
    }

    /// The two sides of an encrypted link name different protocols, or have the same role.
    pub fn is_protocol(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Link(LinkFault::OtherProtocol { .. } | LinkFault::SameRole)
        )
    }

    /// A secret could not be made, read or written.
    pub fn is_secret(&self) -> bool {
        matches!(*self.kind, Kind::Secret(_))
    }

    /// The peer is gone, however it went: closed, truncated, or reported by the stream (reset, broken pipe, ...).
    pub fn is_disconnected(&self) -> bool {
        use io::ErrorKind as E;
        match &*self.kind {
            Kind::Io { source, .. } if !is_not_ready(source) => matches!(
                source.kind(),
                E::BrokenPipe
                    | E::ConnectionAborted
                    | E::ConnectionReset
                    | E::NotConnected
                    | E::TimedOut
                    | E::UnexpectedEof
            ),
            _ => self.is_closed() || self.is_truncated(),
        }
    }

    /// The kind of the operating system's own error, when that is what failed.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &*self.kind {
            Kind::Io { source, .. } | Kind::Secret(SecretFault::File { source, .. }) => {
                Some(source.kind())
            }
            Kind::Busy { source } => source.io_kind(),
            _ => None,
        }
    }

    fn new(kind: Kind) -> Self {
        Error {
            kind: Box::new(kind),
        }
    }

    /// An error of the stream's. An encrypted stream's holds an [`Error`], which says more than any wrapping could.
    pub(crate) fn io(doing: &'static str, source: io::Error) -> Self {
        match source.downcast::<Error>() {
            Ok(error) => error,
            Err(source) => Error::new(Kind::Io { doing, source }),
        }
    }

    /// The error as one of a stream's, to be unpacked by [`Error::io`].
    pub(crate) fn into_io(self, kind: io::ErrorKind) -> io::Error {
        io::Error::new(kind, self)
    }

    pub(crate) fn link(fault: LinkFault) -> Self {
        Error::new(Kind::Link(fault))
    }

    pub(crate) fn secret(fault: SecretFault) -> Self {
        Error::new(Kind::Secret(fault))
    }

    pub(crate) fn closed() -> Self {
        Error::new(Kind::Closed)
    }

    pub(crate) fn truncated(part: &'static str, got: usize, of: usize) -> Self {
        Error::new(Kind::Truncated { part, got, of })
    }

    /// A clean end is none when a message is still waiting for its bulk.
    pub(crate) fn between_message_and_bulk(self) -> Self {
        match *self.kind {
            Kind::Closed => Error::new(Kind::CutBetweenMessageAndBulk),
            _ => self,
        }
    }

    pub(crate) fn oversize_announced(length: u64, limit: u64) -> Self {
        Error::new(Kind::OversizeAnnounced { length, limit })
    }

    pub(crate) fn oversize_outgoing(length: u64, limit: u64) -> Self {
        Error::new(Kind::OversizeOutgoing { length, limit })
    }

    pub(crate) fn garbage(bytes: &[u8]) -> Self {
        let first = bytes[..bytes.len().min(SHOWN)].to_vec();
        Error::new(Kind::Garbage { first })
    }

    pub(crate) fn left_over<T>(rest: &[u8], of: usize) -> Self {
        let name = type_name::<T>();
        Error::new(Kind::LeftOver {
            name,
            rest: rest.len(),
            of,
        })
    }

    pub(crate) fn encode<T: ?Sized>(source: postcard::Error) -> Self {
        let name = type_name::<T>();
        Error::new(Kind::Encode { name, source })
    }

    pub(crate) fn decode<T>(of: usize, guard: &Guard<'_>, source: postcard::Error) -> Self {
        let name = type_name::<T>();
        let at = guard.position();
        Error::new(match guard.exceeded.get() {
            Some(limit) => Kind::Costly {
                name,
                at,
                of,
                limit,
            },
            None => Kind::Decode {
                name,
                at,
                of,
                source,
            },
        })
    }

    /// What hinders the pending frame, told to the caller whose new frame is refused for it.
    pub(crate) fn refused_while_busy(self) -> Self {
        if self.is_timeout() {
            Error::new(Kind::Busy { source: self })
        } else {
            self
        }
    }

    pub(crate) fn broken() -> Self {
        Error::new(Kind::Broken)
    }
}

/// Only the kernel attaches an error number to `TimedOut`, and it means a dead TCP connection.
pub(crate) fn is_not_ready(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::WouldBlock => true,
        io::ErrorKind::TimedOut => error.raw_os_error().is_none(),
        _ => false,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.kind {
            Kind::Io { source, .. } => Some(source),
            Kind::Encode { source, .. } | Kind::Decode { source, .. } => Some(source),
            Kind::Busy { source } => Some(source),
            Kind::Link(LinkFault::Crypto { source }) => Some(source),
            Kind::Secret(SecretFault::File { source, .. }) => Some(source),
            Kind::Secret(SecretFault::Derivation(source)) => Some(source),
            _ => None,
        }
    }
}
