//! Mapped memory that other processes read and write.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fmt;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::AtomicU64;

use bytemuck::{AnyBitPattern, NoUninit};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

use super::SharedMemory;

/// A whole file in memory, shared with whoever else maps it.
pub(super) struct Mapping {
    start: NonNull<u8>,
    size: NonZeroUsize,
}

// SAFETY: the mapping belongs to the process; all safe access to it is atomic.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(super) fn new(file: impl AsFd, size: NonZeroUsize) -> io::Result<Mapping> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, at an address that the kernel chooses, replaces nothing.
        let start = unsafe { mmap(None, size, access, MapFlags::MAP_SHARED, file, 0) }?;
        Ok(Mapping {
            start: start.cast(),
            size,
        })
    }

    /// In bytes.
    pub(super) fn size(&self) -> usize {
        self.size.get()
    }

    /// All of it; the bytes of the last word that lie behind the end hold nothing.
    pub(super) fn words(&self) -> &[AtomicU64] {
        let words = self.size.get().div_ceil(size_of::<AtomicU64>());
        // SAFETY: the pages from `start` on in which `size` bytes lie are mapped until `self` is dropped; pages consist of whole
        // words, and begin with one; any bits are a valid AtomicU64. What other processes do to memory is not a data race of
        // this one, and this one gives no other access to it, but for the slices whose users vouch for them.
        unsafe { slice::from_raw_parts(self.start.as_ptr().cast(), words) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped; no reference outlives `self`.
        let _ = unsafe { munmap(self.start.cast(), self.size.get()) };
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl SharedMemory {
    /// The block as a slice of plain values: the way to work on much data at full speed, as NumPy does on Python's `buf`.
    /// What does not fill a whole value at the end is left out.
    ///
    /// # Safety
    ///
    /// While the slice lives, nobody writes to the block: no other process, no other thread, no other slice.
    ///
    /// # Panics
    ///
    /// If `T` has no size, or is aligned to more than a page.
    #[must_use]
    pub unsafe fn as_slice<T: AnyBitPattern>(&self) -> &[T] {
        let start = self.mapping.start.as_ptr().cast::<T>();
        assert!(start.is_aligned(), "a page is aligned for the values");
        // SAFETY: the memory is mapped, and lives as long as `self`; any bytes are a valid `T`; the caller sees to it that they
        // do not change.
        unsafe { slice::from_raw_parts(start, self.mapping.size.get() / size_of::<T>()) }
    }

    /// As [`as_slice`](Self::as_slice), to be written to.
    ///
    /// ```
    /// use multiprocessing::shared_memory::SharedMemory;
    ///
    /// let mut block = SharedMemory::create(3 * size_of::<f64>())?;
    /// // SAFETY: nobody else knows the block yet.
    /// unsafe { block.as_mut_slice() }.copy_from_slice(&[1.0, 2.0, 3.0]);
    /// // SAFETY: as above.
    /// assert_eq!(unsafe { block.as_slice::<f64>() }, [1.0, 2.0, 3.0]);
    /// block.unlink()?;
    /// # Ok::<(), multiprocessing::shared_memory::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// While the slice lives, nobody else reads or writes the block: no other process, no other thread, no other slice.
    ///
    /// # Panics
    ///
    /// As [`as_slice`](Self::as_slice).
    #[must_use]
    pub unsafe fn as_mut_slice<T: AnyBitPattern + NoUninit>(&mut self) -> &mut [T] {
        let start = self.mapping.start.as_ptr().cast::<T>();
        assert!(start.is_aligned(), "a page is aligned for the values");
        // SAFETY: as for `as_slice`; and the caller sees to it that nobody else has access.
        unsafe { slice::from_raw_parts_mut(start, self.mapping.size.get() / size_of::<T>()) }
    }
}

/// Gives up all memory that this process shares with others, whoever has mapped it. For the tracker, a copy of a process that uses
/// such memory: while it is mapped it is not freed, and a lock on its file not given up.
pub(super) fn unmap_all_in_tracker() {
    let Ok(maps) = fs::read_to_string("/proc/self/maps") else {
        return; // What its creator has open then counts as open as long as the tracker lives.
    };
    for (start, size) in maps.lines().filter_map(shared_and_writable) {
        // SAFETY: the tracker does nothing but read its link and look at files, for which it has memory of its own; it never
        // returns into the program from which it was forked, and runs none of its destructors. So no reference into these
        // mappings, which are whole, is used again.
        let _ = unsafe { munmap(start, size.get()) };
    }
}

/// Place and size of a mapping as the kernel describes it, `START-END rw-s ...` in hexadecimal.
fn shared_and_writable(line: &str) -> Option<(NonNull<c_void>, NonZeroUsize)> {
    let (range, rest) = line.split_once(' ')?;
    if rest.as_bytes().get(1) != Some(&b'w') || rest.as_bytes().get(3) != Some(&b's') {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let [start, end] = [start, end].map(|number| usize::from_str_radix(number, 16).ok());
    let size = NonZeroUsize::new(end?.checked_sub(start?)?)?;
    let start = NonNull::new(ptr::with_exposed_provenance_mut(start?))?;
    Some((start, size))
}
