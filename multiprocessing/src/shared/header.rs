//! What a place with values begins with.

use bytemuck::Pod;
use manyways_shared_memory::Place;

use super::cell::Values;

/// Says what lies behind it, so that a place is never taken for another thing than it was made for: values with a lock are not
/// reached without it, and the lock not without them, whatever type a message is decoded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// Values without a lock.
    Raw,
    /// News, a lock, and values.
    Guarded,
}

impl Header {
    /// In bytes.
    pub(super) const SIZE: usize = 8;

    pub(super) fn write<T: Pod>(self, place: &Place) {
        if let Some(words) = Values::<u64>::at(place.slice(0, Header::SIZE)) {
            words.store(0, self.word::<T>());
        }
    }

    /// Whether the place begins with this, for values of this size.
    pub(super) fn is_in<T: Pod>(self, place: &Place) -> bool {
        place.len() >= Header::SIZE
            && Values::<u64>::at(place.slice(0, Header::SIZE))
                .is_some_and(|words| words.load(0) == self.word::<T>())
    }

    /// The lower half is no number of the objects in shared memory, which are small.
    fn word<T: Pod>(self) -> u64 {
        let name = match self {
            Header::Raw => *b"rawv",
            Header::Guarded => *b"valu",
        };
        u64::from(u32::from_le_bytes(name)) | (Values::<T>::SIZE as u64) << 32
    }
}
