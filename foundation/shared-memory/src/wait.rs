//! How long to wait, and in which way.

use std::time::Instant;

use crate::seam;
use crate::spin::Spin;

/// A wait for another process: it spins first, unless it may not wait at all.
#[derive(Debug)]
pub(crate) struct Wait {
    deadline: Option<Instant>,
    first: fn() -> Spin,
    spin: Option<Spin>,
}

impl Wait {
    /// For what takes another process a few instructions, or long.
    pub(crate) fn for_lock(deadline: Option<Instant>) -> Wait {
        Wait {
            deadline,
            first: Spin::for_lock,
            spin: None,
        }
    }

    /// For what another process sends when it comes to it.
    pub(crate) fn for_message(deadline: Option<Instant>) -> Wait {
        Wait {
            first: Spin::for_message,
            ..Wait::for_lock(deadline)
        }
    }

    /// Spins for a moment. False when it is time to sleep, or to give up.
    pub(crate) fn spin(&mut self) -> bool {
        let begin = || {
            if seam::has_passed(self.deadline) {
                Spin::Over
            } else {
                (self.first)()
            }
        };
        self.spin.get_or_insert_with(begin).turn()
    }

    pub(crate) fn is_over(&self) -> bool {
        seam::has_passed(self.deadline)
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
