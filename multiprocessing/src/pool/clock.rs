//! The clock that time limits are measured by, the same in all processes.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since some moment before the system's start.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC);
    time.map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}
