//! How long to wait, and in which way.
//!
//! Whoever sleeps wakes 20 times a second to see whether those live on whom it depends, and whether one that was killed owes it a
//! wake-up. Nothing that would tell it so at once can be waited for beside a futex: the kernel rings a robust futex only for the
//! thread that owns it, from a list of which each thread has one, the C library's; `futex_waitv` waits for futexes alone; the end of
//! a process is told by descriptors, which only io_uring could wait for together with a futex, and that is often forbidden; a thread that
//! waits for it in a process's place would be one more in every process. Where the other side's end is told by a descriptor
//! anyway, sleep there, with a [`Doorbell`](crate::Doorbell).

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
