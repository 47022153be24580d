//! The queue whose items are tasks.

use std::fmt;
use std::time::{Duration, Instant};

use manyways_shared_memory::TaskRing;
use manyways_wire as wire;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{GetError, JoinError, PutError, TaskDoneError};
use super::fifo::{Queue, QueueBuilder};
use super::item::with_bytes;
use crate::sync::travel::{Travelling, arrive, depart};
use crate::sync::{SyncError, deadline};

/// A [`Queue`] whose items are tasks: whoever has got one says when it is [done](Self::task_done), and others
/// [wait](Self::join) until all are. Python's `multiprocessing.JoinableQueue`.
///
/// ```
/// use multiprocessing::JoinableQueue;
///
/// let numbers = JoinableQueue::new()?;
/// let theirs = numbers.clone();
/// let worker = manyways_process::Fork::new().run(move || {
///     for number in theirs.iter() {
///         let number: u64 = number.unwrap();
///         assert!(number * number < 10_000);
///         theirs.task_done().unwrap();
///     }
/// })?;
/// for number in 0..100_u64 {
///     numbers.put(&number)?;
/// }
/// numbers.join()?; // All are checked.
/// numbers.shutdown(false)?;
/// # worker.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # When a process dies
///
/// The tasks that it had got and not done are lost; one that waits in [`join`](Self::join), or the next that comes, learns
/// [whose](JoinError::Lost) and how many these are. It is told once, and the queue goes on. (In Python `join` hangs for ever.) It is
/// known of 256 processes at a time which tasks they have.
pub struct JoinableQueue<T> {
    queue: Queue<T>,
    tasks: TaskRing,
}

impl<T> JoinableQueue<T> {
    /// An empty queue of as many items as go into 256 KiB.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<JoinableQueue<T>, SyncError> {
        Queue::builder().build_joinable()
    }

    /// An empty queue of at most so many items; 0 for no limit.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_maxsize(maxsize: usize) -> Result<JoinableQueue<T>, SyncError> {
        Queue::builder().maxsize(maxsize).build_joinable()
    }

    fn of(tasks: TaskRing) -> JoinableQueue<T> {
        JoinableQueue {
            queue: Queue::of(tasks.ring().clone()),
            tasks,
        }
    }

    /// How many items are there. Others may change it at any time.
    #[must_use]
    pub fn qsize(&self) -> usize {
        self.queue.qsize()
    }

    /// Whether none is there; some may still be worked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether there is room for no item.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// How many items it holds at most, if that is limited.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        self.queue.maxsize()
    }

    /// How many tasks are not done: those there, and those that processes have got. Others may change it at any time.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.tasks.unfinished()
    }

    /// Ends the queue for all: puts fail from now on. What is there can still be got, unless the end is `immediate`: then it is
    /// thrown away and counts as done. What was got is waited for in any case. An end can be made immediate later.
    ///
    /// An immediate one waits for puts and gets that are under way. (Python has this for `queue.Queue` only.)
    ///
    /// # Errors
    ///
    /// Of an immediate end: if the queue's memory was overwritten, or this process cannot take part.
    pub fn shutdown(&self, immediate: bool) -> Result<(), GetError> {
        self.queue.close();
        if immediate {
            self.tasks.discard()?;
        }
        Ok(())
    }

    /// Whether it was shut down.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.queue.is_closed()
    }

    /// Reports a task done: one that this process has got, or if it has none, one that another has.
    ///
    /// # Errors
    ///
    /// [`TaskDoneError::NoneTaken`] if nobody has one: Python's `ValueError`, which comes only once as many were reported as were
    /// put. If this process cannot take part.
    pub fn task_done(&self) -> Result<(), TaskDoneError> {
        Ok(self.tasks.done()?)
    }

    /// Waits until all tasks are done that were put, those too that are put meanwhile.
    ///
    /// # Errors
    ///
    /// If a process died with tasks, which is told once; or this process cannot take part.
    pub fn join(&self) -> Result<(), JoinError> {
        Ok(self.tasks.join(None)?)
    }

    /// As [`join`](Self::join), at most so long.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join); [`JoinError::TimedOut`].
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), JoinError> {
        Ok(self.tasks.join(deadline(timeout))?)
    }
}

impl<T: Serialize> JoinableQueue<T> {
    /// As [`Queue::put`].
    ///
    /// # Errors
    ///
    /// As [`Queue::put`].
    pub fn put(&self, item: &T) -> Result<(), PutError> {
        self.queue.put(item)
    }

    /// As [`Queue::try_put`].
    ///
    /// # Errors
    ///
    /// As [`Queue::try_put`].
    pub fn try_put(&self, item: &T) -> Result<(), PutError> {
        self.queue.try_put(item)
    }

    /// As [`Queue::put_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Queue::put_timeout`].
    pub fn put_timeout(&self, item: &T, timeout: Duration) -> Result<(), PutError> {
        self.queue.put_timeout(item, timeout)
    }
}

impl<T: DeserializeOwned> JoinableQueue<T> {
    /// As [`Queue::get`]. The item is a task of this process until it is done. One that cannot be [decoded](GetError::Decode) counts
    /// as done.
    ///
    /// # Errors
    ///
    /// As [`Queue::get`].
    pub fn get(&self) -> Result<T, GetError> {
        self.get_until(None)
    }

    /// As [`get`](Self::get) and [`Queue::try_get`].
    ///
    /// # Errors
    ///
    /// As [`Queue::try_get`].
    pub fn try_get(&self) -> Result<T, GetError> {
        self.get_until(Some(Instant::now()))
    }

    /// As [`get`](Self::get) and [`Queue::get_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Queue::get_timeout`].
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_until(deadline(timeout))
    }

    /// The items, until the queue is shut down and empty.
    pub fn iter(&self) -> impl Iterator<Item = Result<T, GetError>> {
        super::fifo::until_closed(|| self.get())
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<T, GetError> {
        let item = with_bytes(|bytes| {
            self.tasks.get(bytes, deadline)?;
            wire::decode(bytes).map_err(GetError::Decode)
        });
        if let Err(GetError::Decode(_)) = item {
            // It is this process's, which has taken part: there is one to be done.
            let _ = self.tasks.done();
        }
        item
    }
}

impl<T> QueueBuilder<T> {
    /// The queue, as one of tasks.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn build_joinable(self) -> Result<JoinableQueue<T>, SyncError> {
        let tasks = TaskRing::new(self.bytes, self.maxsize)?;
        Ok(JoinableQueue::of(tasks))
    }
}

impl<T> Clone for JoinableQueue<T> {
    fn clone(&self) -> JoinableQueue<T> {
        JoinableQueue::of(self.tasks.clone())
    }
}

impl<T> fmt::Debug for JoinableQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinableQueue")
            .field("qsize", &self.qsize())
            .field("unfinished", &self.unfinished())
            .field("maxsize", &self.maxsize())
            .field("shutdown", &self.is_shutdown())
            .finish_non_exhaustive()
    }
}

impl<T> Serialize for JoinableQueue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = depart(self.tasks.place()).map_err(S::Error::custom)?;
        place.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for JoinableQueue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JoinableQueue<T>, D::Error> {
        let place = Travelling::deserialize(deserializer)?;
        let tasks = arrive(&place, TaskRing::at).map_err(D::Error::custom)?;
        Ok(JoinableQueue::of(tasks))
    }
}
