//! A store without a bound, first in, first out: a list of blocks of slots, for any number of threads on each side.
//!
//! Blocks are used once, from their first slot to their last, and freed when all their slots have been emptied. A
//! position counts slots; after the last slot of a block comes one position more that has no slot. A word there says
//! that the thread that has claimed the last slot is just moving the end of the list on to the next block; others wait
//! for the few instructions that this takes. So whoever moves a word on from any other position knows that the pointer
//! beside it was that position's block.
//!
//! | word | moved by | flags |
//! |---|---|---|
//! | tail | putters | `WAITED`: getters may be in line; `CLOSED`: shut down |
//! | head | getters | `CLOSED`: shut down at once |
//!
//! A putter moves the tail on, fills its slot, and says so in the slot. A getter moves the head on, as long as the tail is
//! beyond, waits for its slot to be filled, empties it, and counts itself in the block's `taken`; the last one of a
//! block frees it. Nobody has a use for a block after he was counted: not its putters, whose items have been taken, and
//! not the thread that moved the head on, which is counted itself.
//!
//! A getter that has looked at the tail notes beside the head how far the tail was, so that it need not touch the putters'
//! cache line for each item. Tails only grow, so an old note errs to the safe side.

mod cell;

pub(super) use self::cell::List;

use super::store::{Nothing, Rejected, Store};
use super::word::{CLOSED, ONE, WAITED, place};
use crate::seam::Ordering::{Relaxed, SeqCst};

/// Slots of a block. Few in models, which have to get to the end of one.
const SLOTS: u64 = if cfg!(any(loom, shuttle)) { 2 } else { 31 };

/// Positions of a block.
const POSITIONS: u64 = SLOTS + 1;

/// Which slot of its block a word is at; `SLOTS` is none.
#[inline]
const fn index(word: u64) -> u64 {
    word / ONE % POSITIONS
}

/// How many slots there were before the one that a word is at.
const fn count(word: u64) -> u64 {
    word / ONE / POSITIONS * SLOTS + index(word)
}

impl<T> Store for List<T> {
    type Item = T;

    #[inline]
    fn push(&self, item: T) -> Result<bool, Rejected<T>> {
        self.fill(item).map_err(Rejected::Closed)
    }

    #[inline]
    fn pop(&self) -> Result<(T, bool), Nothing> {
        self.take(CLOSED).map(|item| (item, false))
    }

    fn expect_item(&self) -> bool {
        let tail = self.tail().fetch_or(WAITED, SeqCst);
        tail & CLOSED == 0 && place(tail) == place(self.head().load(SeqCst))
    }

    fn forget_getters(&self) {
        self.tail().fetch_and(!WAITED, Relaxed);
    }

    fn expect_room(&self) -> bool {
        false
    }

    fn forget_putters(&self) {}

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
        self.puts().saturating_sub(count(head))
    }

    fn pop_sealed(&self) -> Option<T> {
        self.take(0).ok()
    }

    fn len(&self) -> usize {
        // In this order: the head does not overtake a tail that is read after it.
        let head = self.head().load(SeqCst);
        if head & CLOSED != 0 {
            return 0;
        }
        self.puts().saturating_sub(count(head)) as usize
    }

    fn puts(&self) -> u64 {
        count(self.tail().load(SeqCst))
    }

    fn capacity(&self) -> usize {
        0
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn the_position_without_a_slot_counts_as_the_first_of_the_next_block() {
        let counts: Vec<_> = (0..70).map(|position| count(position * ONE)).collect();
        assert_eq!(counts[30..34], [30, 31, 31, 32]);
        assert_eq!(counts[62..66], [61, 62, 62, 63]);
        assert_eq!(index((31 * ONE) | WAITED), SLOTS);
    }
}
