//! A piece of a segment.

use std::fmt;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;

use crate::error::PlaceError;
use crate::segment::Segment;

/// A piece of shared memory. Copies are the same piece, in this process, in its forked children, and in every process
/// that got its [`parts`](Place::parts).
///
/// The memory goes when the last process has dropped its last place in a segment, or died: it has no name and cannot be
/// left behind. A process that has dropped its last place in a segment takes part in it no more: what it held there is held by
/// a dead one. Objects of up to 16 KiB share segments of 64 KiB; each segment takes two descriptors of a process.
///
/// ```
/// use manyways_shared_memory::Place;
///
/// let place = Place::new(100, 8)?;
/// let (descriptor, offset, len) = place.parts();
/// let same = Place::from_parts(descriptor.try_clone_to_owned()?, offset, len)?;
/// assert_eq!(same, place);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Place {
    segment: Arc<Segment>,
    offset: usize,
    len: usize,
}

impl Place {
    /// New memory, zeroed.
    ///
    /// # Errors
    ///
    /// If the system gives no descriptor or no memory.
    ///
    /// # Panics
    ///
    /// If the alignment is not a power of two, or above 4096.
    pub fn new(len: usize, align: usize) -> Result<Place, PlaceError> {
        let (segment, offset) = Segment::take_room(len, align)?;
        Ok(Place {
            segment,
            offset,
            len,
        })
    }

    /// What another process needs to have this piece too: the descriptor of the segment, to be sent as such, offset and
    /// length in bytes.
    #[must_use]
    pub fn parts(&self) -> (BorrowedFd<'_>, usize, usize) {
        (self.segment.descriptor(), self.offset, self.len)
    }

    /// The piece that another process described. A segment is mapped once in a process, however often its descriptor comes.
    ///
    /// # Errors
    ///
    /// If the descriptor is not that of a segment, or the rest no piece of it ([`is_foreign`](PlaceError::is_foreign)); if
    /// the system cannot map it.
    pub fn from_parts(descriptor: OwnedFd, offset: usize, len: usize) -> Result<Place, PlaceError> {
        let segment = Segment::from_descriptor(descriptor)?;
        let end = offset.checked_add(len);
        if offset < Segment::FIRST || end.is_none_or(|end| end > segment.len()) {
            return Err(PlaceError::bounds(offset, len, segment.len()));
        }
        Ok(Place {
            segment,
            offset,
            len,
        })
    }

    /// A piece of this piece.
    ///
    /// # Panics
    ///
    /// If it does not lie within this one.
    #[must_use]
    pub fn slice(&self, offset: usize, len: usize) -> Place {
        let fits = offset.checked_add(len).is_some_and(|end| end <= self.len);
        assert!(
            fits,
            "{len} bytes from {offset} are not within {} bytes",
            self.len
        );
        Place {
            segment: self.segment.clone(),
            offset: self.offset + offset,
            len,
        }
    }

    /// In bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first byte, in this process: [`len`](Place::len) bytes from there may be read and written while this place or a
    /// copy of it exists. Other processes do so too; who may when is between them and the caller.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> NonNull<u8> {
        crate::cell::offset(self.segment.start(), self.offset)
    }

    #[inline]
    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }
}

/// Whether they are the same memory.
impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        (self.as_ptr(), self.len) == (other.as_ptr(), other.len)
    }
}

impl Eq for Place {}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("offset", &self.offset)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
