//! The blocks, and how they are linked, filled, emptied and freed.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;

use crossbeam_utils::CachePadded;

use super::{SLOTS, count, index};
use crate::queue::store::{self, Nothing};
use crate::queue::word::{Backoff, CLOSED, ONE, WAITED, place};
use crate::seam::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::seam::{AtomicBool, AtomicPtr, AtomicU64, UnsafeCell, const_fn};

struct Slot<T> {
    filled: AtomicBool,
    item: UnsafeCell<MaybeUninit<T>>,
}

struct Block<T> {
    slots: [Slot<T>; SLOTS as usize],
    next: AtomicPtr<Block<T>>,
    /// How many slots have been emptied for good.
    taken: AtomicU64,
}

/// An end of the list.
struct End<T> {
    word: AtomicU64,
    /// The block that the word is at. None before the first item.
    block: AtomicPtr<Block<T>>,
    /// The head's: a place up to which the tail had got when somebody last looked.
    seen: AtomicU64,
}

/// A list of blocks. See the module.
pub(in crate::queue) struct List<T> {
    head: CachePadded<End<T>>,
    tail: CachePadded<End<T>>,
}

// SAFETY: an item passes from one thread to one other, which `T: Send` allows; no two threads see it at one time, as a
// slot is touched by the one thread that has claimed its position.
unsafe impl<T: Send> Sync for List<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for List<T> {}

impl<T> Block<T> {
    fn new() -> Box<Block<T>> {
        Box::new(Block {
            slots: std::array::from_fn(|_| Slot {
                filled: AtomicBool::new(false),
                item: UnsafeCell::new(MaybeUninit::uninit()),
            }),
            next: AtomicPtr::new(ptr::null_mut()),
            taken: AtomicU64::new(0),
        })
    }

    /// The block after this one, whose putter may be just about to link it.
    fn wait_next(&self) -> *mut Block<T> {
        let mut backoff = Backoff::default();
        loop {
            let next = self.next.load(Acquire);
            if !next.is_null() {
                return next;
            }
            backoff.pass();
        }
    }
}

impl<T> Slot<T> {
    /// # Safety
    ///
    /// For the one thread that has claimed this slot for putting.
    #[inline]
    unsafe fn fill(&self, item: T) {
        self.item.with_mut(|cell| {
            // SAFETY: only the claimant touches the slot, as the caller says, until the flag lets the getter in.
            unsafe { cell.write(MaybeUninit::new(item)) };
        });
        self.filled.store(true, Release);
    }

    /// Waits for the putter, which has claimed the slot before.
    ///
    /// # Safety
    ///
    /// For the one thread that has claimed this slot for getting, once.
    #[inline]
    unsafe fn empty(&self) -> T {
        let mut backoff = Backoff::default();
        while !self.filled.load(Acquire) {
            backoff.pass();
        }
        // SAFETY: the putter is done, and only the claimant touches the slot after it, as the caller says.
        let item = self.item.with(|cell| unsafe { cell.read() });
        // SAFETY: it was filled, and is read once, as the caller says.
        unsafe { item.assume_init() }
    }
}

impl<T> End<T> {
    const_fn! {
        const fn new() -> End<T> {
            End {
                word: AtomicU64::new(0),
                block: AtomicPtr::new(ptr::null_mut()),
                seen: AtomicU64::new(0),
            }
        }
    }

    /// Ends the stay at the position without a slot: for the thread that has claimed the one before. Flags that others
    /// set meanwhile stay.
    fn move_to(&self, block: *mut Block<T>) {
        self.block.store(block, Release);
        self.word.fetch_add(ONE, SeqCst);
    }
}

impl<T> List<T> {
    const_fn! {
        pub(in crate::queue) const fn new() -> List<T> {
            List {
                head: CachePadded::new(End::new()),
                tail: CachePadded::new(End::new()),
            }
        }
    }

    pub(super) fn head(&self) -> &AtomicU64 {
        &self.head.word
    }

    pub(super) fn tail(&self) -> &AtomicU64 {
        &self.tail.word
    }

