//! Bytes that several threads read and write at once, as the threads of a GPU do.
//!
//! Kernels may race on global memory; that is the kernel's affair and must not be ours. So every access here is a relaxed
//! atomic operation of at most eight bytes at a multiple of its size. What a racing kernel reads is some mixture of what was
//! written, never anything worse. (Rust's memory model leaves open what racing accesses of different sizes to the same
//! bytes do. Each is one plain machine instruction, on whose result the hardware decides, and any result will do.)
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::arch::asm;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::sys::Pages;
use super::{GlobalMemory, MemoryError};
#[cfg(all(target_arch = "x86_64", not(miri)))]
use crate::emu::processor::has_avx2;

/// What owned bytes start at a multiple of.
pub(crate) const ALIGN: usize = 512;

/// Bytes that come to a processor at once.
#[cfg(all(target_arch = "x86_64", not(miri)))]
const CACHE_LINE: usize = 64;

/// A range of bytes, owned or lent.
#[derive(Debug)]
pub(crate) struct Bytes {
    start: NonNull<u8>,
    len: usize,
    owner: Owner,
}

/// Where bytes come from.
#[derive(Debug)]
enum Owner {
    /// The heap, which has them back at the end.
    Heap(Layout),
    Pages(#[expect(dead_code, reason = "unmapped when it is dropped")] Pages),
    Lender,
}

// SAFETY: the bytes belong to this value alone, or were lent under `lend`'s contract; both may be used from any thread.
unsafe impl Send for Bytes {}

// SAFETY: all access through `&Bytes` is by atomic operations.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// Bytes that are zero. None if there is no memory for them, or none are wanted.
    pub(crate) fn zeroed(len: usize) -> Option<Bytes> {
        let layout = Layout::from_size_align(len, ALIGN).ok()?;
        if len == 0 {
            return None;
        }
        if let Some(pages) = Pages::zeroed(len) {
            return Some(Bytes {
                start: pages.start(),
                len,
                owner: Owner::Pages(pages),
            });
        }
        // SAFETY: the layout's size is not zero, as was just seen.
        let start = unsafe { alloc_zeroed(layout) };
        Some(Bytes {
            start: NonNull::new(start)?,
            len,
            owner: Owner::Heap(layout),
        })
    }

    /// Bytes that somebody else owns.
    ///
    /// # Safety
    ///
    /// While the value lives, the bytes must be valid for reads and writes, and others may use them only in ways that do
    /// not race with atomic operations.
    pub(crate) unsafe fn lend(start: NonNull<u8>, len: usize) -> Bytes {
        Bytes {
            start,
            len,
            owner: Owner::Lender,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn address(&self) -> u64 {
        self.start.as_ptr() as u64
    }

    /// Where a value of type `A` lies that begins at a byte.
    ///
    /// # Panics
    ///
    /// If it would pass the end or be misaligned. Callers have checked; this is what makes the module sound by itself.
    #[inline(always)]
    fn place<A>(&self, at: usize) -> *const A {
        let inside = at <= self.len && size_of::<A>() <= self.len - at;
        let start = self.start.as_ptr().wrapping_add(at).cast::<A>();
        assert!(inside && start.is_aligned(), "access outside of its bytes");
        start
    }

    #[inline(always)]
    pub(crate) fn u8(&self, at: usize) -> &AtomicU8 {
        let place = self.place::<AtomicU8>(at);
        // SAFETY: `place` lies within bytes that are valid while `self` is borrowed, aligned, and only used atomically.
        unsafe { &*place }
    }

    #[inline(always)]
    pub(crate) fn u16(&self, at: usize) -> &AtomicU16 {
        let place = self.place::<AtomicU16>(at);
        // SAFETY: as in `u8`.
        unsafe { &*place }
    }

    #[inline(always)]
    pub(crate) fn u32(&self, at: usize) -> &AtomicU32 {
        let place = self.place::<AtomicU32>(at);
        // SAFETY: as in `u8`.
        unsafe { &*place }
    }

    #[inline(always)]
    pub(crate) fn u64(&self, at: usize) -> &AtomicU64 {
        let place = self.place::<AtomicU64>(at);
        // SAFETY: as in `u8`.
        unsafe { &*place }
    }

    /// Brings a range near the processor, if it begins within the bytes.
    #[inline(always)]
    pub(crate) fn prefetch(&self, at: usize, len: usize) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if at < self.len {
            for index in (0..len).step_by(CACHE_LINE) {
                let place = self.start.as_ptr().wrapping_add(at + index);
                // SAFETY: every processor of this architecture has the instruction, which never faults, whatever the address.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast_const().cast()) };
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(miri))))]
        let _ = (at, len);
    }

    /// Copies 32 words that follow each other out.
    #[inline(always)]
    pub(crate) fn read_words(&self, at: usize, to: &[Cell<u32>; 32]) {
        let from = self.place::<[AtomicU32; 32]>(at);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if has_avx2() {
            // SAFETY: the processor has AVX; `place` answers for the source, the reference for the target.
            return unsafe { copy_vectors::<128>(from.cast(), to.as_ptr().cast_mut().cast()) };
        }
        // SAFETY: as in `u8`.
        for (to, from) in to.iter().zip(unsafe { &*from }) {
            to.set(from.load(Relaxed));
        }
    }

    /// As [`read_words`](Bytes::read_words), of double words.
    #[inline(always)]
    pub(crate) fn read_double_words(&self, at: usize, to: &[Cell<u64>; 32]) {
        let from = self.place::<[AtomicU64; 32]>(at);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if has_avx2() {
            // SAFETY: as in `read_words`.
            return unsafe { copy_vectors::<256>(from.cast(), to.as_ptr().cast_mut().cast()) };
        }
        // SAFETY: as in `u8`.
        for (to, from) in to.iter().zip(unsafe { &*from }) {
            to.set(from.load(Relaxed));
        }
    }

    /// Copies 32 words in.
    #[inline(always)]
    pub(crate) fn write_words(&self, at: usize, from: &[Cell<u32>; 32]) {
        let to = self.place::<[AtomicU32; 32]>(at);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if has_avx2() {
            // SAFETY: the processor has AVX; `place` answers for the target, the reference for the source.
            return unsafe { copy_vectors::<128>(from.as_ptr().cast(), to.cast_mut().cast()) };
        }
        // SAFETY: as in `u8`.
        for (to, from) in unsafe { &*to }.iter().zip(from) {
            to.store(from.get(), Relaxed);
        }
    }

    /// As [`write_words`](Bytes::write_words), of double words.
    #[inline(always)]
    pub(crate) fn write_double_words(&self, at: usize, from: &[Cell<u64>; 32]) {
        let to = self.place::<[AtomicU64; 32]>(at);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if has_avx2() {
            // SAFETY: as in `write_words`.
            return unsafe { copy_vectors::<256>(from.as_ptr().cast(), to.cast_mut().cast()) };
        }
        // SAFETY: as in `u8`.
        for (to, from) in unsafe { &*to }.iter().zip(from) {
            to.store(from.get(), Relaxed);
        }
    }

    /// The bytes from `at` that can be taken one by one until `at` is a multiple of eight in memory.
    fn head(&self, at: usize, len: usize) -> usize {
        let address = self.start.as_ptr() as usize + at;
        len.min(address.wrapping_neg() % 8)
    }

    /// Copies bytes out.
    pub(crate) fn read(&self, at: usize, to: &mut [u8]) {
        let (head, rest) = to.split_at_mut(self.head(at, to.len()));
        for (index, byte) in head.iter_mut().enumerate() {
            *byte = self.u8(at + index).load(Relaxed);
        }
        let mut at = at + head.len();
        let (words, tail) = rest.as_chunks_mut::<8>();
        for word in words {
            *word = self.u64(at).load(Relaxed).to_ne_bytes();
            at += 8;
        }
        for (index, byte) in tail.iter_mut().enumerate() {
            *byte = self.u8(at + index).load(Relaxed);
        }
    }

    /// Copies bytes in.
    pub(crate) fn write(&self, at: usize, from: &[u8]) {
        let (head, rest) = from.split_at(self.head(at, from.len()));
        for (index, byte) in head.iter().enumerate() {
            self.u8(at + index).store(*byte, Relaxed);
        }
        let mut at = at + head.len();
        let (words, tail) = rest.as_chunks::<8>();
        for word in words {
            self.u64(at).store(u64::from_ne_bytes(*word), Relaxed);
            at += 8;
        }
        for (index, byte) in tail.iter().enumerate() {
            self.u8(at + index).store(*byte, Relaxed);
        }
    }
}

