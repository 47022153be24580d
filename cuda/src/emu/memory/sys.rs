//! Pages of the operating system: zero until they are written, and large where it has such.
//!
//! Allocations of two megabytes and more are made of them. Nothing is spent on bytes that nobody touches, and a warp whose
//! lanes read far apart does not wait for the processor to look up a page for each.
#![allow(unsafe_code)]

use std::ptr::{NonNull, null_mut};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

/// A large page, on most machines: for less, a mapping of its own is not worth its system calls and its last page.
const LARGE: usize = 2 << 20;

/// A mapping of its own.
#[derive(Debug)]
pub(super) struct Pages {
    start: NonNull<u8>,
    /// What was mapped, from which `start` may be some way off.
    mapped: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to this value alone, and may be used and unmapped by any thread.
unsafe impl Send for Pages {}

// SAFETY: through a shared reference only the address is to be had.
unsafe impl Sync for Pages {}

impl Pages {
    /// Bytes that are zero. None if there is no memory for them, or so few are wanted that the heap is the better place.
    pub(super) fn zeroed(len: usize) -> Option<Pages> {
        if len < LARGE {
            return None;
        }
        let len = len.checked_add(LARGE)?;
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: a new mapping, where the system likes: nothing that there is changes.
        let mapped = unsafe { mmap_anonymous(null_mut(), len, access, flags) }.ok()?;
        // Only wished for: where there are no large pages, small ones do.
        // SAFETY: the range has just been mapped; the advice changes no byte of it.
        let _ = unsafe { madvise(mapped, len, Advice::LinuxHugepage) };
        let mapped = NonNull::new(mapped.cast::<u8>())?;
        let gap = mapped.as_ptr().align_offset(LARGE);
        let start = NonNull::new(mapped.as_ptr().wrapping_add(gap))?;
        Some(Pages { start, mapped, len })
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the range was mapped by `zeroed`, and whoever used it has borrowed or owned this value, which is gone.
        let unmapped = unsafe { munmap(self.mapped.as_ptr().cast(), self.len) };
        debug_assert!(unmapped.is_ok(), "a mapping of our own can be unmapped");
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::{LARGE, Pages};
    use crate::emu::memory::cell::Bytes;

    #[test]
    fn small_ranges_are_not_mapped() {
        assert!(Pages::zeroed(LARGE - 1).is_none());
        assert!(Pages::zeroed(usize::MAX).is_none());
    }

    #[test]
    fn mapped_bytes_are_zero_and_can_be_written_to_the_last() {
        let len = 2 * LARGE + 7;
        let pages = Pages::zeroed(len).unwrap();
        assert_eq!(pages.start().as_ptr().addr() % LARGE, 0);
        drop(pages);

        let bytes = Bytes::zeroed(len).unwrap();
        for at in [0, LARGE - 1, LARGE, len - 1] {
            assert_eq!(bytes.u8(at).swap(7, Relaxed), 0);
            assert_eq!(bytes.u8(at).load(Relaxed), 7);
        }
    }
}
