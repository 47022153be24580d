//! First in, first out.

use std::collections::VecDeque;
use std::fmt;

use super::blocking::Blocking;
use super::error::{GetError, PutError};
use super::iter::Iter;
use super::list::List;
use super::pile::Pile;
use super::ring::Ring;
use super::store::{Nothing, Rejected, Store};
use crate::error::MisuseError;
use crate::wait::{Limit, WaitError};

/// A queue between threads: what is put first is got first. Python's `queue.Queue`.
///
/// Threads share a queue as they share a mutex: by reference, in an [`Arc`](std::sync::Arc) or in a static.
///
/// ```
/// use threading::Queue;
///
/// let queue = Queue::new(100);
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         for path in queue.iter() {
///             println!("reading {path}");
///             queue.task_done().unwrap();
///         }
///     });
///     for path in ["a.txt", "b.txt"] {
///         queue.put(path).unwrap();
///     }
///     queue.join(); // Both have been read.
///     queue.shutdown(); // The worker's loop ends.
/// });
/// ```
///
/// # Bound
///
/// At most [`maxsize`](Queue::maxsize) items are in the queue; there is no limit if that is 0. (Python takes negative
/// numbers for 0.) A bounded queue has its memory from the start, for the next power of two of slots, if that is at
/// most 16 MiB; beyond, it grows with its items, and a put and a get lock a mutex once each. An unbounded one grows and
/// shrinks with its items.
///
/// # Waiting
///
/// [`put`](Queue::put) waits while the queue is full, [`get`](Queue::get) while it is empty. Each has a form that does not wait
/// (Python's `put_nowait`, `get_nowait`) and one with a [`Limit`]: a time, a token, or both. An item goes to a thread that
/// is awake, if there is one, rather than to one that has slept for it longer; among those that sleep, the one that came
/// first is woken first.
///
/// # Tasks
///
/// Whoever got an item says by [`task_done`](Queue::task_done) that it has been worked on. [`join`](Queue::join) waits
/// until that is so for all that were put.
///
/// # End
///
/// After [`shutdown`](Queue::shutdown) nothing can be put; what is in the queue can still be got, and then every get
/// fails at once. [`shutdown_immediate`](Queue::shutdown_immediate) throws away what is in the queue too.
///
/// # Cost
///
/// Nothing is locked and no system call is made while nobody has to wait, but for bounds as large as that: a put and a get
/// are a few atomic operations each.
/// What a thread did before it put an item is seen by the one that got it; what was done before `task_done`, by those that
/// joined.
pub struct Queue<T> {
    inner: Blocking<Fifo<T>>,
}

impl<T> Queue<T> {
    /// A queue for at most `maxsize` items; without a limit if that is 0.
    #[must_use]
    pub fn new(maxsize: usize) -> Queue<T> {
        Queue {
            inner: Blocking::new(Fifo::new(maxsize)),
        }
    }

    /// Puts an item in; waits for room.
    ///
    /// # Errors
    ///
    /// If the queue was shut down before there was room.
    #[inline]
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        self.inner.put(item)
    }

    /// Puts an item in if there is room now.
    ///
    /// # Errors
    ///
    /// If the queue is full, or was shut down.
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        self.inner.try_put(item)
    }

    /// Puts an item in; waits for room within a limit.
    ///
    /// # Errors
    ///
    /// If there was no room in time, the token is cancelled, or the queue was shut down.
    #[inline]
    pub fn put_timeout<'a>(&self, item: T, limit: impl Into<Limit<'a>>) -> Result<(), PutError<T>> {
        self.inner.put_timeout(item, limit.into())
    }

    /// Takes the item that was put first out; waits for one.
    ///
    /// # Errors
    ///
    /// If the queue was shut down and nothing is left in it.
    #[inline]
    pub fn get(&self) -> Result<T, GetError> {
        self.inner.get()
    }

    /// Takes the item that was put first out if there is one now.
    ///
    /// # Errors
    ///
    /// If the queue is empty; it may have been shut down too, which the error says.
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.inner.try_get()
    }

    /// Takes the item that was put first out; waits for one within a limit.
    ///
    /// # Errors
    ///
    /// If there was none in time, the token is cancelled, or the queue was shut down and nothing is left in it.
    #[inline]
    pub fn get_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<T, GetError> {
        self.inner.get_timeout(limit.into())
    }

    /// What [`get`](Queue::get) gives, until the queue is shut down and nothing is left in it.
    #[must_use = "an iterator gets nothing until it is asked to"]
    pub fn iter(&self) -> Iter<'_, Self> {
        Iter::new(self)
    }

    /// How many items are in the queue at this moment.
    #[must_use]
    pub fn qsize(&self) -> usize {
        self.inner.len()
    }

    /// Whether nothing is in the queue at this moment.
    #[must_use]
    pub fn empty(&self) -> bool {
        self.qsize() == 0
    }

    /// Whether there is no room at this moment.
    #[must_use]
    pub fn full(&self) -> bool {
        self.inner.is_full()
    }

    /// How many items can be in the queue. 0 is no limit.
    #[must_use]
    pub fn maxsize(&self) -> usize {
        self.inner.maxsize()
    }

    /// Says that an item that was got has been worked on. The last one lets those go who [`join`](Queue::join).
    ///
    /// # Errors
    ///
    /// If as many items were done as were put; names the line of the call. Python raises `ValueError`.
    #[inline]
    #[track_caller]
    pub fn task_done(&self) -> Result<(), MisuseError> {
        self.inner.task_done()
    }

    /// How many items were put and are neither done nor thrown away. Python's attribute of this name.
    #[must_use]
    pub fn unfinished_tasks(&self) -> usize {
        self.inner.unfinished()
    }

    /// Waits until every item that was put is done, or was thrown away.
    ///
    /// Returns if there was such a moment, even if more was put after it.
    pub fn join(&self) {
        // Nothing ends this wait but what it is for.
        let _ = self.inner.join(Limit::NEVER);
    }

    /// As [`join`](Queue::join), within a limit. Python's has none.
    ///
    /// # Errors
    ///
    /// If it was not so in time, or the token is cancelled.
    pub fn join_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<(), WaitError> {
        self.inner.join(limit.into())
    }

    /// Ends the queue: nothing can be put any more, and when nothing is left nothing can be got.
    ///
    /// Who waits for room, or for an item, learns it at once. Who joins goes on waiting until all is done. Python's
    /// `shutdown()`.
    pub fn shutdown(&self) {
        self.inner.shutdown();
    }

    /// Ends the queue and throws away what is in it. All that is thrown away counts as done. Python's
    /// `shutdown(immediate=True)`.
    ///
    /// Nothing can be put or got any more, by those who wait either. Who joins waits for what was got before. The queue
    /// may have been shut down before. O(items).
    ///
    /// # Panics
    ///
    /// If the drop of an item does; the others are dropped all the same.
    pub fn shutdown_immediate(&self) {
        self.inner.shutdown_immediate();
    }

    /// Whether the queue was shut down, in one way or the other.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.inner.is_shutdown()
    }
}

