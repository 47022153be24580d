//! Misuse.

use std::panic::Location;
use std::{error, fmt};

/// A call that its object's state does not allow, such as the release of a lock that nobody holds.
///
/// Python raises `RuntimeError` or `ValueError`. Nothing was changed. The error names the line of the call that was
/// wrong:
///
/// ```
/// use threading::Lock;
///
/// let lock = Lock::new(());
/// let misuse = lock.release().unwrap_err();
/// assert_eq!(misuse.location().file(), file!());
/// assert!(misuse.to_string().starts_with("release of a lock that is not held, at "));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MisuseError {
    what: &'static str,
    instead: &'static str,
    location: &'static Location<'static>,
}

impl MisuseError {
    /// `what` was wrong, and what to do `instead`. The place is that of the first caller that is not marked
    /// `#[track_caller]`.
    #[cold]
    #[track_caller]
    pub(crate) fn new(what: &'static str, instead: &'static str) -> MisuseError {
        MisuseError {
            what,
            instead,
            location: Location::caller(),
        }
    }

    /// Where the call is.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Display for MisuseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MisuseError {
            what,
            instead,
            location,
        } = self;
        write!(f, "{what}, at {location}; {instead}")
    }
}

/// As `Display`, since `unwrap` shows this.
impl fmt::Debug for MisuseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MisuseError({self})")
    }
}

impl error::Error for MisuseError {}
