//! The time before sleep.

use crate::seam;

/// A bounded spin, shorter than what it costs to put a thread to sleep and to wake it: pauses, each twice as long as
/// the one before, and then rounds in which the processor is offered to other threads.
#[derive(Debug)]
pub(crate) struct Spin {
    round: u32,
    pauses: u32,
    rounds: u32,
}

impl Spin {
    /// Before joining a line: a microsecond or two of pauses, then offers, as whoever holds what is wanted may wait for
    /// this very processor.
    #[inline]
    pub(crate) fn new() -> Spin {
        Spin::of(6, 6)
    }

    /// In line: pauses alone.
    #[inline]
    pub(super) fn brief() -> Spin {
        Spin::of(7, 0)
    }

    /// No rounds where only one processor would run both this thread and the one that it waits for.
    #[inline]
    fn of(pauses: u32, offers: u32) -> Spin {
        let rounds = if seam::spinning_helps() {
            pauses + offers
        } else {
            0
        };
        Spin {
            round: 0,
            pauses,
            rounds,
        }
    }

    /// Waits for a moment. False, without a wait, when the time is up.
    #[inline]
    pub(crate) fn turn(&mut self) -> bool {
        if self.round >= self.rounds {
            return false;
        }
        if self.round < self.pauses {
            (0..1 << self.round).for_each(|_| std::hint::spin_loop());
        } else {
            std::thread::yield_now();
        }
        self.round += 1;
        true
    }
}
