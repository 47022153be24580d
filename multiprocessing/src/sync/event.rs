//! A flag to wait for.

use std::fmt;
use std::time::Duration;

use manyways_shared_memory as memory;

use super::error::{SyncError, deadline};

/// A flag between processes: Python's `multiprocessing.Event`.
///
/// Nobody waits for those who were woken: that a process is killed while it waits, or as it is woken, is nothing to the
/// others. (In Python it makes `set` hang for ever.)
///
/// ```
/// use multiprocessing::Event;
///
/// let event = Event::new()?;
/// let theirs = event.clone();
/// let setter = manyways_process::Fork::new().run(move || theirs.set())?;
/// event.wait();
/// assert!(event.is_set());
/// # setter.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event {
    pub(super) raw: memory::Event,
}

impl Event {
    /// An event that is not set.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<Event, SyncError> {
        let raw = memory::Event::new()?;
        Ok(Event { raw })
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Sets it, and wakes all who wait.
    pub fn set(&self) {
        self.raw.set();
    }

    /// Unsets it.
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// Waits until it is set. Returns also if it is unset again right after that.
    pub fn wait(&self) {
        let _ = self.raw.wait(None); // Without a limit it is always set.
    }

    /// Waits at most `timeout`. False if the time was up.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.raw.wait(deadline(timeout))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}
