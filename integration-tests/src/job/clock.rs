//! Who did what when, on a clock that all processes of the machine share.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::gettid;
use serde::{Deserialize, Serialize};

use super::FileId;

/// A stretch of time that a worker spent on one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Kernel thread id of the worker. Threads and processes draw theirs from one pool, so it
    /// tells both kinds apart.
    pub worker: u32,
    /// When it began, in nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// When it ended, in nanoseconds of `CLOCK_MONOTONIC`.
    pub end_ns: u64,
    /// What the time went to.
    pub doing: Doing,
}

/// What a [`Span`] was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// Reading and measuring one file.
    Measure(FileId),
    /// Adding results up.
    Merge,
}

impl Span {
    /// Does `work` and says how long it took and who did it.
    pub(crate) fn over<T>(doing: Doing, work: impl FnOnce() -> T) -> (T, Span) {
        let start_ns = now_ns();
        let result = work();
        let span = Span {
            worker: this_worker(),
            start_ns,
            end_ns: now_ns(),
            doing,
        };
        (result, span)
    }

    /// Its length in nanoseconds; 0 for a span that ends before it starts.
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}

/// The time on the clock of all spans. `Instant` stands on the same clock but cannot be sent to
/// another process.
pub(crate) fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux always has CLOCK_MONOTONIC");
    let seconds = u64::try_from(now.tv_sec()).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec()).unwrap_or(0);
    seconds * 1_000_000_000 + nanoseconds
}

/// The processor time that this process and its children have used, in nanoseconds. A child counts
/// once it has been waited for.
pub(crate) fn cpu_ns() -> u64 {
    [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN]
        .into_iter()
        .filter_map(|who| getrusage(who).ok())
        .map(|usage| nanoseconds(usage.user_time()) + nanoseconds(usage.system_time()))
        .sum()
}

fn nanoseconds(time: TimeVal) -> u64 {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    let microseconds = u64::try_from(time.tv_usec()).unwrap_or(0);
    seconds * 1_000_000_000 + microseconds * 1_000
}

/// Who is calling, in the terms of [`Span::worker`].
pub(crate) fn this_worker() -> u32 {
    gettid().as_raw().unsigned_abs()
}
