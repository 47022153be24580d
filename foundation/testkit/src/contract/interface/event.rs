//! `threading.Event`.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// A flag to wait for.
pub trait Event: Debug + Send + Sync + Sized + 'static {
    /// An event that is not set.
    fn new() -> Self;

    /// Whether it is set.
    fn is_set(&self) -> bool;

    /// Sets it and wakes all that wait, even if it is cleared before they run.
    fn set(&self);

    /// Clears it.
    fn clear(&self);

    /// Returns at once if it is set, or else waits until it has been.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn wait(&self) -> Outcome;

    /// Like [`wait`](Event::wait), at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn wait_timeout(&self, limit: Duration) -> Outcome;
}
