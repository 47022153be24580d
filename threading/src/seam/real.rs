//! The machine itself.

pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

pub(crate) use super::cell::UnsafeCell;
pub(crate) use std::thread::yield_now;

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Instant;

pub(crate) use parking_lot::{Mutex, MutexGuard};
use rustix::thread::futex;

/// A word on whose value a thread sleeps.
#[derive(Debug)]
pub(crate) struct Futex(AtomicU32);

impl Futex {
    pub(crate) const fn new(value: u32) -> Futex {
        Futex(AtomicU32::new(value))
    }

    /// Sleeps while the word has this value, until [`wake`](Futex::wake) or the deadline; may return
    /// sooner.
    pub(crate) fn sleep(&self, value: u32, deadline: Option<Instant>) {
        let timeout = deadline.map(time_left);
        // Every error says that there is no reason to sleep: another value, a signal, time is up.
        let _ = futex::wait(&self.0, futex::Flags::PRIVATE, value, timeout.as_ref());
    }

    /// Wakes the thread that sleeps here.
    pub(crate) fn wake(&self) {
        // Fails only for an address that is none.
        let _ = futex::wake(&self.0, futex::Flags::PRIVATE, 1);
    }
}

impl std::ops::Deref for Futex {
    type Target = AtomicU32;

    #[inline]
    fn deref(&self) -> &AtomicU32 {
        &self.0
    }
}

fn time_left(deadline: Instant) -> futex::Timespec {
    let left = deadline.saturating_duration_since(Instant::now());
    futex::Timespec {
        tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

thread_local! {
    /// The number of this thread, 0 before it has one.
    pub(crate) static IDENT: Cell<u64> = const { Cell::new(0) };
}

/// Whether the deadline has passed.
pub(crate) fn has_passed(deadline: Instant) -> bool {
    Instant::now() >= deadline
}

/// Whether what a thread waits for can happen while it spins: not on one processor.
pub(crate) fn spinning_helps() -> bool {
    static SEVERAL: LazyLock<bool> = LazyLock::new(|| {
        std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
    });
    *SEVERAL
}
