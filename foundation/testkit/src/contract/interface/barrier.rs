//! `threading.Barrier`.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// What one of the parties runs before all go on.
pub type Action = Box<dyn Fn() + Send + Sync>;

/// A place where a number of workers wait for each other.
pub trait Barrier: Debug + Send + Sync + Sized + 'static {
    /// A barrier for so many parties, with an action, and a limit for every
    /// [`wait`](Barrier::wait).
    ///
    /// # Errors
    /// [`InvalidValue`](crate::contract::Refusal::InvalidValue) for no parties.
    fn build(parties: usize, action: Option<Action>, limit: Option<Duration>) -> Outcome<Self>;

    /// A barrier for so many parties.
    ///
    /// # Errors
    /// As [`build`](Barrier::build).
    fn new(parties: usize) -> Outcome<Self> {
        Self::build(parties, None, None)
    }

    /// Waits for the others and returns the caller's index, each below `parties` once in every
    /// round.
    ///
    /// # Errors
    /// [`Broken`](crate::contract::Refusal::Broken), also when the limit passed, since that breaks
    /// the barrier for all; [`ActionFailed`](crate::contract::Refusal::ActionFailed) or a panic in
    /// the worker whose action panicked.
    fn wait(&self) -> Outcome<usize>;

    /// Like [`wait`](Barrier::wait), with a limit in place of the barrier's own.
    ///
    /// # Errors
    /// As [`wait`](Barrier::wait).
    fn wait_timeout(&self, limit: Duration) -> Outcome<usize>;

    /// Makes the barrier empty and whole; those who wait get
    /// [`Broken`](crate::contract::Refusal::Broken).
    fn reset(&self);

    /// Breaks the barrier for all that wait and all that come, until it is reset.
    fn abort(&self);

    /// How many it takes.
    fn parties(&self) -> usize;

    /// How many wait now.
    fn n_waiting(&self) -> usize;

    /// Whether it is broken.
    fn broken(&self) -> bool;
}
