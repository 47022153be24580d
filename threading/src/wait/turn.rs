//! Fairness where threads that come late may be faster than those in line.

use std::time::{Duration, Instant};

use super::queue::{Locked, Waiting};
use crate::seam::has_passed;

/// How long a waiter may be beaten by threads that come later, before it is handed what it waits for.
const PATIENCE: Duration = Duration::from_millis(1);

/// Where a thread stands that contends for something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    /// It has not been in line.
    First,
    /// It was in line and woken to try; it starves from then on.
    Woken { starves: Instant },
}

impl Turn {
    pub(crate) fn is_woken(self) -> bool {
        matches!(self, Turn::Woken { .. })
    }

    /// Whether it has been beaten for too long.
    pub(crate) fn is_starved(self) -> bool {
        match self {
            Turn::First => false,
            Turn::Woken { starves } => has_passed(starves),
        }
    }

    /// As what it will be woken, if it joins the line now.
    pub(crate) fn woken(self) -> Turn {
        match self {
            Turn::First => Turn::Woken {
                starves: Instant::now() + PATIENCE,
            },
            woken @ Turn::Woken { .. } => woken,
        }
    }

    /// Joins the line: at its end, or at its head after having been woken.
    pub(crate) fn enqueue<S>(self, queue: Locked<'_, S>) -> Waiting<'_, S> {
        match self {
            Turn::First => queue.enqueue(),
            Turn::Woken { .. } => queue.enqueue_first(),
        }
    }
}
