//! The time before sleep.

use crate::seam;

/// A bounded spin: pauses, each twice as long as the one before up to a limit. Once these take about three microseconds
/// together, the processor is offered to others after each, as whoever is waited for may want this very processor.
#[derive(Debug)]
pub(crate) struct Spin {
    round: u32,
    rounds: u32,
}

/// How many pauses come without an offer; the last is the longest.
const PAUSES: u32 = 6;

impl Spin {
    /// For what takes a holder a few instructions.
    #[inline]
    pub(crate) fn for_lock() -> Spin {
        Spin::of(PAUSES + 6)
    }

    /// For what another process sends: about as long as it takes to put a thread to sleep and to wake it.
    #[inline]
    pub(crate) fn for_message() -> Spin {
        Spin::of(PAUSES + 24)
    }

    pub(crate) fn none() -> Spin {
        Spin {
            round: 0,
            rounds: 0,
        }
    }

    /// No rounds where only one processor would run both this thread and the one that it waits for.
    #[inline]
    fn of(rounds: u32) -> Spin {
        let rounds = if seam::spinning_helps() { rounds } else { 0 };
        Spin { round: 0, rounds }
    }

    /// Waits for a moment. False, without a wait, when the time is up.
    #[inline]
    pub(crate) fn turn(&mut self) -> bool {
        if self.round >= self.rounds {
            return false;
        }
        (0..1 << self.round.min(PAUSES - 1)).for_each(|_| std::hint::spin_loop());
        if self.round >= PAUSES {
            std::thread::yield_now();
        }
        self.round += 1;
        true
    }
}
