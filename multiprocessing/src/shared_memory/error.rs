//! Why something could not be done with shared memory.

use std::{fmt, io, result};

/// A result of this module.
pub type Result<T> = result::Result<T, Error>;

/// What was tried, on what, and why it failed.
#[derive(Debug)]
pub struct Error {
    doing: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    System(io::Error),
    Misuse(String),
}

impl Error {
    pub(super) fn system(doing: impl Into<String>, error: impl Into<io::Error>) -> Error {
        Error {
            doing: doing.into(),
            kind: Kind::System(error.into()),
        }
    }

    pub(super) fn misuse(doing: impl Into<String>, why: impl Into<String>) -> Error {
        Error {
            doing: doing.into(),
            kind: Kind::Misuse(why.into()),
        }
    }

    /// There is no block of that name.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_system(io::ErrorKind::NotFound)
    }

    /// There is a block of that name already.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.is_system(io::ErrorKind::AlreadyExists)
    }

    /// Nothing failed but the request: a name that cannot be one, a value that does not fit its slot.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(self.kind, Kind::Misuse(_))
    }

    fn is_system(&self, kind: io::ErrorKind) -> bool {
        matches!(&self.kind, Kind::System(error) if error.kind() == kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { doing, kind } = self;
        match kind {
            Kind::System(error) => write!(f, "cannot {doing}: {error}"),
            Kind::Misuse(why) => write!(f, "cannot {doing}: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::System(error) => Some(error),
            Kind::Misuse(_) => None,
        }
    }
}