impl<'a, T> IntoIterator for &'a Queue<T> {
    type Item = T;
    type IntoIter = Iter<'a, Queue<T>>;

    fn into_iter(self) -> Iter<'a, Queue<T>> {
        self.iter()
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.debug("Queue", f)
    }
}

/// The most memory, in bytes, that a ring may have for its slots from the start.
const RING: usize = 16 << 20;

/// A store for each kind of bound.
#[derive(Debug)]
enum Fifo<T> {
    Ring(Ring<T>),
    List(List<T>),
    Pile(Pile<VecDeque<T>>),
}

impl<T> Fifo<T> {
    fn new(maxsize: usize) -> Fifo<T> {
        match Ring::<T>::bytes(maxsize) {
            _ if maxsize == 0 => Fifo::List(List::new()),
            Some(..=RING) => Fifo::Ring(Ring::new(maxsize)),
            _ => Fifo::Pile(Pile::new(maxsize)),
        }
    }

    /// For what is not done for each item.
    fn store(&self) -> &dyn Store<Item = T> {
        match self {
            Fifo::Ring(ring) => ring,
            Fifo::List(list) => list,
            Fifo::Pile(pile) => pile,
        }
    }
}

impl<T> Store for Fifo<T> {
    type Item = T;

    #[inline]
    fn push(&self, item: T) -> Result<bool, Rejected<T>> {
        match self {
            Fifo::Ring(ring) => ring.push(item),
            Fifo::List(list) => list.push(item),
            Fifo::Pile(pile) => pile.push(item),
        }
    }

    #[inline]
    fn pop(&self) -> Result<(T, bool), Nothing> {
        match self {
            Fifo::Ring(ring) => ring.pop(),
            Fifo::List(list) => list.pop(),
            Fifo::Pile(pile) => pile.pop(),
        }
    }

    fn expect_item(&self) -> bool {
        self.store().expect_item()
    }

    fn forget_getters(&self) {
        self.store().forget_getters();
    }

    fn expect_room(&self) -> bool {
        self.store().expect_room()
    }

    fn forget_putters(&self) {
        self.store().forget_putters();
    }

    fn close(&self) {
        self.store().close();
    }

    fn is_closed(&self) -> bool {
        self.store().is_closed()
    }

    fn seal(&self) -> u64 {
        self.store().seal()
    }

    fn pop_sealed(&self) -> Option<T> {
        self.store().pop_sealed()
    }

    fn len(&self) -> usize {
        self.store().len()
    }

    fn puts(&self) -> u64 {
        self.store().puts()
    }

    fn capacity(&self) -> usize {
        self.store().capacity()
    }
}
