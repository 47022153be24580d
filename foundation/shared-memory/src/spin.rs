//! The time before sleep.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::seam;

/// A bounded spin, for a lock or for a message.
#[derive(Debug)]
pub(crate) enum Spin {
    /// No more.
    Over,
    /// So many rounds of it.
    ForLock(u32),
    ForMessage(Watch),
}

/// How many pauses for a lock come without an offer; the last is the longest.
const PAUSES: u32 = 6;
/// How many there are in all.
const ROUNDS: u32 = PAUSES + 6;

impl Spin {
    /// For what takes a holder a few instructions.
    ///
    /// Pauses, each twice as long as the one before up to a limit. Once these take about three microseconds together, the processor
    /// is offered to others after each, as whoever is waited for may want this very processor.
    #[inline]
    pub(crate) fn for_lock() -> Spin {
        Spin::unless_alone(|| Spin::ForLock(0))
    }

    /// For what another process sends: for about as long as it takes to put a thread to sleep and to wake it.
    ///
    /// While nobody else wants this processor, this costs nobody anything. Where others do, perhaps the very one that is to send,
    /// it ends after a microsecond or two, less than it takes to sleep; see [`Company`].
    #[inline]
    pub(crate) fn for_message() -> Spin {
        Spin::unless_alone(|| Spin::ForMessage(Watch::new()))
    }

    /// With one processor, whoever is waited for gets nothing done meanwhile.
    #[inline]
    fn unless_alone(spin: impl FnOnce() -> Spin) -> Spin {
        if seam::spinning_helps() {
            spin()
        } else {
            Spin::Over
        }
    }

    /// Waits for a moment. False, without a wait, when the time is up.
    #[inline]
    pub(crate) fn turn(&mut self) -> bool {
        let goes_on = match self {
            Spin::Over => return false,
            Spin::ForLock(round) => turn_for_lock(round),
            Spin::ForMessage(watch) => watch.turn(),
        };
        if !goes_on {
            *self = Spin::Over;
        }
        true
    }
}

fn turn_for_lock(round: &mut u32) -> bool {
    pause(1 << (*round).min(PAUSES - 1));
    if *round >= PAUSES {
        std::thread::yield_now();
    }
    *round += 1;
    *round < ROUNDS
}

#[inline]
fn pause(times: u32) {
    (0..times).for_each(|_| std::hint::spin_loop());
}

/// How long a message is waited for: about as long as it takes to wake a thread on another processor that is virtual.
const LIMIT: Duration = Duration::from_micros(50);
/// How long before the processor is offered to others.
const OFFER: Duration = Duration::from_micros(10);
/// How many turns pass between two looks at the clock: they take a microsecond or two.
const UNWATCHED: u32 = 32;
/// The longest pause, as a power of two of the processor's own.
const LONGEST: u32 = 2;

/// A spin for a message, by the clock.
#[derive(Debug)]
pub(crate) struct Watch {
    turns: u32,
    /// At the beginning.
    has_company: bool,
    /// When the clock was first looked at.
    began: Option<Instant>,
    has_offered: bool,
}

impl Watch {
    fn new() -> Watch {
        Watch {
            turns: 0,
            has_company: Company::is_there(),
            began: None,
            has_offered: false,
        }
    }

    /// False when this was the last.
    #[inline]
    fn turn(&mut self) -> bool {
        // Whoever looks all the time takes the line away from the one that is about to write it.
        pause(1 << (self.turns / 8).min(LONGEST));
        self.turns += 1;
        !self.turns.is_multiple_of(UNWATCHED) || self.look_at_clock()
    }

    #[cold]
    fn look_at_clock(&mut self) -> bool {
        if self.has_company {
            return false;
        }
        let waited = self.began.get_or_insert_with(Instant::now).elapsed();
        if waited >= OFFER && !self.has_offered {
            self.has_offered = true;
            return !Company::look();
        }
        waited < LIMIT
    }
}

/// Whether others wanted this thread's processor when it was last offered to them. Neither the number of processors nor those
/// that the thread may use tell: of two threads that may use one each, it may be the same one or not.
#[derive(Debug, Clone, Copy)]
struct Company {
    is_there: bool,
    /// For how many more waits that is believed.
    believed: u32,
}

/// For how many waits it is believed at first.
const BELIEVED: u32 = 32;
/// An offer that takes longer was taken; else it is a system call that does nothing.
const UNTAKEN: Duration = Duration::from_micros(2);

thread_local! {
    static COMPANY: Cell<Company> = const { Cell::new(Company { is_there: false, believed: 0 }) };
}

impl Company {
    /// What is known, or found out once that is old.
    fn is_there() -> bool {
        let known = COMPANY.get();
        let Some(believed) = known.believed.checked_sub(1) else {
            return Company::look();
        };
        COMPANY.set(Company { believed, ..known });
        known.is_there
    }

    /// Offers the processor to others, and sees whether somebody takes it.
    fn look() -> bool {
        let before = Instant::now();
        std::thread::yield_now();
        let is_there = before.elapsed() > UNTAKEN;
        COMPANY.set(Company {
            is_there,
            believed: BELIEVED,
        });
        is_there
    }
}
