//! Memory that parent and children share, barriers across them, and advice on large vectors.

#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use nix::libc;
use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous, munmap};

/// Zeroed memory that this process shares with the children it forks later, as atomic words: no
/// process can do to another what a data race would.
#[derive(Debug)]
pub(crate) struct SharedWords {
    start: NonNull<AtomicU64>,
    words: NonZeroUsize,
}

impl SharedWords {
    pub(crate) fn new(words: NonZeroUsize) -> io::Result<SharedWords> {
        let bytes = words.checked_mul(NonZeroUsize::MIN.saturating_add(7));
        let bytes = bytes.ok_or(io::ErrorKind::OutOfMemory)?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new anonymous mapping touches no memory that exists; nothing is replaced, as no
        // address is asked for.
        let start = unsafe { mmap_anonymous(None, bytes, access, MapFlags::MAP_SHARED) }?;
        Ok(SharedWords {
            start: start.cast(),
            words,
        })
    }

    /// Has the kernel provide all of the memory at once, where it can.
    pub(crate) fn provide(&self) {
        let advice = MmapAdvise::MADV_POPULATE_WRITE;
        // SAFETY: the advice changes neither the content nor the validity of any memory; the range is our mapping.
        let _ = unsafe { madvise(self.start.cast(), self.words.get() * 8, advice) };
    }
}

impl std::ops::Deref for SharedWords {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: the mapping is page-aligned, has room for this many words, is zeroed (a valid
        // AtomicU64), and lives until `self` is dropped. All access, in every process, is atomic.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.words.get()) }
    }
}

impl Drop for SharedWords {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `new`; no reference outlives `self`.
        let _ = unsafe { munmap(self.start.cast(), self.words.get() * 8) };
    }
}

/// Has this process take part in the barriers of others. False where the kernel has none.
pub(crate) fn register_for_barriers() -> bool {
    membarrier(libc::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED)
}

/// A full memory barrier on every processor that runs a registered process. Where the kernel has none,
/// no process is registered.
pub(crate) fn barrier_on_all_processors() {
    membarrier(libc::MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: the call takes three integers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

/// The size of a huge page, on nearly every processor.
const HUGE: usize = 2 << 20;

/// Asks the kernel to back this memory, which nobody has written yet, with huge pages: a page fault for
/// each 4 KiB would cost several times what is then done with the memory, and a fork has fewer pages to
/// look at. Only advice: where the kernel does not take it, nothing is different.
pub(crate) fn prefer_huge_pages<T>(memory: &mut [MaybeUninit<T>]) {
    if size_of_val(memory) < 2 * HUGE {
        return; // Too small to hold a whole huge page for certain.
    }
    advise(memory, addresses(memory), MmapAdvise::MADV_HUGEPAGE);
}

/// Has the kernel provide at once the small pages at both ends of memory that [prefers huge
/// pages](prefer_huge_pages) and is about to be written: up to a thousand, which one by one would cost a
/// page fault each. Memory that is written before a fork is copied after it, so this comes after it.
pub(crate) fn provide_ends<T>(memory: &mut [MaybeUninit<T>]) {
    if size_of_val(memory) < 2 * HUGE {
        return;
    }
    let Range { start, end } = addresses(memory);
    let (inner_start, inner_end) = (start.next_multiple_of(HUGE), end / HUGE * HUGE);
    advise(memory, start..inner_start, MmapAdvise::MADV_POPULATE_WRITE);
    advise(memory, inner_end..end, MmapAdvise::MADV_POPULATE_WRITE);
}

fn addresses<T>(memory: &[T]) -> Range<usize> {
    let Range { start, end } = memory.as_ptr_range();
    start.addr()..end.addr()
}

/// Advises the whole pages in a range of addresses within the memory.
fn advise<T>(memory: &mut [MaybeUninit<T>], range: Range<usize>, advice: MmapAdvise) {
    const PAGE: usize = 1 << 16; // Whole pages, for all sizes that a kernel may have.
    let first = range.start.next_multiple_of(PAGE);
    let length = (range.end / PAGE * PAGE).saturating_sub(first);
    let start = memory.as_mut_ptr().cast::<u8>();
    let Some(place) = NonNull::new(start.wrapping_add(first - start.addr())) else {
        return;
    };
    // SAFETY: the callers' advice changes neither the content nor the validity of any memory; the range lies
    // within the slice.
    let _ = unsafe { madvise(place.cast(), length, advice) };
}
