//! A meeting point.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manyways_shared_memory as memory;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{BarrierError, SyncError, deadline};
use super::travel;
use crate::attachments;

/// A place where a number of processes wait for each other: Python's `multiprocessing.Barrier`.
///
/// One that dies while it waits breaks the barrier for all, as one whose time is up does. One that dies before it comes is not
/// known; a limit bounds the wait for it.
///
/// ```
/// use multiprocessing::Barrier;
///
/// let barrier = Barrier::new(2)?;
/// let theirs = barrier.clone();
/// let other = manyways_process::Fork::new().run(move || theirs.wait().unwrap())?;
/// let mine = barrier.wait()?;
/// assert_eq!(mine + other.join()?, 0 + 1, "each party has its own number");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Barrier {
    raw: memory::Barrier,
    action: Option<Arc<dyn Fn() + Send + Sync>>,
    timeout: Option<Duration>,
}

impl Barrier {
    /// The highest number of parties.
    pub const MAX_PARTIES: usize = memory::Barrier::MAX_PARTIES;

    /// A barrier for so many parties.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    ///
    /// # Panics
    ///
    /// For none, or more than [`MAX_PARTIES`](Self::MAX_PARTIES).
    pub fn new(parties: usize) -> Result<Barrier, SyncError> {
        Ok(Barrier {
            raw: memory::Barrier::new(parties)?,
            action: None,
            timeout: None,
        })
    }

    /// Has the last party that comes run this, while the others wait on. If it panics the barrier is broken.
    ///
    /// It runs in that party's process. A barrier with an action goes to forked processes, and does not travel in messages.
    #[must_use]
    pub fn action(mut self, action: impl Fn() + Send + Sync + 'static) -> Barrier {
        self.action = Some(Arc::new(action));
        self
    }

    /// The limit of each [`wait`](Self::wait) on this handle and its clones.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Barrier {
        self.timeout = Some(timeout);
        self
    }

    /// Waits until all parties have come. Gives which one this is: 0 for the first that came in this round, and so on.
    ///
    /// # Errors
    ///
    /// If the barrier is broken, by a limit, an abort, a reset, or the death of one that waited; or this process cannot take
    /// part.
    ///
    /// # Panics
    ///
    /// If the action does, here.
    pub fn wait(&self) -> Result<usize, BarrierError> {
        self.wait_within(self.timeout)
    }

    /// As [`wait`](Self::wait), at most so long; then the barrier is broken.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BarrierError> {
        self.wait_within(Some(timeout))
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Result<usize, BarrierError> {
        let act = || {
            if let Some(action) = &self.action {
                action();
            }
        };
        self.raw.wait(timeout.and_then(deadline), act)
    }

    /// Makes it as new. Those who wait learn that it is broken.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn reset(&self) -> Result<(), SyncError> {
        self.raw.reset().map_err(SyncError::Unavailable)
    }

    /// Breaks it, for those who wait and all who come, until it is [reset](Self::reset).
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn abort(&self) -> Result<(), SyncError> {
        self.raw.abort().map_err(SyncError::Unavailable)
    }

    /// How many must come.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.raw.parties()
    }

    /// How many wait at this moment.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.raw.waiting()
    }

    /// Whether it is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.raw.is_broken()
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("n_waiting", &self.n_waiting())
            .field("broken", &self.is_broken())
            .finish_non_exhaustive()
    }
}

impl Serialize for Barrier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.action.is_some() {
            let why =
                attachments::refuse("a barrier's action is a closure, which stays in its program");
            return Err(S::Error::custom(why));
        }
        let place = travel::depart(self.raw.place()).map_err(S::Error::custom)?;
        (place, self.timeout).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Barrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Barrier, D::Error> {
        let (place, timeout) = Deserialize::deserialize(deserializer)?;
        let raw = travel::arrive(&place, memory::Barrier::at);
        Ok(Barrier {
            raw: raw.map_err(serde::de::Error::custom)?,
            action: None,
            timeout,
        })
    }
}
