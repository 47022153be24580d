//! A thread's bed.

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
}

impl Parker {
    const_fn! {
        pub(super) const fn new() -> Parker {
            Parker {
                state: Futex::new(EMPTY),
            }
        }
    }

    /// Takes the token: spins, then sleeps for it, until the deadline at most. Whoever left it has happened
    /// before the return. For the owner only.
    ///
    /// Returns without a token too (deadlines, signals): the caller looks at what it waits for.
    pub(super) fn park(&self, deadline: Option<Instant>) {
        let mut spin = Spin::brief();
        while self.state.load(Ordering::Relaxed) == EMPTY && spin.turn() {}
        if self.exchange(EMPTY, PARKED) {
            self.state.sleep(PARKED, deadline);
        }
        if !self.exchange(PARKED, EMPTY) {
            self.exchange(TOKEN, EMPTY);
        }
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
