//! The machine itself.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

use rustix::thread::futex;

/// Who takes part, and who is dead.
pub(crate) type Life = crate::segment::Segment;

/// No sleep is longer. A process can be killed between a change and the wake-up that it owes for it, and the one on which
/// a sleeper depends can be killed at any time: whoever sleeps looks again so often.
pub(crate) const PERIOD: Duration = Duration::from_millis(50);

/// An atomic word in shared memory, on whose value threads of all processes sleep.
#[derive(Debug, Default)]
#[repr(transparent)]
pub(crate) struct Word(AtomicU32);

impl Word {
    /// Sleeps while the word has this value, until [`wake`](Word::wake), the deadline or the [`PERIOD`] is over; may
    /// return sooner.
    pub(crate) fn sleep(&self, value: u32, deadline: Option<Instant>) {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.map_or(PERIOD, |left| left.min(PERIOD));
        let limit = futex::Timespec {
            tv_sec: 0,
            tv_nsec: left.subsec_nanos().into(),
        };
        // Every error says that there is no reason to sleep: another value, a signal, time is up.
        let _ = futex::wait(&self.0, futex::Flags::empty(), value, Some(&limit));
    }

    /// Wakes threads that sleep here, at most so many, those who came first first. How many there were.
    pub(crate) fn wake(&self, count: u32) -> usize {
        // Fails only for an address that is none.
        futex::wake(&self.0, futex::Flags::empty(), count.min(i32::MAX as u32)).unwrap_or(0)
    }
}

impl std::ops::Deref for Word {
    type Target = AtomicU32;

    #[inline]
    fn deref(&self) -> &AtomicU32 {
        &self.0
    }
}

/// An atomic word of 64 bits in shared memory.
pub(crate) type Word64 = AtomicU64;

/// Whether the deadline has passed.
pub(crate) fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

/// Whether what a thread waits for can happen while it spins: not on one processor.
///
/// That a thread may use only one says nothing of the others.
pub(crate) fn spinning_helps() -> bool {
    static SEVERAL: LazyLock<bool> =
        LazyLock::new(
            || match std::fs::read_to_string("/sys/devices/system/cpu/online") {
                Ok(online) => online.contains(['-', ',']),
                Err(_) => std::thread::available_parallelism().is_ok_and(|number| number.get() > 1),
            },
        );
    *SEVERAL
}
