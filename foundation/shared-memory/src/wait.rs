//! How long to wait, and in which way.

use std::time::Instant;

use crate::seam;
use crate::spin::Spin;

/// A wait for what another process sends: it spins first, unless it may not wait at all.
#[derive(Debug)]
pub(crate) struct Wait {
    deadline: Option<Instant>,
    spin: Option<Spin>,
}

impl Wait {
    pub(crate) fn until(deadline: Option<Instant>) -> Wait {
        Wait {
            deadline,
            spin: None,
        }
    }

    /// Spins for a moment. False when it is time to sleep, or to give up.
    pub(crate) fn spin(&mut self) -> bool {
        let deadline = self.deadline;
        let start = || {
            if seam::has_passed(deadline) {
                Spin::none()
            } else {
                Spin::for_message()
            }
        };
        self.spin.get_or_insert_with(start).turn()
    }

    pub(crate) fn is_over(&self) -> bool {
        seam::has_passed(self.deadline)
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
