//! What can go wrong.

use std::{error, fmt, io};

/// Why memory could not be shared.
#[derive(Debug)]
pub struct PlaceError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Creating {
        len: usize,
        error: io::Error,
    },
    Attaching(io::Error),
    Foreign(&'static str),
    Bounds {
        offset: usize,
        len: usize,
        segment: usize,
    },
    Object(&'static str),
}

impl PlaceError {
    pub(crate) fn creating(len: usize, error: io::Error) -> PlaceError {
        Kind::Creating { len, error }.into()
    }

    pub(crate) fn no_memory(len: usize) -> PlaceError {
        PlaceError::creating(len, io::ErrorKind::OutOfMemory.into())
    }

    pub(crate) fn attaching(error: io::Error) -> PlaceError {
        Kind::Attaching(error).into()
    }

    pub(crate) fn foreign(why: &'static str) -> PlaceError {
        Kind::Foreign(why).into()
    }

    pub(crate) fn bounds(offset: usize, len: usize, segment: usize) -> PlaceError {
        Kind::Bounds {
            offset,
            len,
            segment,
        }
        .into()
    }

    pub(crate) fn object(why: &'static str) -> PlaceError {
        Kind::Object(why).into()
    }

    /// Whether what came from another process is not what it should be: no segment, no place in it, or another object.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(
            self.kind,
            Kind::Foreign(_) | Kind::Bounds { .. } | Kind::Object(_)
        )
    }
}

impl From<Kind> for PlaceError {
    fn from(kind: Kind) -> PlaceError {
        PlaceError { kind }
    }
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Creating { len, error } => write!(
                f,
                "creating a shared segment for {len} bytes failed: {error}; are there descriptors and memory left?"
            ),
            Kind::Attaching(error) => write!(
                f,
                "mapping a shared segment of another process failed: {error}"
            ),
            Kind::Foreign(why) => write!(
                f,
                "the descriptor is not a shared segment of this library: {why}"
            ),
            Kind::Bounds {
                offset,
                len,
                segment,
            } => write!(
                f,
                "{len} bytes from {offset} are no place in a shared segment of {segment} bytes; \
                 use what `Place::parts` gave"
            ),
            Kind::Object(why) => write!(
                f,
                "the shared memory does not hold what was asked for: {why}"
            ),
        }
    }
}

impl error::Error for PlaceError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            Kind::Creating { error, .. } | Kind::Attaching(error) => Some(error),
            Kind::Foreign(_) | Kind::Bounds { .. } | Kind::Object(_) => None,
        }
    }
}

/// Why this process cannot take part in a segment: others could not know of its death.
///
/// The first call of a process to any object in a segment takes a descriptor, by way of `/proc/self/fd`, and one of 1024 places
/// for processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeError {
    errno: i32,
}

impl LifeError {
    pub(crate) fn new(errno: i32) -> LifeError {
        LifeError { errno }
    }

    /// Whether 1024 other processes take part.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.errno == libc::EUSERS
    }

    /// The system's reason.
    #[must_use]
    pub fn os_error(self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

impl From<&io::Error> for LifeError {
    fn from(error: &io::Error) -> LifeError {
        LifeError::new(error.raw_os_error().unwrap_or(libc::EIO))
    }
}

impl fmt::Display for LifeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.errno {
            libc::EUSERS => "1024 processes take part already",
            libc::EMFILE | libc::ENFILE => "no descriptor is free; raise the limit or close some",
            libc::ENOENT => "is /proc mounted?",
            _ => "see the reason",
        };
        let reason = self.os_error();
        write!(
            f,
            "taking part in a shared segment failed: {reason}; {advice}"
        )
    }
}

impl error::Error for LifeError {}

/// Why a wait ended without what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitError {
    /// The deadline has passed; from a `try_` call, it would have had to wait.
    TimedOut,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl WaitError {
    /// Whether the deadline has passed.
    #[must_use]
    pub fn is_timed_out(self) -> bool {
        self == WaitError::TimedOut
    }
}

impl From<LifeError> for WaitError {
    fn from(error: LifeError) -> WaitError {
        WaitError::NoLife(error)
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitError::TimedOut => f.write_str("the time was up"),
            WaitError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for WaitError {}

/// A call that the object's state does not allow. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misuse {
    /// The release of a lock that nobody holds.
    NotHeld,
    /// The release of a reentrant lock by a thread that does not hold it.
    NotOwner,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::NotHeld => "release of a lock that nobody holds; acquire it first",
            Misuse::NotOwner => "release of a reentrant lock by a thread that does not hold it",
        })
    }
}

impl error::Error for Misuse {}
