//! The queue without a limit of its own.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::error::{GetError, PutError};
use super::fifo::Queue;
use crate::sync::SyncError;

/// A queue whose size only its memory limits: Python's `multiprocessing.SimpleQueue`. A [`Queue`] that can do less, and as in
/// Python's `queue.SimpleQueue` (not that of `multiprocessing`) a get may have a limit.
///
/// ```
/// use multiprocessing::SimpleQueue;
///
/// let queue = SimpleQueue::new()?;
/// queue.put(&"one")?;
/// # let queue: SimpleQueue<&str> = queue;
/// assert!(!queue.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct SimpleQueue<T> {
    queue: Queue<T>,
}

impl<T> SimpleQueue<T> {
    /// An empty queue.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<SimpleQueue<T>, SyncError> {
        let queue = Queue::new()?;
        Ok(SimpleQueue { queue })
    }

    /// As [`Queue::close`].
    pub fn close(&self) {
        self.queue.close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// How many items are there. Others may change it at any time.
    #[must_use]
    pub fn qsize(&self) -> usize {
        self.queue.qsize()
    }

    /// Whether no item is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl<T: Serialize> SimpleQueue<T> {
    /// Puts an item; waits for room.
    ///
    /// # Errors
    ///
    /// As [`Queue::put`].
    pub fn put(&self, item: &T) -> Result<(), PutError> {
        self.queue.put(item)
    }
}

impl<T: DeserializeOwned> SimpleQueue<T> {
    /// Gets the first item; waits for one.
    ///
    /// # Errors
    ///
    /// As [`Queue::get`].
    pub fn get(&self) -> Result<T, GetError> {
        self.queue.get()
    }

    /// Gets the first item if there is one.
    ///
    /// # Errors
    ///
    /// As [`Queue::try_get`].
    pub fn try_get(&self) -> Result<T, GetError> {
        self.queue.try_get()
    }

    /// Gets the first item; waits at most `timeout` for one.
    ///
    /// # Errors
    ///
    /// As [`Queue::get_timeout`].
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.queue.get_timeout(timeout)
    }
}

impl<T> Clone for SimpleQueue<T> {
    fn clone(&self) -> SimpleQueue<T> {
        SimpleQueue {
            queue: self.queue.clone(),
        }
    }
}

impl<T> fmt::Debug for SimpleQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleQueue")
            .field("qsize", &self.qsize())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
