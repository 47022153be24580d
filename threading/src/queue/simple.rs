//! First in, first out, and nothing else.

use std::fmt;

use super::blocking::Blocking;
use super::error::GetError;
use super::iter::Iter;
use super::list::List;
use crate::seam::const_fn;
use crate::wait::Limit;

/// A queue without a bound, an end or tasks: what is put first is got first. Python's `queue.SimpleQueue`.
///
/// A put never waits and never fails; it locks nothing while nobody waits for items. It may be made while another one
/// of the same thread is under way, by a destructor say.
///
/// ```
/// use threading::SimpleQueue;
///
/// static LINES: SimpleQueue<String> = SimpleQueue::new();
///
/// let writer = std::thread::spawn(|| LINES.get());
/// LINES.put("a line of the log".into());
/// assert_eq!(writer.join().unwrap(), "a line of the log");
/// ```
///
/// What a thread did before it put an item is seen by the one that got it.
pub struct SimpleQueue<T> {
    inner: Blocking<List<T>>,
}

impl<T> SimpleQueue<T> {
    const_fn! {
        /// An empty queue.
        #[must_use]
        pub const fn new() -> SimpleQueue<T> {
            SimpleQueue {
                inner: Blocking::new(List::new()),
            }
        }
    }

    /// Puts an item in.
    #[inline]
    pub fn put(&self, item: T) {
        // Fails for queues that are full or were shut down, which this one cannot be.
        let _ = self.inner.try_put(item);
    }

    /// Takes the item out that was put first; waits for one.
    #[inline]
    pub fn get(&self) -> T {
        match self.inner.get() {
            Ok(item) => item,
            Err(_) => unreachable!("a queue that cannot be shut down gives an item in the end"),
        }
    }

    /// Takes the item out that was put first, if there is one now.
    ///
    /// # Errors
    ///
    /// If the queue is empty.
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.inner.try_get()
    }

    /// Takes the item out that was put first; waits for one within a limit.
    ///
    /// # Errors
    ///
    /// If there was none in time, or the token is cancelled.
    #[inline]
    pub fn get_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<T, GetError> {
        self.inner.get_timeout(limit.into())
    }

    /// What [`get`](SimpleQueue::get) gives, for ever.
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
}

impl<T> Default for SimpleQueue<T> {
    fn default() -> SimpleQueue<T> {
        SimpleQueue::new()
    }
}

impl<'a, T> IntoIterator for &'a SimpleQueue<T> {
    type Item = T;
    type IntoIter = Iter<'a, SimpleQueue<T>>;

    fn into_iter(self) -> Iter<'a, SimpleQueue<T>> {
        self.iter()
    }
}

impl<T> fmt::Debug for SimpleQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.debug_simple("SimpleQueue", f)
    }
}
