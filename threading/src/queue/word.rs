//! How far a queue has got: positions with two flags below them, in one atomic word.

use crate::seam::spinning_helps;
use crate::seam::yield_now;

/// Somebody may be in line for what changes this word: getters for the tail's, putters for the head's.
pub(super) const WAITED: u64 = 1;
/// The tail's: nothing may be put any more. The head's: nothing may be taken any more.
pub(super) const CLOSED: u64 = 2;
/// One position.
pub(super) const ONE: u64 = 4;

/// A word without its flags. Sixty-two bits of positions do not run out: at a billion items a second they last for more
/// than a century.
#[inline]
pub(super) const fn place(word: u64) -> u64 {
    word & !(WAITED | CLOSED)
}

/// So many positions.
#[inline]
pub(super) const fn places(count: usize) -> u64 {
    count as u64 * ONE
}

/// Passes the time in which another thread does what it has claimed: a few instructions, unless it was just then
/// made to give its processor away.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    round: u32,
}

/// Rounds of pauses, each twice as long as the one before, until the processor is offered to others.
const PAUSES: u32 = 6;

impl Backoff {
    #[cold]
    pub(super) fn pass(&mut self) {
        if self.round < PAUSES && spinning_helps() {
            (0..1 << self.round).for_each(|_| std::hint::spin_loop());
            self.round += 1;
        } else {
            yield_now();
        }
    }
}