    /// Puts an item in. Whether somebody may wait for items; the item, if the list is closed.
    #[inline]
    pub(super) fn fill(&self, item: T) -> Result<bool, T> {
        let mut backoff = Backoff::default();
        let mut spare = None;
        loop {
            let tail = self.tail.word.load(Acquire);
            let block = self.tail.block.load(Acquire);
            if tail & CLOSED != 0 {
                return Err(item);
            }
            let index = index(tail);
            if index == SLOTS {
                backoff.pass();
                continue;
            }
            if block.is_null() {
                self.add_first();
                continue;
            }
            let is_last = index + 1 == SLOTS;
            if is_last && spare.is_none() {
                // Before the claim, so that the others need not wait for the allocator.
                spare = Some(Block::new());
            }
            let claim = self
                .tail
                .word
                .compare_exchange_weak(tail, tail + ONE, SeqCst, Relaxed);
            if claim.is_err() {
                continue;
            }
            // SAFETY: the block is this position's, as the claim has shown, and lives until its slots, this one
            // too, have been emptied.
            let block = unsafe { &*block };
            if is_last && let Some(spare) = spare {
                self.add(block, spare);
            }
            // SAFETY: this thread alone has claimed the position.
            unsafe { block.slots[index as usize].fill(item) };
            return Ok(tail & WAITED != 0);
        }
    }

    #[cold]
    fn add_first(&self) {
        let first = Box::into_raw(Block::new());
        let added = self
            .tail
            .block
            .compare_exchange(ptr::null_mut(), first, AcqRel, Relaxed);
        match added {
            Ok(_) => self.head.block.store(first, Release),
            // SAFETY: it came from a box just now, and nobody else has seen it.
            Err(_) => drop(unsafe { Box::from_raw(first) }),
        }
    }

    /// For the thread that has claimed the last slot of `block`.
    #[cold]
    fn add(&self, block: &Block<T>, next: Box<Block<T>>) {
        let next = Box::into_raw(next);
        self.tail.move_to(next);
        block.next.store(next, Release);
    }

    /// Takes an item out, unless the head has one of the flags in `barred`.
    #[inline]
    pub(super) fn take(&self, barred: u64) -> Result<T, Nothing> {
        let mut backoff = Backoff::default();
        loop {
            let head = self.head.word.load(Acquire);
            let block = self.head.block.load(Acquire);
            if head & barred != 0 {
                return Err(Nothing::Closed);
            }
            let index = index(head);
            if index == SLOTS {
                backoff.pass();
                continue;
            }
            if place(head) >= self.head.seen.load(Acquire) {
                self.look(place(head))?;
            }
            if block.is_null() {
                // The very first item is on its way.
                backoff.pass();
                continue;
            }
            let claim = self
                .head
                .word
                .compare_exchange_weak(head, head + ONE, SeqCst, Relaxed);
            if claim.is_ok() {
                // SAFETY: the block is this position's, as the claim has shown, and a putter has claimed the position
                // before. This thread alone has claimed it for getting.
                return Ok(unsafe { self.empty(block, index) });
            }
        }
    }

    /// That the tail is beyond a head's place.
    fn look(&self, head: u64) -> Result<(), Nothing> {
        let tail = self.tail.word.load(SeqCst);
        if place(tail) == head {
            let closed = tail & CLOSED != 0;
            return Err(if closed {
                Nothing::Closed
            } else {
                Nothing::Empty
            });
        }
        self.head.seen.store(place(tail), Release);
        Ok(())
    }

    /// # Safety
    ///
    /// For the one thread that has claimed this slot of this block for getting.
    #[inline]
    unsafe fn empty(&self, pointer: *mut Block<T>, index: u64) -> T {
        // SAFETY: the block lives until this slot, which is the caller's, is counted as emptied.
        let block = unsafe { &*pointer };
        if index + 1 == SLOTS {
            self.head.move_to(block.wait_next());
        }
        // SAFETY: as the caller says.
        let item = unsafe { block.slots[index as usize].empty() };
        if block.taken.fetch_add(1, AcqRel) + 1 == SLOTS {
            // SAFETY: it came from a box; all who had a use for it have been counted, this thread last.
            drop(unsafe { Box::from_raw(pointer) });
        }
        item
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        // Frees the last block after the items, whatever their drops do.
        let last = Last(self);
        store::discard(|| last.0.take(0).ok());
    }
}

struct Last<'a, T>(&'a List<T>);

impl<T> Drop for Last<'_, T> {
    fn drop(&mut self) {
        let last = self.0.head.block.load(Acquire);
        if !last.is_null() {
            // SAFETY: it came from a box; all items are out, so both ends are at this block and it is the only
            // one; nobody else has the list, which is being dropped.
            drop(unsafe { Box::from_raw(last) });
        }
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("head", &count(self.head.word.load(Relaxed)))
            .field("tail", &count(self.tail.word.load(Relaxed)))
            .finish_non_exhaustive()
    }
}
