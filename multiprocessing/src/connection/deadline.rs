//! When something is to be given up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A moment that several handles share.
#[derive(Debug)]
pub(super) struct Deadline {
    since: Instant,
    /// Nanoseconds; `u64::MAX` is never.
    after: AtomicU64,
}

impl Deadline {
    pub(super) fn none() -> Deadline {
        Deadline {
            since: Instant::now(),
            after: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn set(&self, deadline: Option<Instant>) {
        let nanos = deadline.map_or(u64::MAX, |at| {
            let after = at.saturating_duration_since(self.since).as_nanos();
            u64::try_from(after).unwrap_or(u64::MAX)
        });
        self.after.store(nanos, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn get(&self) -> Option<Instant> {
        match self.after.load(Ordering::Relaxed) {
            u64::MAX => None,
            nanos => self.since.checked_add(Duration::from_nanos(nanos)),
        }
    }
}
