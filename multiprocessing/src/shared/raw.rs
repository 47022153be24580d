//! Values without a lock.

use std::fmt;

use bytemuck::Pod;
use manyways_shared_memory::Place;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cell::Values;
use super::header::Header;
use super::travel;
use crate::sync::SyncError;

/// A plain value that processes share, without a lock: Python's `sharedctypes.RawValue`.
///
/// A value of 1, 2, 4 or 8 bytes that is aligned like a number is read and written whole. Of any other, what one process reads
/// while another writes may be some mixture of old and new bytes.
///
/// ```
/// use multiprocessing::RawValue;
///
/// let best = RawValue::new(f64::INFINITY)?;
/// best.set(1.5);
/// assert_eq!(best.clone().get(), 1.5);
/// # Ok::<(), multiprocessing::SyncError>(())
/// ```
#[derive(Clone)]
pub struct RawValue<T: Pod> {
    array: RawArray<T>,
}

/// Plain values that processes share, without a lock: Python's `sharedctypes.RawArray`. Each is as in a [`RawValue`].
///
/// ```
/// use multiprocessing::RawArray;
///
/// let array = RawArray::from_slice(&[1_u8, 2, 3])?;
/// array.set(1, 20);
/// assert_eq!(array.to_vec(), [1, 20, 3]);
/// # Ok::<(), multiprocessing::SyncError>(())
/// ```
#[derive(Clone)]
pub struct RawArray<T: Pod> {
    values: Values<T>,
    place: Place,
}

impl<T: Pod> RawValue<T> {
    /// A new value.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn new(value: T) -> Result<RawValue<T>, SyncError> {
        let array = RawArray::from_slice(&[value])?;
        Ok(RawValue { array })
    }

    /// A copy of it.
    #[must_use]
    pub fn get(&self) -> T {
        self.array.get(0)
    }

    /// Replaces it.
    pub fn set(&self, value: T) {
        self.array.set(0, value);
    }
}

impl<T: Pod> RawArray<T> {
    /// The offset of the first value.
    const FIRST: usize = Header::SIZE.next_multiple_of(Values::<T>::ALIGN);

    /// `None` if there are no such values.
    fn at(place: Place) -> Option<RawArray<T>> {
        if place.len() < Self::FIRST || !Header::Raw.is_in::<T>(&place) {
            return None;
        }
        let values = Values::at(place.slice(Self::FIRST, place.len() - Self::FIRST));
        values.map(|values| RawArray { values, place })
    }

    /// So many values, all 0.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    #[allow(
        clippy::missing_panics_doc,
        reason = "the memory is made for the values"
    )]
    pub fn zeroed(len: usize) -> Result<RawArray<T>, SyncError> {
        let size = Values::<T>::size(len).and_then(|size| size.checked_add(Self::FIRST));
        let place = Place::new(size.unwrap_or(usize::MAX), Values::<T>::ALIGN)?;
        Header::Raw.write::<T>(&place);
        Ok(RawArray::at(place).expect("a place that was made for values holds values"))
    }

    /// Copies of these values.
    ///
    /// # Errors
    ///
    /// If there is no shared memory for it.
    pub fn from_slice(values: &[T]) -> Result<RawArray<T>, SyncError> {
        let array = RawArray::zeroed(values.len())?;
        for (index, value) in values.iter().enumerate() {
            array.set(index, *value);
        }
        Ok(array)
    }

    /// How many values, always.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it was made of no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of a value.
    ///
    /// # Panics
    ///
    /// If there is no such index.
    #[must_use]
    pub fn get(&self, index: usize) -> T {
        self.values.load(index)
    }

    /// Replaces a value.
    ///
    /// # Panics
    ///
    /// If there is no such index.
    pub fn set(&self, index: usize, value: T) {
        self.values.store(index, value);
    }

    /// Copies of all values, one after the other.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        (0..self.len()).map(|index| self.get(index)).collect()
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for RawValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawValue").field(&self.get()).finish()
    }
}

impl<T: Pod> fmt::Debug for RawArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawArray")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<T: Pod> Serialize for RawArray<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        travel::serialize(&self.place, serializer)
    }
}

impl<'de, T: Pod> Deserialize<'de> for RawArray<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawArray<T>, D::Error> {
        travel::deserialize(deserializer, |place| Ok(RawArray::at(place)))
    }
}

impl<T: Pod> Serialize for RawValue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.array.serialize(serializer)
    }
}

impl<'de, T: Pod> Deserialize<'de> for RawValue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawValue<T>, D::Error> {
        let array = RawArray::deserialize(deserializer)?;
        match array.len() {
            1 => Ok(RawValue { array }),
            _ => Err(travel::misfit()),
        }
    }
}
