//! An allocator that counts what the calling thread asks for.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

/// What this thread did with the heap while `work` ran.
#[derive(Debug)]
pub(crate) struct Heap {
    /// Calls of the allocator that gave memory.
    pub(crate) allocations: u64,
    /// The most bytes held at once, above what was held before.
    pub(crate) peak: u64,
}

pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Heap) {
    let (calls, held) = (CALLS.get(), HELD.get());
    PEAK.set(held);
    let outcome = work();
    let heap = Heap {
        allocations: CALLS.get() - calls,
        peak: (PEAK.get() - held).cast_unsigned(),
    };
    (outcome, heap)
}

fn count(freed: usize, taken: usize) {
    let held = HELD.get() + taken as i64 - freed as i64;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
    CALLS.set(CALLS.get() + u64::from(taken > 0));
}

// SAFETY: every method hands its arguments to `System` unchanged and returns what `System` returns, so `System` gives
// all the guarantees; the counters are plain thread-local cells that neither allocate nor have destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller's promises for this layout are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), size);
        // SAFETY: `memory` came from `System` through this allocator, with this layout, as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: as in `realloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}