/// Copies bytes, 32 at a time. It stands for as many relaxed atomic accesses of words or double words, which compilers do not
/// join; the processor's vector instructions tear none that lies at a multiple of its size.
///
/// # Safety
///
/// The processor must have AVX. `from` must be valid for reads and `to` for writes of `LEN` bytes, a multiple of 128, while
/// others access the same bytes only atomically.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx")]
#[inline]
unsafe fn copy_vectors<const LEN: usize>(from: *const u8, to: *mut u8) {
    for at in (0..LEN).step_by(128) {
        // SAFETY: both places lie within what the caller vouches for. Assembly is no data race of Rust's: what it reads of
        // bytes that others write meanwhile is what the hardware makes of it.
        unsafe {
            asm!(
                "vmovdqu {a}, [{from}]",
                "vmovdqu {b}, [{from} + 32]",
                "vmovdqu {c}, [{from} + 64]",
                "vmovdqu {d}, [{from} + 96]",
                "vmovdqu [{to}], {a}",
                "vmovdqu [{to} + 32], {b}",
                "vmovdqu [{to} + 64], {c}",
                "vmovdqu [{to} + 96], {d}",
                from = in(reg) from.wrapping_add(at),
                to = in(reg) to.wrapping_add(at),
                a = out(ymm_reg) _,
                b = out(ymm_reg) _,
                c = out(ymm_reg) _,
                d = out(ymm_reg) _,
                options(nostack, preserves_flags),
            );
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Owner::Heap(layout) = self.owner {
            // SAFETY: `start` came from `alloc_zeroed` with this layout, and nobody borrows `self` any more.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}

impl GlobalMemory {
    /// Lets kernels reach host memory that somebody else owns, at its own address, until it is [freed](GlobalMemory::free).
    ///
    /// # Errors
    ///
    /// If `len` is zero, or part of it is mapped already.
    ///
    /// # Safety
    ///
    /// The memory must stay valid for reads and writes until `free` has returned and no kernel or copy that began before it
    /// is running. Meanwhile others may access it only in ways that do not race with relaxed atomic operations.
    pub unsafe fn map_host(&self, start: NonNull<u8>, len: u64) -> Result<u64, MemoryError> {
        let address = start.as_ptr() as u64;
        let size = usize::try_from(len).map_err(|_| MemoryError::InvalidSize)?;
        if size == 0 || address.checked_add(len).is_none() {
            return Err(MemoryError::InvalidSize);
        }
        if self.is_mapped(address, len) {
            return Err(MemoryError::AlreadyMapped { address });
        }
        // SAFETY: the caller promises what `lend` asks for, until the allocation is gone.
        let bytes = unsafe { Bytes::lend(start, size) };
        Ok(self.insert_host(bytes))
    }
}
