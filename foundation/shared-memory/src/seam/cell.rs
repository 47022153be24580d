//! Objects in shared memory.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{align_of, offset_of, size_of};
use std::ops::Deref;
use std::ptr;
use std::slice;

use super::Ordering;
use super::real::{Life, Word};
use crate::cell::Shared;
use crate::error::PlaceError;
use crate::place::Place;

/// An object in shared memory, with items behind it.
#[derive(Debug)]
pub(crate) struct At<T, U = Word> {
    place: Place,
    items: usize,
    types: PhantomData<fn() -> (T, U)>,
}

/// As it lies there.
#[repr(C)]
struct Object<T> {
    kind: Word,
    items: Word,
    state: T,
}

impl<T: Shared, U: Shared> At<T, U> {
    /// How many bytes it takes with so many items.
    pub(crate) const fn size(items: usize) -> usize {
        Self::FIRST_ITEM.saturating_add(size_of::<U>().saturating_mul(items))
    }

    /// The alignment that it needs.
    pub(crate) const ALIGN: usize = {
        let (object, item) = (align_of::<Object<T>>(), align_of::<U>());
        if object > item { object } else { item }
    };

    const FIRST_ITEM: usize = size_of::<Object<T>>().next_multiple_of(align_of::<U>());

    /// In new memory, on cache lines of its own.
    pub(crate) fn new(items: usize) -> Result<At<T, U>, PlaceError> {
        let size = Self::size(items);
        let place = Place::new(size.next_multiple_of(64), Self::ALIGN.max(64))?;
        At::new_at(place.slice(0, size), items)
    }

    /// In zeroed memory of the caller's.
    pub(crate) fn new_at(place: Place, items: usize) -> Result<At<T, U>, PlaceError> {
        let at = At::<T, U>::unchecked(place, items)?;
        let counted = u32::try_from(items)
            .map_err(|_| PlaceError::object("it has more items than can be counted"))?;
        at.object().items.store(counted, Ordering::Relaxed);
        at.object().kind.store(T::KIND, Ordering::Release);
        Ok(at)
    }

    /// Where one is already.
    pub(crate) fn open(place: Place) -> Result<At<T, U>, PlaceError> {
        let mut at = At::<T, U>::unchecked(place, 0)?;
        if at.object().kind.load(Ordering::Acquire) != T::KIND {
            return Err(PlaceError::object("another object is there, or none"));
        }
        at.items = at.object().items.load(Ordering::Relaxed) as usize;
        At::unchecked(at.place, at.items)
    }

    /// Room and alignment are checked, content is not.
    fn unchecked(place: Place, items: usize) -> Result<At<T, U>, PlaceError> {
        if place.len() < Self::size(items) {
            return Err(PlaceError::object("it needs more bytes than the place has"));
        }
        if !place.as_ptr().addr().get().is_multiple_of(Self::ALIGN) {
            return Err(PlaceError::object("the place is not aligned for it"));
        }
        Ok(At {
            place,
            items,
            types: PhantomData,
        })
    }

    #[inline]
    fn object(&self) -> &Object<T> {
        // SAFETY: the place is long enough and aligned (checked in `unchecked`) and lives as long as `self`; of a `Shared`
        // all bits are valid, and all accesses by all processes are atomic.
        unsafe { self.place.as_ptr().cast().as_ref() }
    }

    /// The items behind the object.
    #[inline]
    pub(crate) fn items(&self) -> &[U] {
        let first = crate::cell::offset(self.place.as_ptr(), Self::FIRST_ITEM);
        // SAFETY: as above; the place has room for so many items.
        unsafe { slice::from_raw_parts(first.cast().as_ptr(), self.items) }
    }

    #[inline]
    pub(crate) fn life(&self) -> &Life {
        self.place.segment()
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

impl<T, U> Clone for At<T, U> {
    fn clone(&self) -> At<T, U> {
        At {
            place: self.place.clone(),
            items: self.items,
            types: PhantomData,
        }
    }
}

impl<T: Shared, U: Shared> Deref for At<T, U> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.object().state
    }
}

const _: () = assert!(offset_of!(Object<u64>, state) == 8);

/// Eight bytes of a ring. Its protocol says whose they are: a writer's until they are published, then the readers'.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct Unit(UnsafeCell<u64>);

/// Of a unit, in bytes.
pub(crate) const UNIT: usize = size_of::<Unit>();

// SAFETY: one whose bytes they are has them alone, in this process too: the holder of the ring's writers' lock beyond its tail,
// the holder of its readers' lock between head and tail.
unsafe impl Sync for Unit {}

/// Writes bytes from the offset `at` of units that are the caller's.
#[inline]
pub(crate) fn write_bytes(units: &[Unit], at: usize, bytes: &[u8]) {
    let start = bytes_of(units, at, bytes.len());
    // SAFETY: within the units, which are the caller's alone (see `Unit`), and not within `bytes`, which a reference
    // keeps unchanged.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len()) };
}

/// Shows bytes from the offset `at` of units that are the caller's.
#[inline]
pub(crate) fn with_bytes<R>(
    units: &[Unit],
    at: usize,
    len: usize,
    look: impl FnOnce(&[u8]) -> R,
) -> R {
    let start = bytes_of(units, at, len);
    // SAFETY: within the units, which are the caller's alone (see `Unit`) until it publishes that it has read them: after
    // this call.
    look(unsafe { slice::from_raw_parts(start, len) })
}

fn bytes_of(units: &[Unit], at: usize, len: usize) -> *mut u8 {
    let end = at.checked_add(len);
    assert!(
        end.is_some_and(|end| end <= size_of_val(units)),
        "bytes of a ring lie within it"
    );
    // Through a pointer to all of the units; each is a cell, so what they hold may be written.
    units.as_ptr().cast::<u8>().cast_mut().wrapping_add(at)
}
