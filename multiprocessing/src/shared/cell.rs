//! Access to plain values that other processes change.
//!
//! All that is said here of processes is said of those that keep to this protocol, as all that run this program do. One that
//! has been given the memory and does not can write into it what it likes, as through a debugger.

#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use bytemuck::{Pod, bytes_of, bytes_of_mut};
use manyways_shared_memory::{Place, RLock};

/// Some values of a type whose bits are all valid, one after the other in shared memory.
#[derive(Debug)]
pub(super) struct Values<T> {
    place: Place,
    len: usize,
    values: PhantomData<T>,
}

// SAFETY: plain data, copied in and out; what makes the copies sound is said at each of them.
unsafe impl<T: Pod> Send for Values<T> {}
// SAFETY: as above.
unsafe impl<T: Pod> Sync for Values<T> {}

impl<T> Clone for Values<T> {
    fn clone(&self) -> Values<T> {
        Values {
            place: self.place.clone(),
            len: self.len,
            values: PhantomData,
        }
    }
}

impl<T: Pod> Values<T> {
    /// Of a value in bytes.
    pub(super) const SIZE: usize = {
        assert!(
            size_of::<T>() > 0,
            "a value without a byte cannot be shared"
        );
        size_of::<T>()
    };

    /// The alignment that values need, and what lies before them.
    pub(super) const ALIGN: usize = {
        assert!(
            align_of::<T>() <= 4096,
            "a shared value is aligned to a page at most"
        );
        if align_of::<T>() > 8 {
            align_of::<T>()
        } else {
            8
        }
    };

    /// Bytes for so many values.
    pub(super) fn size(len: usize) -> Option<usize> {
        len.checked_mul(Self::SIZE)
    }

