//! Why a put or a get did nothing.

use std::{error, fmt};

use super::store::{Nothing, Rejected};
use crate::wait::WaitError;

/// Why, of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    Full,
    Empty,
    Shutdown,
    Waited(WaitError),
}

impl Reason {
    fn explain(self) -> &'static str {
        match self {
            Reason::Full => "the queue is full; put waits for room",
            Reason::Empty => "the queue is empty; get waits for an item",
            Reason::Shutdown => "the queue was shut down",
            Reason::Waited(WaitError::TimedOut) => "the time was over before",
            Reason::Waited(WaitError::Cancelled) => "the wait was cancelled through its token",
        }
    }
}

impl From<WaitError> for Reason {
    fn from(why: WaitError) -> Reason {
        Reason::Waited(why)
    }
}

/// An item was not put into a queue. Gives it back.
///
/// Python raises `Full` or `ShutDown`.
///
/// ```
/// use threading::Queue;
///
/// let queue = Queue::new(1);
/// queue.put("first")?;
/// let error = queue.try_put("second").unwrap_err();
/// assert!(error.is_full());
/// assert_eq!(error.into_item(), "second");
/// # Ok::<(), threading::PutError<&str>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PutError<T> {
    reason: Reason,
    item: T,
}

impl<T> PutError<T> {
    #[inline]
    pub(super) fn new(reason: Reason, item: T) -> PutError<T> {
        PutError { reason, item }
    }

    /// Whether the queue had no room at once.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.reason == Reason::Full
    }

    /// Whether the queue takes no items any more.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.reason == Reason::Shutdown
    }

    /// Whether the queue had no room in time.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.reason == Reason::Waited(WaitError::TimedOut)
    }

    /// Whether the token was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.reason == Reason::Waited(WaitError::Cancelled)
    }

    /// The item.
    #[must_use]
    pub fn item(&self) -> &T {
        &self.item
    }

    /// Gives the item back.
    #[must_use]
    pub fn into_item(self) -> T {
        self.item
    }
}

impl<T> From<Rejected<T>> for PutError<T> {
    #[inline]
    fn from(rejected: Rejected<T>) -> PutError<T> {
        match rejected {
            Rejected::Full(item) => PutError::new(Reason::Full, item),
            Rejected::Closed(item) => PutError::new(Reason::Shutdown, item),
        }
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the item was not put: {}", self.reason.explain())
    }
}

/// Shows the reason, not the item.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

impl<T> error::Error for PutError<T> {}

/// No item was got from a queue.
///
/// Python raises `Empty` or `ShutDown`.
///
/// ```
/// use std::time::Duration;
/// use threading::Queue;
///
/// let queue = Queue::<u32>::new(0);
/// assert!(queue.try_get().unwrap_err().is_empty());
/// assert!(queue.get_timeout(Duration::from_millis(1)).unwrap_err().is_timed_out());
/// queue.shutdown();
/// assert!(queue.get().unwrap_err().is_shutdown());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GetError {
    reason: Reason,
}

impl GetError {
    /// Whether there was no item at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reason == Reason::Empty
    }

    /// Whether there will be no item any more.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.reason == Reason::Shutdown
    }

    /// Whether there was no item in time.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.reason == Reason::Waited(WaitError::TimedOut)
    }

    /// Whether the token was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.reason == Reason::Waited(WaitError::Cancelled)
    }
}

impl From<Nothing> for GetError {
    #[inline]
    fn from(nothing: Nothing) -> GetError {
        let reason = match nothing {
            Nothing::Empty => Reason::Empty,
            Nothing::Closed => Reason::Shutdown,
        };
        GetError { reason }
    }
}

impl From<WaitError> for GetError {
    fn from(why: WaitError) -> GetError {
        let reason = why.into();
        GetError { reason }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no item was got: {}", self.reason.explain())
    }
}

impl fmt::Debug for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GetError({self})")
    }
}

impl error::Error for GetError {}
