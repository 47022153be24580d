//! The one error of this crate.

use crate::guard::Guard;
use crate::kind::Kind;
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

    /// The stream ended inside a frame, or between a message and its bulk: the peer died or the link was cut.
    pub fn is_truncated(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Truncated { .. } | Kind::CutBetweenMessageAndBulk
        )
    }

    /// A frame is larger than the limit of the reader (announced by the peer) or of the writer (about to be sent).
    pub fn is_oversize(&self) -> bool {
        matches!(
            *self.kind,
            Kind::OversizeAnnounced { .. } | Kind::OversizeOutgoing { .. }
        )
    }

    /// The bytes are no frame (the peer speaks another protocol), or more bytes came than the message has.
    pub fn is_garbage(&self) -> bool {
        matches!(*self.kind, Kind::Garbage { .. } | Kind::LeftOver { .. })
    }

    /// The stream was not ready ([`WouldBlock`](io::ErrorKind::WouldBlock)) or a time limit passed
    /// ([`TimedOut`](io::ErrorKind::TimedOut)). Nothing is lost: a reader goes on with the next call, a writer with
    /// [`flush_pending`](crate::FrameWriter::flush_pending).
    ///
    /// `ETIMEDOUT` from the kernel is no timeout in this sense: it says that a TCP connection is dead, so it counts as
    /// [`is_disconnected`](Self::is_disconnected).
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.kind, Kind::Io { source, .. } if is_not_ready(source))
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

    /// The peer is gone, however it went: closed, truncated, or reported as such by the stream (reset, broken pipe, ...).
    pub fn is_disconnected(&self) -> bool {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut, UnexpectedEof,
        };
        match &*self.kind {
            Kind::Closed | Kind::Truncated { .. } | Kind::CutBetweenMessageAndBulk => true,
            Kind::Io { source, .. } if !is_not_ready(source) => matches!(
                source.kind(),
                BrokenPipe
                    | ConnectionAborted
                    | ConnectionReset
                    | NotConnected
                    | TimedOut
                    | UnexpectedEof
            ),
            _ => false,
        }
    }

    /// The kind of the stream's own error, when the stream gave one.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &*self.kind {
            Kind::Io { source, .. } => Some(source.kind()),
            Kind::Busy { source } => source.io_kind(),
            _ => None,
        }
    }

    fn new(kind: Kind) -> Self {
        Error {
            kind: Box::new(kind),
        }
    }

    pub(crate) fn io(doing: &'static str, source: io::Error) -> Self {
        Error::new(Kind::Io { doing, source })
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
fn is_not_ready(error: &io::Error) -> bool {
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
            _ => None,
        }
    }
}
