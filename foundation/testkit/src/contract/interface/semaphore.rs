//! `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// A number of permits.
///
/// The suite [`semaphore`](crate::contract::semaphore) asks of both kinds what both must do;
/// [`unbounded_semaphore`](crate::contract::unbounded_semaphore) and
/// [`bounded_semaphore`](crate::contract::bounded_semaphore) ask for what differs.
pub trait Semaphore: Debug + Send + Sync + Sized + 'static {
    /// A semaphore with so many permits.
    fn new(permits: usize) -> Self;

    /// Waits for a permit and takes it.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn acquire(&self) -> Outcome;

    /// Takes a permit if there is one.
    ///
    /// # Errors
    /// [`WouldBlock`](crate::contract::Refusal::WouldBlock).
    fn try_acquire(&self) -> Outcome;

    /// Waits for a permit, at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn acquire_timeout(&self, limit: Duration) -> Outcome;

    /// Adds permits, whoever took any; all of them or none.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::contract::Refusal::InvalidValue) for no permits;
    /// [`OverRelease`](crate::contract::Refusal::OverRelease) of a bounded semaphore that would
    /// exceed what it began with.
    fn release(&self, permits: usize) -> Outcome;

    /// Runs `body` while the caller holds a permit by way of the implementation's guard.
    ///
    /// # Panics
    /// If the body does; the guard has given the permit back then.
    fn with<R>(&self, body: impl FnOnce() -> R) -> R;
}

/// A semaphore that never has more permits than at the start.
pub trait BoundedSemaphore: Semaphore {}
