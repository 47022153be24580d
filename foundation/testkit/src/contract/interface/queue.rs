//! `queue.Queue`, its two siblings, and `queue.SimpleQueue`.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// Which item leaves next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The oldest: `Queue`.
    Fifo,
    /// The youngest: `LifoQueue`.
    Lifo,
    /// The smallest: `PriorityQueue`.
    Priority,
}

/// A queue with a limit, a count of unfinished items, and an end.
pub trait Queue<T>: Debug + Send + Sync + Sized + 'static {
    /// Which item leaves next.
    const ORDER: Order;

    /// A queue for at most so many items; without a limit if that is 0.
    fn new(max_size: usize) -> Self;

    /// Waits for a place and puts the item there.
    ///
    /// # Errors
    /// [`ShutDown`](crate::contract::Refusal::ShutDown), also while it waits.
    fn put(&self, item: T) -> Outcome;

    /// Puts the item if there is a place.
    ///
    /// # Errors
    /// [`Full`](crate::contract::Refusal::Full), [`ShutDown`](crate::contract::Refusal::ShutDown).
    fn try_put(&self, item: T) -> Outcome;

    /// Waits for a place, at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut),
    /// [`ShutDown`](crate::contract::Refusal::ShutDown).
    fn put_timeout(&self, item: T, limit: Duration) -> Outcome;

    /// Waits for an item and takes it.
    ///
    /// # Errors
    /// [`ShutDown`](crate::contract::Refusal::ShutDown) once nothing is left to take.
    fn get(&self) -> Outcome<T>;

    /// Takes an item if there is one.
    ///
    /// # Errors
    /// [`Empty`](crate::contract::Refusal::Empty), [`ShutDown`](crate::contract::Refusal::ShutDown)
    /// as for [`get`](Queue::get).
    fn try_get(&self) -> Outcome<T>;

    /// Waits for an item, at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut),
    /// [`ShutDown`](crate::contract::Refusal::ShutDown) as for [`get`](Queue::get).
    fn get_timeout(&self, limit: Duration) -> Outcome<T>;

    /// How many items are there.
    fn qsize(&self) -> usize;

    /// Whether there are none.
    fn empty(&self) -> bool;

    /// Whether there is no place; never without a limit.
    fn full(&self) -> bool;

    /// Reports an item that was taken as done.
    ///
    /// # Errors
    /// [`OverDone`](crate::contract::Refusal::OverDone) if as many were reported as were put.
    fn task_done(&self) -> Outcome;

    /// Waits until all items that were put are reported done, or were thrown away by a shutdown.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn join(&self) -> Outcome;

    /// Ends the queue: no item enters any more. What is in it may still be taken, or is thrown away
    /// and counted as done if `immediate`.
    fn shutdown(&self, immediate: bool);

    /// Whether it was shut down.
    fn is_shutdown(&self) -> bool;
}

/// A queue without a limit, whose `put` never waits: first in, first out.
pub trait SimpleQueue<T>: Debug + Send + Sync + Sized + 'static {
    /// An empty queue.
    fn new() -> Self;

    /// Puts the item.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn put(&self, item: T) -> Outcome;

    /// Waits for an item and takes it.
    ///
    /// # Errors
    /// None that the suite provokes.
    fn get(&self) -> Outcome<T>;

    /// Takes an item if there is one.
    ///
    /// # Errors
    /// [`Empty`](crate::contract::Refusal::Empty).
    fn try_get(&self) -> Outcome<T>;

    /// Waits for an item, at most so long.
    ///
    /// # Errors
    /// [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn get_timeout(&self, limit: Duration) -> Outcome<T>;

    /// How many items are there.
    fn qsize(&self) -> usize;

    /// Whether there are none.
    fn empty(&self) -> bool;
}
