//! Time of the processor.

#![allow(unsafe_code)]

/// Nanoseconds of the processor that this thread has had: others may keep it waiting as long as they like.
pub(crate) fn processor_time() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: POSIX: it writes the time to where the pointer points, which is a `timespec` of this function's.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(told, 0, "Linux has a clock for each thread");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
