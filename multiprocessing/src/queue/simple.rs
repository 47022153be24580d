//! The queue without frills.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::error::{GetError, PutError};
use super::fifo::Queue;
use crate::sync::SyncError;

/// A queue without limits of time and number: Python's `multiprocessing.SimpleQueue`. A [`Queue`] that can less.
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
#[derive(Debug, Serialize, Deserialize)]
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
}

impl<T> Clone for SimpleQueue<T> {
    fn clone(&self) -> SimpleQueue<T> {
        SimpleQueue {
            queue: self.queue.clone(),
        }
    }
}
