//! Several values under one lock.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use bytemuck::Pod;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cell::Held;
use super::guarded::{Guarded, limit};
use super::travel;
use crate::sync::{LockError, SyncError};

/// Plain values that processes share, as many as it was made of, with a lock: Python's `multiprocessing.Array`.
///
/// ```
/// use multiprocessing::Array;
///
/// let array = Array::from_slice(&[3, 1, 2])?;
/// let theirs = array.clone();
/// let sorter = manyways_process::Fork::new().run(move || theirs.lock().unwrap().sort())?;
/// sorter.join()?;
/// assert_eq!(array.to_vec()?, [1, 2, 3]);
/// assert_eq!(array.get(0)?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Under the lock it is a slice. For what values can be and what follows when a holder dies, see [`Value`](super::Value).
#[derive(Clone)]
pub struct Array<T: Pod> {
    guarded: Guarded<T>,
}

impl<T: Pod> Array<T> {
    /// So many values, all 0.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn zeroed(len: usize) -> Result<Array<T>, SyncError> {
        let guarded = Guarded::new(len)?;
        Ok(Array { guarded })
    }

    /// Copies of these values.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn from_slice(values: &[T]) -> Result<Array<T>, SyncError> {
        let array = Array::zeroed(values.len())?;
        array
            .guarded
            .briefly(|shared| shared.copy_from_slice(values))?;
        Ok(array)
    }

    /// How many values, always.
    #[must_use]
    pub fn len(&self) -> usize {
        self.guarded.len()
    }

    /// Whether it was made of no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of a value.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    ///
    /// # Panics
    ///
    /// If there is no such index, or this thread holds the guard.
    pub fn get(&self, index: usize) -> Result<T, SyncError> {
        self.guarded.briefly(|values| values[index])
    }

    /// Replaces a value.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    ///
    /// # Panics
    ///
    /// If there is no such index, or this thread holds the guard.
    pub fn set(&self, index: usize, value: T) -> Result<(), SyncError> {
        self.guarded.briefly(|values| values[index] = value)
    }

    /// Copies of all values, as they are at one moment.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    ///
    /// # Panics
    ///
    /// If this thread holds the guard.
    pub fn to_vec(&self) -> Result<Vec<T>, SyncError> {
        self.guarded.briefly(|values| values.to_vec())
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
    pub fn lock(&self) -> Result<ArrayGuard<'_, T>, LockError<ArrayGuard<'_, T>>> {
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
    pub fn try_lock(&self) -> Result<ArrayGuard<'_, T>, LockError<ArrayGuard<'_, T>>> {
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
    ) -> Result<ArrayGuard<'_, T>, LockError<ArrayGuard<'_, T>>> {
        self.lock_until(limit(timeout))
    }

    fn lock_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<ArrayGuard<'_, T>, LockError<ArrayGuard<'_, T>>> {
        let guard = |held| ArrayGuard { held };
        let locked = self.guarded.lock(deadline);
        locked.map(guard).map_err(|error| error.map(guard))
    }
}

impl<T: Pod> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array")
            .field("len", &self.len())
            .field("lock", self.guarded.raw_lock())
            .finish_non_exhaustive()
    }
}

impl<T: Pod> Serialize for Array<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        travel::serialize(self.guarded.place(), serializer)
    }
}

impl<'de, T: Pod> Deserialize<'de> for Array<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Array<T>, D::Error> {
        travel::deserialize(deserializer, |place| {
            let guarded = Guarded::at(place)?;
            Ok(guarded.map(|guarded| Array { guarded }))
        })
    }
}

/// An [`Array`] whose lock is held: a slice. Releases the lock when it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct ArrayGuard<'a, T: Pod> {
    held: Held<'a, T>,
}

impl<T: Pod> Deref for ArrayGuard<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.held
    }
}

impl<T: Pod> DerefMut for ArrayGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.held
    }
}
