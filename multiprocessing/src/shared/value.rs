//! One value under a lock.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use bytemuck::Pod;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cell::Held;
use super::guarded::{Guarded, limit};
use super::travel;
use crate::sync::{LockError, SyncError};

/// A plain value that processes share, with a lock: Python's `multiprocessing.Value`.
///
/// ```
/// use multiprocessing::Value;
///
/// let counter = Value::new(0_u64)?;
/// let theirs = counter.clone();
/// let adder = manyways_process::Fork::new().run(move || {
///     for _ in 0..1000 {
///         *theirs.lock().unwrap() += 1; // Python's `with v.get_lock(): v.value += 1`
///     }
/// })?;
/// for _ in 0..1000 {
///     *counter.lock().unwrap() += 1;
/// }
/// adder.join()?;
/// assert_eq!(counter.get()?, 2000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The value is [`Pod`]: its bits are all valid, it holds no pointers. Numbers and arrays of them are; for structs see
/// [`bytemuck`](https://docs.rs/bytemuck). It has a byte at least, and no alignment above that of a page:
///
/// ```compile_fail
/// let nothing = multiprocessing::Value::new(()); // error: a value without a byte cannot be shared
/// ```
///
/// # When a holder dies
///
/// The next [`lock`](Self::lock) says so and gives the guard, since the value may be half changed.
/// [`get`](Self::get) and [`set`](Self::set) go on and leave the news to the next `lock`.
///
/// A guard belongs to the process that took the lock. A forked process that inherits one must not use it: it takes the lock
/// itself.
#[derive(Clone)]
pub struct Value<T: Pod> {
    guarded: Guarded<T>,
}

impl<T: Pod> Value<T> {
    /// A new value.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new(value: T) -> Result<Value<T>, SyncError> {
        let guarded = Guarded::new(1)?;
        let new = Value { guarded };
        new.set(value)?;
        Ok(new)
    }

    /// A copy of it.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    ///
    /// # Panics
    ///
    /// If this thread holds its guard.
    pub fn get(&self) -> Result<T, SyncError> {
        self.guarded.briefly(|values| values[0])
    }

    /// Replaces it.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    ///
    /// # Panics
    ///
    /// If this thread holds its guard.
    pub fn set(&self, value: T) -> Result<(), SyncError> {
        self.guarded.briefly(|values| values[0] = value)
    }

    /// Takes the lock; waits while another thread or process holds it.
    ///
    /// # Errors
    ///
    /// If a holder died (with the guard), or this process cannot take part.
    ///
    /// # Panics
    ///
    /// If this thread holds it.
    pub fn lock(&self) -> Result<ValueGuard<'_, T>, LockError<ValueGuard<'_, T>>> {
        self.lock_until(None)
    }

    /// Takes the lock unless another living thread or process holds it.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it is held.
    ///
    /// # Panics
    ///
    /// If this thread holds it.
    pub fn try_lock(&self) -> Result<ValueGuard<'_, T>, LockError<ValueGuard<'_, T>>> {
        self.lock_until(Some(Instant::now()))
    }

    /// Takes the lock; waits at most `timeout`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock); [`SyncError::TimedOut`] if it was held so long.
    ///
    /// # Panics
    ///
    /// If this thread holds it.
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<ValueGuard<'_, T>, LockError<ValueGuard<'_, T>>> {
        self.lock_until(limit(timeout))
    }

    fn lock_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<ValueGuard<'_, T>, LockError<ValueGuard<'_, T>>> {
        let guard = |held| ValueGuard { held };
        let locked = self.guarded.lock(deadline);
        locked.map(guard).map_err(|error| error.map(guard))
    }
}

impl<T: Pod> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value")
            .field("lock", self.guarded.raw_lock())
            .finish_non_exhaustive()
    }
}

impl<T: Pod> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        travel::serialize(self.guarded.place(), serializer)
    }
}

impl<'de, T: Pod> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value<T>, D::Error> {
        travel::deserialize(deserializer, |place| {
            let guarded = Guarded::at(place)?;
            Ok(guarded
                .filter(|guarded| guarded.len() == 1)
                .map(|guarded| Value { guarded }))
        })
    }
}

/// A [`Value`] whose lock is held: the way to it. Releases the lock when it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct ValueGuard<'a, T: Pod> {
    held: Held<'a, T>,
}

impl<T: Pod> Deref for ValueGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held[0]
    }
}

impl<T: Pod> DerefMut for ValueGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held[0]
    }
}
