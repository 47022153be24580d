//! The slots, and how they are filled and emptied.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::MaybeUninit;

use crossbeam_utils::CachePadded;

use crate::queue::store::{Nothing, Rejected};
use crate::queue::word::{Backoff, CLOSED, ONE, WAITED, place, places};
use crate::seam::AtomicU64;
use crate::seam::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::seam::UnsafeCell;

/// In a slot's state, where words have flags: the item is there.
const FILLED: u64 = 1;

struct Slot<T> {
    state: AtomicU64,
    item: UnsafeCell<MaybeUninit<T>>,
}

struct Tail {
    word: AtomicU64,
    /// Up to this place there was room when somebody last looked.
    limit: AtomicU64,
}

/// A ring of slots. See the module.
pub(in crate::queue) struct Ring<T> {
    head: CachePadded<AtomicU64>,
    tail: CachePadded<Tail>,
    slots: Box<[Slot<T>]>,
    capacity: usize,
}

// SAFETY: an item passes from one thread to one other, which `T: Send` allows; no two threads see it at one time, as a
// slot is touched by the one thread that has claimed its position.
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Ring<T> {}

impl<T> Ring<T> {
    /// How much memory the slots of a ring for so many items have; none if that is beyond counting.
    pub(in crate::queue) fn bytes(capacity: usize) -> Option<usize> {
        let slots = capacity.checked_next_power_of_two()?;
        slots.checked_mul(size_of::<Slot<T>>())
    }

    /// A ring for so many items, which are at least one.
    pub(in crate::queue) fn new(capacity: usize) -> Ring<T> {
        let slots = capacity.next_power_of_two();
        let slot = |index| Slot {
            state: AtomicU64::new(places(index)),
            item: UnsafeCell::new(MaybeUninit::uninit()),
        };
        Ring {
            head: CachePadded::new(AtomicU64::new(0)),
            tail: CachePadded::new(Tail {
                word: AtomicU64::new(0),
                limit: AtomicU64::new(places(capacity)),
            }),
            slots: (0..slots).map(slot).collect(),
            capacity,
        }
    }

    pub(super) fn bound(&self) -> usize {
        self.capacity
    }

    pub(super) fn head(&self) -> &AtomicU64 {
        &self.head
    }

    pub(super) fn tail(&self) -> &AtomicU64 {
        &self.tail.word
    }

    /// The place at which the ring is full while the head is here.
    #[inline]
    pub(super) fn limit(&self, head: u64) -> u64 {
        place(head) + places(self.capacity)
    }

    #[inline]
    fn slot(&self, place: u64) -> &Slot<T> {
        let index = (place / ONE) as usize & (self.slots.len() - 1);
        &self.slots[index]
    }

    /// Puts an item in. Whether somebody may wait for items.
    #[inline]
    pub(super) fn fill(&self, item: T) -> Result<bool, Rejected<T>> {
        let mut backoff = Backoff::default();
        let mut tail = self.tail.word.load(Relaxed);
        loop {
            if tail & CLOSED != 0 {
                return Err(Rejected::Closed(item));
            }
            let place = place(tail);
            if place >= self.tail.limit.load(Relaxed) && !self.has_room(place) {
                return Err(Rejected::Full(item));
            }
            let slot = self.slot(place);
            if slot.state.load(Acquire) != place {
                // The tail has moved on, or a getter is about to leave this slot.
                backoff.pass();
                tail = self.tail.word.load(Relaxed);
                continue;
            }
            let claim = self
                .tail
                .word
                .compare_exchange_weak(tail, tail + ONE, SeqCst, Relaxed);
            match claim {
                Ok(_) => {
                    slot.item.with_mut(|cell| {
                        // SAFETY: the slot was vacant for this position, which this thread alone has claimed; nobody
                        // else touches it until the state says that it is filled.
                        unsafe { cell.write(MaybeUninit::new(item)) };
                    });
                    slot.state.store(place | FILLED, Release);
                    return Ok(tail & WAITED != 0);
                }
                Err(now) => tail = now,
            }
        }
    }

    /// Whether there is room for the item of this place.
    #[cold]
    fn has_room(&self, place: u64) -> bool {
        let limit = self.limit(self.head.load(SeqCst));
        self.tail.limit.store(limit, Relaxed);
        place < limit
    }

    /// Takes an item out, unless the head has one of the flags in `barred`. Whether somebody may wait for room.
    #[inline]
    pub(super) fn take(&self, barred: u64) -> Result<(T, bool), Nothing> {
        let mut backoff = Backoff::default();
        let mut head = self.head.load(Relaxed);
        loop {
            if head & barred != 0 {
                return Err(Nothing::Closed);
            }
            let place = place(head);
            let slot = self.slot(place);
            if slot.state.load(Acquire) != place | FILLED {
                self.is_due(place)?;
                backoff.pass();
                head = self.head.load(Relaxed);
                continue;
            }
            let claim = self
                .head
                .compare_exchange_weak(head, head + ONE, SeqCst, Relaxed);
            match claim {
                Ok(_) => {
                    // SAFETY: the slot held the item of this position, which this thread alone has claimed; nobody else
                    // touches it until the state says that it is vacant.
                    let item = slot.item.with(|cell| unsafe { cell.read() });
                    let next = place + places(self.slots.len());
                    slot.state.store(next, Release);
                    // SAFETY: it was filled.
                    let item = unsafe { item.assume_init() };
                    return Ok((item, head & WAITED != 0));
                }
                Err(now) => head = now,
            }
        }
    }

    /// That the item of this place, which is not there yet, will be in a moment, or that the head has moved on.
    fn is_due(&self, place: u64) -> Result<(), Nothing> {
        let tail = self.tail.word.load(SeqCst);
        match self::place(tail) == place {
            false => Ok(()),
            true if tail & CLOSED != 0 => Err(Nothing::Closed),
            true => Err(Nothing::Empty),
        }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        crate::queue::store::discard(|| self.take(0).ok());
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("head", &(self.head.load(Relaxed) / ONE))
            .field("tail", &(self.tail.word.load(Relaxed) / ONE))
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
