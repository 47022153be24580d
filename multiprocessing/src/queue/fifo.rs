//! The queue.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use manyways_shared_memory::Ring;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{GetError, PutError};
use super::item::{self, Arriving, with_bytes};
use crate::sync::travel::{Travelling, arrive, depart};
use crate::sync::{SyncError, deadline};

/// A first-in, first-out queue of items between processes: Python's `multiprocessing.Queue`.
///
/// All clones are the same queue; any number of processes and threads put and get. See the [module](crate::queue) for what is
/// better than in Python.
///
/// ```
/// use multiprocessing::Queue;
///
/// let queue = Queue::new()?;
/// let theirs = queue.clone();
/// let putter = manyways_process::Fork::new().run(move || {
///     theirs.put(&(42, "hello".to_owned())).unwrap();
/// })?;
/// assert_eq!(queue.get()?, (42, "hello".to_owned()));
/// # putter.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It travels over connections and with the arguments of processes. Items cannot be what lives in an open file.
pub struct Queue<T> {
    ring: Ring,
    items: PhantomData<fn(T) -> T>,
}

/// What a [`Queue`] is to be like.
#[must_use = "nothing is made until `build` is called"]
pub struct QueueBuilder<T> {
    pub(super) maxsize: Option<NonZeroU32>,
    pub(super) bytes: usize,
    items: PhantomData<fn(T) -> T>,
}

impl<T> QueueBuilder<T> {
    /// At most so many items; 0 for as many as its memory holds. More than 4 294 967 295 is no limit either.
    pub fn maxsize(mut self, items: usize) -> QueueBuilder<T> {
        self.maxsize = u32::try_from(items).ok().and_then(NonZeroU32::new);
        self
    }

    /// So many bytes of memory, 256 KiB unless said otherwise; rounded up to a power of two between 256 bytes and 512 MiB. It
    /// is the system's only as far as it has been used.
    pub fn bytes(mut self, bytes: usize) -> QueueBuilder<T> {
        self.bytes = bytes;
        self
    }

    /// The queue.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn build(self) -> Result<Queue<T>, SyncError> {
        let ring = Ring::new(self.bytes, self.maxsize)?;
        Ok(Queue::of(ring))
    }
}

impl<T> Queue<T> {
    /// An empty queue of as many items as go into 256 KiB.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new() -> Result<Queue<T>, SyncError> {
        Queue::builder().build()
    }

    /// An empty queue of at most so many items; 0 for no limit.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_maxsize(maxsize: usize) -> Result<Queue<T>, SyncError> {
        Queue::builder().maxsize(maxsize).build()
    }

    pub(super) fn ring(&self) -> &Ring {
        &self.ring
    }

    pub(super) fn of(ring: Ring) -> Queue<T> {
        Queue {
            ring,
            items: PhantomData,
        }
    }

    /// Says more about the queue to be.
    ///
    /// ```
    /// # use multiprocessing::Queue;
    /// let queue = Queue::builder().maxsize(3).bytes(1 << 20).build()?;
    /// queue.put(&"as large as half a mebibyte, in one piece".to_owned())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> QueueBuilder<T> {
        QueueBuilder {
            maxsize: None,
            bytes: Ring::CAPACITY,
            items: PhantomData,
        }
    }

    /// How many items are there. Others may change it at any time.
    #[must_use]
    pub fn qsize(&self) -> usize {
        self.ring.len()
    }

    /// Whether none is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether there is room for no item.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// How many items it holds at most, if that is limited.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        self.ring.maxsize().map(|items| items.get() as usize)
    }

    /// Ends the queue for all: puts fail from now on, gets go on until it is empty. (Python's `close` ends it for the calling
    /// process only; drop the handle for that.)
    pub fn close(&self) {
        self.ring.close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }
}

impl<T: Serialize> Queue<T> {
    /// Puts an item; waits for room.
    ///
    /// When it returns, the item is in the queue, whatever becomes of this process.
    ///
    /// # Errors
    ///
    /// If the item cannot be encoded, or the queue is closed; and see [`PutError`].
    pub fn put(&self, item: &T) -> Result<(), PutError> {
        self.put_until(item, None)
    }

    /// Puts an item if there is room: Python's `put_nowait`. One that goes through in pieces always waits for its reader.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`], and as [`put`](Self::put).
    pub fn try_put(&self, item: &T) -> Result<(), PutError> {
        self.put_until(item, Some(Instant::now()))
    }

    /// Puts an item; waits at most `timeout` for room.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`], and as [`put`](Self::put).
    pub fn put_timeout(&self, item: &T, timeout: Duration) -> Result<(), PutError> {
        self.put_until(item, deadline(timeout))
    }

    fn put_until(&self, item: &T, deadline: Option<Instant>) -> Result<(), PutError> {
        match item::short(item) {
            Some(short) => {
                let (bytes, length) = (short.bits().to_le_bytes(), short.length());
                Ok(self.ring.put_short(bytes, length, deadline)?)
            }
            None => self.put_long(item, deadline),
        }
    }

    fn put_long(&self, item: &T, deadline: Option<Instant>) -> Result<(), PutError> {
        with_bytes(|bytes| {
            item::encode(item, bytes)?;
            Ok(self.ring.put(&[bytes], deadline)?)
        })
    }
}

impl<T: DeserializeOwned> Queue<T> {
    /// Gets the first item; waits for one.
    ///
    /// # Errors
    ///
    /// If the queue is closed and empty; and see [`GetError`].
    pub fn get(&self) -> Result<T, GetError> {
        self.get_until(None)
    }

    /// Gets the first item if there is one: Python's `get_nowait`.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], and as [`get`](Self::get).
    pub fn try_get(&self) -> Result<T, GetError> {
        self.get_until(Some(Instant::now()))
    }

    /// Gets the first item; waits at most `timeout` for one.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], and as [`get`](Self::get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_until(deadline(timeout))
    }

    /// The items, until the queue is closed and empty.
    pub fn iter(&self) -> impl Iterator<Item = Result<T, GetError>> {
        until_closed(|| self.get())
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<T, GetError> {
        let mut item = Arriving::default();
        self.ring.get_pieces(&mut item, deadline)?;
        item.decode()
    }
}

pub(super) fn until_closed<T>(
    mut get: impl FnMut() -> Result<T, GetError>,
) -> impl Iterator<Item = Result<T, GetError>> {
    std::iter::from_fn(move || match get() {
        Err(error) if error.is_closed() => None,
        item => Some(item),
    })
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue::of(self.ring.clone())
    }
}

impl<T> Clone for QueueBuilder<T> {
    fn clone(&self) -> QueueBuilder<T> {
        QueueBuilder { ..*self }
    }
}

impl<T> fmt::Debug for QueueBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueBuilder")
            .field("maxsize", &self.maxsize)
            .field("bytes", &self.bytes)
            .finish()
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("qsize", &self.qsize())
            .field("maxsize", &self.maxsize())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

impl<T> Serialize for Queue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = depart(self.ring.place()).map_err(S::Error::custom)?;
        place.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Queue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Queue<T>, D::Error> {
        let place = Travelling::deserialize(deserializer)?;
        let ring = arrive(&place, Ring::at).map_err(D::Error::custom)?;
        Ok(Queue::of(ring))
    }
}
