//! The error of this crate.

use std::{error, fmt, io};

use crate::{MAX_DESCRIPTORS, PanicReport};

/// What went wrong with a child process or the link to it.
///
/// Ask with the predicates; `Display` says what was tried and why it failed.
#[derive(Debug)]
pub struct Error {
    attempted: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    System(io::Error),
    Wire(manyways_wire::Error),
    Panicked(Box<PanicReport>),
    /// The tag, unless the frame is empty.
    UnknownTag(Option<u8>),
    Remote(String),
    Closed,
    /// The role of the workers that the program does not know.
    Uninitialised(&'static str),
}

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn system(attempted: &'static str, error: impl Into<io::Error>) -> Error {
        Error {
            attempted,
            kind: Kind::System(error.into()),
        }
    }

    pub(crate) fn wire(attempted: &'static str, error: manyways_wire::Error) -> Error {
        Error {
            attempted,
            kind: Kind::Wire(error),
        }
    }

    pub(crate) fn panicked(attempted: &'static str, report: PanicReport) -> Error {
        Error {
            attempted,
            kind: Kind::Panicked(Box::new(report)),
        }
    }

    pub(crate) fn unknown_tag(attempted: &'static str, tag: Option<u8>) -> Error {
        Error {
            attempted,
            kind: Kind::UnknownTag(tag),
        }
    }

    /// The other side was found to be gone before.
    pub(crate) fn closed(attempted: &'static str) -> Error {
        Error {
            attempted,
            kind: Kind::Closed,
        }
    }

    pub(crate) fn uninitialised(attempted: &'static str, role: &'static str) -> Error {
        Error {
            attempted,
            kind: Kind::Uninitialised(role),
        }
    }

    pub(crate) fn too_many_descriptors(attempted: &'static str, count: usize) -> Error {
        let reason = format!("{count} descriptors are beside it, of at most {MAX_DESCRIPTORS}");
        let error = io::Error::new(io::ErrorKind::InvalidInput, reason);
        Error::system(attempted, error)
    }

    /// An error of the child's that arrived as text.
    pub(crate) fn remote(reason: String) -> Error {
        Error {
            attempted: "carry a value over",
            kind: Kind::Remote(reason),
        }
    }

    /// Whether the other side is gone: its end of the link is closed, between two messages or in
    /// the middle of one, or the connection broke. The child's exit says why.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match &self.kind {
            Kind::Wire(error) => error.is_disconnected(),
            Kind::Closed => true,
            _ => false,
        }
    }

    /// Whether the link would have had to wait: it is non-blocking, or its time limit passed.
    /// Nothing is lost; the same call goes on where it stopped.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.kind, Kind::Wire(error) if error.is_timeout())
    }

    /// Whether a non-blocking link refused the message because the rest of an earlier one is still
    /// to be sent. Nothing of this one was kept.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(&self.kind, Kind::Wire(error) if error.is_busy())
    }

    /// Whether the message itself could not be encoded. Nothing was sent, the link is as before.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        matches!(&self.kind, Kind::Wire(error) if error.is_encode())
    }

    /// Whether a whole message came but is not of the expected type, or not from a [`Link`](crate::Link).
    /// The link is as before.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        match &self.kind {
            Kind::Wire(error) => error.is_decode(),
            Kind::UnknownTag(_) => true,
            _ => false,
        }
    }

    /// Whether this program cannot be [run again](crate::Rerun), as it has not called [`worker`](crate::worker).
    #[must_use]
    pub fn is_uninitialised(&self) -> bool {
        matches!(self.kind, Kind::Uninitialised(_))
    }

    /// The panic that ended the child's body, if that is what came over the link.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.kind {
            Kind::Panicked(report) => Some(report),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: ", self.attempted)?;
        match &self.kind {
            Kind::System(error) => error.fmt(f),
            Kind::Wire(error) => error.fmt(f),
            Kind::Panicked(report) => write!(f, "the child {report}"),
            Kind::Remote(reason) => reason.fmt(f),
            Kind::UnknownTag(Some(tag)) => {
                write!(
                    f,
                    "the message starts with the unknown tag {tag}; is the other side a link too?"
                )
            }
            Kind::UnknownTag(None) => {
                f.write_str("the message is empty; is the other side a link too?")
            }
            Kind::Closed => f.write_str("the other side is gone"),
            Kind::Uninitialised(role) => write!(
                f,
                "it would not know there that it is a worker; call {role}::init() as the first line of main \
                 (in a file of tests: {role}::enable_test_support!())"
            ),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            Kind::System(error) => Some(error),
            Kind::Wire(error) => Some(error),
            Kind::Panicked(_)
            | Kind::UnknownTag(_)
            | Kind::Remote(_)
            | Kind::Closed
            | Kind::Uninitialised(_) => None,
        }
    }
}
