//! How calls end, in words that the suite can compare.

use std::fmt;

/// What a call of an implementation gives: a value, or why there is none.
pub type Outcome<T = ()> = Result<T, Refusal>;

/// Why a call did not do what it was asked for.
///
/// Implementations have error types of their own; an adapter translates. What the suite never
/// provokes has no word here: an adapter that meets such an error panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A call that may not block would have had to.
    WouldBlock,
    /// The limit passed first.
    TimedOut,
    /// The caller does not hold what it releases, waits with or notifies.
    NotHeld,
    /// A bounded semaphore would have had more permits than at the start.
    OverRelease,
    /// No such object or call makes sense: a barrier for nobody, a release of no permits.
    InvalidValue,
    /// The barrier is broken.
    Broken,
    /// The barrier's action failed in this worker.
    ActionFailed,
    /// A queue has no place for the item, and the call may not block.
    Full,
    /// A queue has no item, and the call may not block.
    Empty,
    /// The queue was shut down.
    ShutDown,
    /// More items were reported done than were put.
    OverDone,
    /// The thread was started before.
    StartedTwice,
    /// The thread has not been started.
    NotStarted,
    /// A thread waits for its own end.
    JoinsItself,
    /// What may be set only before the start was set after it.
    AlreadyStarted,
    /// The thread ended by a panic.
    Panicked,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Refusal {}
