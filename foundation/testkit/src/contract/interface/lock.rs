//! `threading.Lock` and `threading.RLock`.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// What locks of both kinds have in common.
///
/// The suite [`lock`](crate::contract::lock) asks of both kinds what both must do;
/// [`plain_lock`](crate::contract::plain_lock) is for the kind that is taken once and released by
/// anyone, [`rlock`](crate::contract::rlock) for [`RLock`].
pub trait Lock: Debug + Send + Sync + Sized + 'static {
    /// A lock that nobody holds.
    fn new() -> Self;

    /// Waits until the caller holds the lock.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn acquire(&self) -> Outcome;

    /// Takes the lock if that needs no waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](crate::contract::Refusal::WouldBlock).
    fn try_acquire(&self) -> Outcome;

    /// Waits until the caller holds the lock, at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn acquire_timeout(&self, limit: Duration) -> Outcome;

    /// Gives the lock back: the bare call, without a guard.
    ///
    /// # Errors
    /// [`NotHeld`](crate::contract::Refusal::NotHeld), of a plain lock when it is free, of a
    /// recursive one also when another worker holds it.
    fn release(&self) -> Outcome;

    /// Whether anyone holds the lock.
    fn locked(&self) -> bool;

    /// Runs `body` while the caller holds the lock by way of the implementation's guard.
    ///
    /// # Panics
    /// If the body does; the guard has released the lock then.
    fn with<R>(&self, body: impl FnOnce() -> R) -> R;
}

/// A lock that its holder may take again.
pub trait RLock: Lock {
    /// How often the calling worker holds the lock now; 0 when it does not.
    fn recursion_count(&self) -> usize;
}
