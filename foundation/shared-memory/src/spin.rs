//! The time before sleep.

use crate::seam;

/// A bounded spin: pauses, each twice as long as the one before up to a limit, and then rounds in which the processor is
/// offered to others.
#[derive(Debug)]
pub(crate) struct Spin {
    round: u32,
    pauses: u32,
    rounds: u32,
}

/// The longest pause, as a power of two of the processor's own.
const LONGEST: u32 = 5;

impl Spin {
    /// For what takes a holder a few instructions: about three microseconds of pauses, then offers, as the holder may wait
    /// for this very processor.
    #[inline]
    pub(crate) fn for_lock() -> Spin {
        Spin::of(6, 6)
    }

    /// For what another process sends: about as long as it takes to put a thread to sleep and to wake it.
    #[inline]
    pub(crate) fn for_message() -> Spin {
        Spin::of(30, 2)
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
            (0..1 << self.round.min(LONGEST)).for_each(|_| std::hint::spin_loop());
        } else {
            std::thread::yield_now();
        }
        self.round += 1;
        true
    }
}
