//! The time before sleep.

use crate::seam;

/// Rounds of pauses, each twice as long as the one before.
const PAUSES: u32 = 6;
/// Rounds after these, in which the processor is offered to other threads.
const YIELDS: u32 = 6;

/// A bounded spin: about a microsecond of pauses and then some yields, which is less than what it costs to put a
/// thread to sleep and to wake it.
#[derive(Debug)]
pub(crate) struct Spin {
    round: u32,
}

impl Spin {
    /// A spin of no rounds where only one processor would run both this thread and the one it waits for.
    #[inline]
    pub(crate) fn new() -> Spin {
        let round = if seam::spinning_helps() {
            0
        } else {
            PAUSES + YIELDS
        };
        Spin { round }
    }

    /// Waits for a moment. False, without a wait, when the time is up.
    #[inline]
    pub(crate) fn turn(&mut self) -> bool {
        if self.round >= PAUSES + YIELDS {
            return false;
        }
        if self.round < PAUSES {
            (0..1 << self.round).for_each(|_| std::hint::spin_loop());
        } else {
            std::thread::yield_now();
        }
        self.round += 1;
        true
    }
}
