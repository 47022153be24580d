//! The results of a background process.

use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::Queue;
use crate::error::Result;

/// The results of the background process at an address, as they come. See
/// [`BackgroundCallable`](crate::BackgroundCallable).
///
/// Iterating takes each result from the process for good, and ends when the process has ended and all
/// has been taken. If it panicked or died, that is the last item, an error. If this program ends before,
/// the rest waits for the next one that connects.
///
/// [`PersistentQueue`](crate::PersistentQueue) is for several addresses at once.
#[derive(Debug)]
pub struct BackgroundQueue<R> {
    queue: Queue<'static, R>,
}

impl<R: DeserializeOwned + 'static> BackgroundQueue<R> {
    /// Connects to the process at `address`.
    ///
    /// # Errors
    ///
    /// As [`connect_persistent`](crate::connect_persistent).
    pub fn connect(address: impl AsRef<Path>) -> Result<BackgroundQueue<R>> {
        let mut queue = Queue::new();
        queue.connect(address)?;
        Ok(BackgroundQueue { queue })
    }

    /// As [`Queue::ready`].
    pub fn ready(&mut self, timeout: impl Into<Option<Duration>>) -> usize {
        self.queue.ready(timeout)
    }

    /// As [`Queue::unfinished`].
    #[must_use]
    pub fn unfinished(&self) -> bool {
        self.queue.unfinished()
    }
}

impl<R: DeserializeOwned + 'static> Iterator for BackgroundQueue<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        self.queue.next()
    }
}
