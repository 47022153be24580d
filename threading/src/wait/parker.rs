//! A thread's bed.

use std::sync::atomic::AtomicU32;
use std::time::Instant;

use super::Spin;
use crate::seam::{Futex, Ordering, const_fn};

/// Nothing has happened.
const EMPTY: u32 = 0;
/// Somebody has called: the next [`Parker::park`] returns at once.
const TOKEN: u32 = 1;
/// The owner sleeps, or is about to.
const PARKED: u32 = 2;

/// One token, for which one thread, the owner, can sleep; any thread may leave it.
///
/// `EMPTY` → `TOKEN` by `unpark`, `EMPTY` → `PARKED` by `park` before it sleeps, `PARKED` → `TOKEN` by the `unpark`
/// that has to wake, `TOKEN` → `EMPTY` by the `park` that returns. Only the owner leaves `TOKEN`.
#[derive(Debug)]
pub(super) struct Parker {
    state: Futex,
    /// How many spins in a row were in vain. The owner's, and not part of the protocol.
    vain_spins: AtomicU32,
}

/// After so many spins in vain, most waits do without.
const TRIES: u32 = 4;
/// One in so many waits tries again.
const RETRY_EVERY: u32 = 32;

impl Parker {
    const_fn! {
        pub(super) const fn new() -> Parker {
            Parker {
                state: Futex::new(EMPTY),
                vain_spins: AtomicU32::new(0),
            }
        }
    }

    /// Takes the token: spins, then sleeps for it, until the deadline at most. Whoever left it has happened
    /// before the return. For the owner only.
    ///
    /// Returns without a token too (deadlines, signals): the caller looks at what it waits for.
    pub(super) fn park(&self, deadline: Option<Instant>) {
        self.spin();
        if self.exchange(EMPTY, PARKED) {
            self.state.sleep(PARKED, deadline);
        }
        if !self.exchange(PARKED, EMPTY) {
            self.exchange(TOKEN, EMPTY);
        }
    }

    /// Waits for the token without sleep, for a moment: unless that has been in vain of late, as it is where the two
    /// threads share a processor.
    fn spin(&self) {
        let vain = self.vain_spins.load(Ordering::Relaxed);
        let mut came = false;
        if vain < TRIES || vain.is_multiple_of(RETRY_EVERY) {
            let mut spin = Spin::brief();
            while !came && spin.turn() {
                came = self.state.load(Ordering::Relaxed) != EMPTY;
            }
        }
        let vain = if came { 0 } else { vain.wrapping_add(1) };
        self.vain_spins.store(vain, Ordering::Relaxed);
    }

    /// Leaves the token, and wakes the owner if it sleeps.
    pub(super) fn unpark(&self) {
        if self.state.swap(TOKEN, Ordering::AcqRel) == PARKED {
            self.state.wake();
        }
    }

    fn exchange(&self, from: u32, to: u32) -> bool {
        let exchange = self
            .state
            .compare_exchange(from, to, Ordering::Acquire, Ordering::Acquire);
        exchange.is_ok()
    }
}