    /// The values in all of a place. `None` if it does not hold whole values where values can be, as one that came from
    /// another process may not.
    pub(super) fn at(place: Place) -> Option<Values<T>> {
        let is_aligned = place.as_ptr().addr().get().is_multiple_of(Self::ALIGN);
        (is_aligned && place.len().is_multiple_of(Self::SIZE)).then(|| Values {
            len: place.len() / Self::SIZE,
            place,
            values: PhantomData,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    fn start(&self) -> NonNull<T> {
        self.place.as_ptr().cast()
    }

    /// A copy of a value that others may change meanwhile. One of 1, 2, 4 or 8 bytes that is aligned like a number is read whole.
    pub(super) fn load(&self, index: usize) -> T {
        let mut value = T::zeroed();
        let bytes = bytes_of_mut(&mut value);
        match self.atom(index) {
            Atom::Byte(atom) => bytes.fill(atom.load(Ordering::Relaxed)),
            Atom::Half(atom) => bytes.copy_from_slice(&atom.load(Ordering::Relaxed).to_ne_bytes()),
            Atom::Word(atom) => bytes.copy_from_slice(&atom.load(Ordering::Relaxed).to_ne_bytes()),
            Atom::Double(atom) => {
                bytes.copy_from_slice(&atom.load(Ordering::Relaxed).to_ne_bytes());
            }
            Atom::Bytes(atoms) => {
                for (byte, atom) in bytes.iter_mut().zip(atoms) {
                    *byte = atom.load(Ordering::Relaxed);
                }
            }
        }
        value
    }

    /// Replaces a value that others may read or change meanwhile; whole where [`load`](Self::load) reads it whole.
    pub(super) fn store(&self, index: usize, value: T) {
        let bytes = bytes_of(&value);
        match self.atom(index) {
            Atom::Byte(atom) => atom.store(bytes[0], Ordering::Relaxed),
            Atom::Half(atom) => atom.store(u16::from_ne_bytes(exact(bytes)), Ordering::Relaxed),
            Atom::Word(atom) => atom.store(u32::from_ne_bytes(exact(bytes)), Ordering::Relaxed),
            Atom::Double(atom) => atom.store(u64::from_ne_bytes(exact(bytes)), Ordering::Relaxed),
            Atom::Bytes(atoms) => {
                for (byte, atom) in bytes.iter().zip(atoms) {
                    atom.store(*byte, Ordering::Relaxed);
                }
            }
        }
    }

    /// The same atomics for the same value in all processes, as the size of its type is checked where a place comes from another
    /// one (see `Header`).
    fn atom(&self, index: usize) -> Atom<'_> {
        assert!(index < self.len, "no value {index} of {}", self.len);
        // SAFETY: within the place, as the index is below `len`.
        let start = unsafe { self.start().add(index) };
        match Self::SIZE {
            1 => Atom::Byte(self.atomic(start)),
            2 if is_aligned::<AtomicU16>(start) => Atom::Half(self.atomic(start)),
            4 if is_aligned::<AtomicU32>(start) => Atom::Word(self.atomic(start)),
            8 if is_aligned::<AtomicU64>(start) => Atom::Double(self.atomic(start)),
            size => {
                // SAFETY: the bytes of one value, mapped as long as `self` lives; atomics may be laid over them, as all bits
                // are valid for both.
                Atom::Bytes(unsafe { slice::from_raw_parts(start.cast().as_ptr(), size) })
            }
        }
    }

    /// The value at `start`, one of these, as an atomic of its size.
    fn atomic<A>(&self, start: NonNull<T>) -> &A {
        assert!(size_of::<A>() == Self::SIZE && is_aligned::<A>(start));
        // SAFETY: of the value's size and aligned, as was just checked; mapped as long as `self` lives; used for the atomics of
        // numbers alone, which may be laid over the value, as all bits are valid for both.
        unsafe { start.cast().as_ref() }
    }
}

fn is_aligned<A>(start: NonNull<impl Sized>) -> bool {
    start.addr().get().is_multiple_of(align_of::<A>())
}

/// The values, for this thread alone while it holds their lock. Releases the lock when it is dropped.
pub(super) struct Held<'a, T: Pod> {
    lock: &'a RLock,
    values: &'a Values<T>,
    /// The lock belongs to the thread.
    stays: PhantomData<*const ()>,
}

// SAFETY: a shared `Held` gives `&[T]` of plain data, which nobody changes while the lock is held.
unsafe impl<T: Pod> Sync for Held<'_, T> {}

impl<'a, T: Pod> Held<'a, T> {
    /// For a thread that has just taken the lock, which it did not hold, and which guards these values for all processes.
    pub(super) fn of(lock: &'a RLock, values: &'a Values<T>) -> Held<'a, T> {
        Held {
            lock,
            values,
            stays: PhantomData,
        }
    }
}

impl<T: Pod> Deref for Held<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let Values { len, .. } = *self.values;
        // SAFETY: the place has room for `len` aligned values and outlives `self`; any bits are valid. The lock, which this
        // thread took once and holds, keeps all others from changing them (see `Guarded::take`), and `&self` keeps this thread.
        unsafe { slice::from_raw_parts(self.values.start().as_ptr(), len) }
    }
}

impl<T: Pod> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let Values { len, .. } = *self.values;
        // SAFETY: as for `deref`; the lock keeps all others from reading them too, and `&mut self` keeps this thread.
        unsafe { slice::from_raw_parts_mut(self.values.start().as_ptr(), len) }
    }
}

impl<T: Pod> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // It is held, by this thread: nobody else can release it.
        let _ = self.lock.release();
    }
}

impl<T: Pod> fmt::Debug for Held<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("values", &self.values.len)
            .finish_non_exhaustive()
    }
}

/// The atomics that a value is read and written with.
enum Atom<'a> {
    Byte(&'a AtomicU8),
    Half(&'a AtomicU16),
    Word(&'a AtomicU32),
    Double(&'a AtomicU64),
    Bytes(&'a [AtomicU8]),
}

fn exact<const N: usize>(bytes: &[u8]) -> [u8; N] {
    debug_assert_eq!(bytes.len(), N);
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}
