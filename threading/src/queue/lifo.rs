//! Last in, first out.

use std::fmt;

use super::blocking::Blocking;
use super::error::{GetError, PutError};
use super::iter::Iter;
use super::pile::Pile;
use crate::error::MisuseError;
use crate::wait::{Limit, WaitError};

/// A [`Queue`](crate::Queue) that gives what was put last. Python's `queue.LifoQueue`.
///
/// ```
/// use threading::LifoQueue;
///
/// let stack = LifoQueue::new(0);
/// for item in 1..=3 {
///     stack.put(item)?;
/// }
/// stack.shutdown();
/// assert!(stack.iter().eq([3, 2, 1]));
/// # Ok::<(), threading::PutError<i32>>(())
/// ```
///
/// Its items are under a mutex: a put and a get lock it once each. It grows with its items.
pub struct LifoQueue<T> {
    inner: Blocking<Pile<Vec<T>>>,
}

impl<T> LifoQueue<T> {
    /// A queue for at most `maxsize` items; without a limit if that is 0.
    #[must_use]
    pub fn new(maxsize: usize) -> LifoQueue<T> {
        LifoQueue {
            inner: Blocking::new(Pile::new(maxsize)),
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

    /// Takes the item that was put last out; waits for one.
    ///
    /// # Errors
    ///
    /// If the queue was shut down and nothing is left in it.
    #[inline]
    pub fn get(&self) -> Result<T, GetError> {
        self.inner.get()
    }

    /// Takes the item that was put last out if there is one now.
    ///
    /// # Errors
    ///
    /// If the queue is empty; it may have been shut down too, which the error says.
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.inner.try_get()
    }

    /// Takes the item that was put last out; waits for one within a limit.
    ///
    /// # Errors
    ///
    /// If there was none in time, the token is cancelled, or the queue was shut down and nothing is left in it.
    #[inline]
    pub fn get_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<T, GetError> {
        self.inner.get_timeout(limit.into())
    }

    /// What [`get`](LifoQueue::get) gives, until the queue is shut down and nothing is left in it.
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

    /// Says that an item that was got has been worked on. The last one lets those go who [`join`](LifoQueue::join).
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

    /// As [`join`](LifoQueue::join), within a limit. Python's has none.
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

impl<'a, T> IntoIterator for &'a LifoQueue<T> {
    type Item = T;
    type IntoIter = Iter<'a, LifoQueue<T>>;

    fn into_iter(self) -> Iter<'a, LifoQueue<T>> {
        self.iter()
    }
}

impl<T> fmt::Debug for LifoQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.debug("LifoQueue", f)
    }
}
