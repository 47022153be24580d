//! A bounded store, first in, first out: a ring of slots, for any number of threads on each side.
//!
//! A position counts the items that were put (the tail's) or taken (the head's). The item of a position has the slot
//! `position % slots`; there are at least as many slots as items may be in, and a power of two of them.
//!
//! A slot's state says for which position it is: `position` when it is vacant for that one's item, `position | FILLED`
//! when it holds it. Whoever finds its slot in the right state claims the position by moving the word on, which one
//! thread does, then fills or empties the slot, then says so by its state. Between the two steps others may pass it;
//! one that needs that very slot waits for it.
//!
//! | word | moved by | flags |
//! |---|---|---|
//! | tail | putters | `WAITED`: getters may be in line; `CLOSED`: shut down |
//! | head | getters | `WAITED`: putters may be in line; `CLOSED`: shut down at once |
//!
//! **Full** is `tail - head >= capacity`. A putter that learns the head's position notes beside the tail up to where
//! there was room, so that it need not touch the getters' cache line for each item. Heads only grow, so an old note
//! errs to the safe side.
//!
//! **Order.** Each item is carried from putter to getter by its slot's state (release, acquire), and back. The words
//! are changed, and looked at to find the ring empty or full, sequentially consistently: two threads that use two
//! queues find what they would find if each had a mutex. Nothing depends on fences.

mod cell;

pub(super) use self::cell::Ring;

use super::store::{Nothing, Rejected, Store};
use super::word::{CLOSED, ONE, WAITED, place};
use crate::seam::Ordering::{Relaxed, SeqCst};

impl<T> Ring<T> {
    /// How many items there are between two words.
    fn between(head: u64, tail: u64) -> u64 {
        place(tail).saturating_sub(place(head)) / ONE
    }
}

impl<T> Store for Ring<T> {
    type Item = T;

    #[inline]
    fn push(&self, item: T) -> Result<bool, Rejected<T>> {
        self.fill(item)
    }

    #[inline]
    fn pop(&self) -> Result<(T, bool), Nothing> {
        self.take(CLOSED)
    }

    fn expect_item(&self) -> bool {
        let tail = self.tail().fetch_or(WAITED, SeqCst);
        tail & CLOSED == 0 && place(tail) == place(self.head().load(SeqCst))
    }

    fn forget_getters(&self) {
        self.tail().fetch_and(!WAITED, Relaxed);
    }

    fn expect_room(&self) -> bool {
        let head = self.head().fetch_or(WAITED, SeqCst);
        let tail = self.tail().load(SeqCst);
        tail & CLOSED == 0 && place(tail) >= self.limit(head)
    }

    fn forget_putters(&self) {
        self.head().fetch_and(!WAITED, Relaxed);
    }

    fn close(&self) {
        self.tail().fetch_or(CLOSED, SeqCst);
    }

    fn is_closed(&self) -> bool {
        self.tail().load(SeqCst) & CLOSED != 0
    }

    fn seal(&self) -> u64 {
        let head = self.head().fetch_or(CLOSED, SeqCst);
        if head & CLOSED != 0 {
            return 0;
        }
        Self::between(head, self.tail().load(SeqCst))
    }

    fn pop_sealed(&self) -> Option<T> {
        self.take(0).ok().map(|(item, _)| item)
    }

    fn len(&self) -> usize {
        // In this order: the head does not overtake a tail that is read after it.
        let head = self.head().load(SeqCst);
        if head & CLOSED != 0 {
            return 0;
        }
        // Items may come and go between the two looks; more than fit there never were.
        let length = Self::between(head, self.tail().load(SeqCst));
        self.capacity().min(length as usize)
    }

    fn puts(&self) -> u64 {
        self.tail().load(SeqCst) / ONE
    }

    fn capacity(&self) -> usize {
        self.bound()
    }
}
