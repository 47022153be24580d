//! `threading.Condition`.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::contract::{Lock, Outcome};

/// A condition variable over a lock that the caller made, and may share with other conditions.
pub trait Condition: Debug + Send + Sync + Sized + 'static {
    /// The lock that goes with it.
    type Lock: Lock;

    /// A condition over this lock.
    fn new(lock: Arc<Self::Lock>) -> Self;

    /// Releases the lock, waits for a notification and takes the lock again.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld), with the lock as it was.
    fn wait(&self) -> Outcome;

    /// Like [`wait`](Condition::wait), at most so long. The caller holds the lock afterwards,
    /// whatever the outcome.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld),
    /// [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn wait_timeout(&self, limit: Duration) -> Outcome;

    /// Waits until the predicate holds. It is called with the lock held, first before any waiting.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld).
    fn wait_for(&self, predicate: impl FnMut() -> bool) -> Outcome;

    /// Like [`wait_for`](Condition::wait_for), at most so long in all. The predicate's last value
    /// decides, so one that became true without a notification counts.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld),
    /// [`TimedOut`](crate::contract::Refusal::TimedOut) if the predicate does not hold at the end.
    fn wait_for_timeout(&self, limit: Duration, predicate: impl FnMut() -> bool) -> Outcome;

    /// Wakes the `count` workers that have waited longest, or all if they are fewer.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld).
    fn notify(&self, count: usize) -> Outcome;

    /// Wakes all that wait.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld).
    fn notify_all(&self) -> Outcome;
}
