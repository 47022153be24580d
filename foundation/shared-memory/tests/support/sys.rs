//! Forks, signals and waits, without the foundation that does them for everybody else: this crate stands below it.

#![allow(unsafe_code, clippy::disallowed_methods)]

use std::ffi::CStr;
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::AtomicU64;

use manyways_shared_memory::Place;

/// Runs `body` in a forked child, whose process id it gives.
pub(crate) fn fork(body: impl FnOnce()) -> u32 {
    // SAFETY: the child runs `body` on a copy of this thread and leaves by `_exit`. The C library makes its allocator
    // usable there; the tests use no lock that another thread could hold at the time.
    match unsafe { libc::fork() } {
        0 => {
            let outcome = panic::catch_unwind(AssertUnwindSafe(body));
            exit_now(if outcome.is_ok() { 0 } else { 101 })
        }
        pid => u32::try_from(pid).expect("fork"),
    }
}

/// Leaves without a destructor.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` may be called in any state.
    unsafe { libc::_exit(code) }
}

/// Becomes another program, that sleeps.
pub(crate) fn exec_sleep() -> ! {
    let arguments: [&CStr; 2] = [c"sleep", c"100"];
    let pointers = [
        arguments[0].as_ptr(),
        arguments[1].as_ptr(),
        std::ptr::null(),
    ];
    // SAFETY: name and arguments are strings of C that live through the call, and the list ends with null.
    unsafe { libc::execvp(arguments[0].as_ptr(), pointers.as_ptr()) };
    panic!("exec: {}", std::io::Error::last_os_error());
}

pub(crate) fn kill(pid: u32, signal: i32) {
    // SAFETY: the call takes two integers.
    let code = unsafe { libc::kill(pid.try_into().expect("a process id"), signal) };
    assert_eq!(code, 0, "signal {signal} to process {pid}");
}

/// Waits for a child; its exit code, if it was not a signal.
pub(crate) fn wait(pid: u32) -> Option<i32> {
    let mut status = 0;
    // SAFETY: the status lives through the call.
    let waited =
        unsafe { libc::waitpid(pid.try_into().expect("a process id"), &raw mut status, 0) };
    assert_eq!(u32::try_from(waited), Ok(pid), "waiting for process {pid}");
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

/// A memory file that is no segment.
pub(crate) fn memory_file(len: u64, is_sealed: bool) -> OwnedFd {
    // SAFETY: the name is a string of C.
    let descriptor = unsafe {
        libc::memfd_create(
            c"other".as_ptr(),
            libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
        )
    };
    assert!(descriptor >= 0, "memfd_create");
    // SAFETY: the kernel has just made this descriptor for us.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
    file.set_len(len).unwrap();
    if is_sealed {
        // SAFETY: the call takes integers.
        let code = unsafe {
            libc::fcntl(
                descriptor,
                libc::F_ADD_SEALS,
                libc::F_SEAL_SHRINK | libc::F_SEAL_GROW,
            )
        };
        assert_eq!(code, 0, "sealing");
    }
    file.into()
}

/// A place as atomic words.
pub(crate) fn words(place: &Place) -> &[AtomicU64] {
    let start = place.as_ptr().cast::<AtomicU64>();
    assert!(start.is_aligned(), "a place of words is aligned");
    // SAFETY: within the place, which the result borrows; aligned; for atomics all bits are valid.
    unsafe { std::slice::from_raw_parts(start.as_ptr(), place.len() / 8) }
}

/// Keeps this thread on one processor; on any, where there are not so many.
pub(crate) fn stay_on(processor: usize) {
    // SAFETY: for this array of bits zeros are valid.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the call writes within the set, for it ignores numbers beyond.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: the set lives through the call and is as long as it says. A failure leaves things as they were.
    unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
}

/// Has a new open file description of this file lock its first bytes.
pub(crate) fn lock_bytes(file: BorrowedFd<'_>, count: i64) -> File {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let file = File::options().read(true).write(true).open(path).unwrap();
    // SAFETY: for this structure of integers zeros are valid.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as libc::c_short;
    range.l_len = count;
    // SAFETY: the call takes a pointer to a `flock`, which lives through the call.
    let code = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut range) };
    assert_eq!(code, 0, "locking");
    file
}

/// How many descriptors this process may have; the limit above it stays.
pub(crate) fn limit_descriptors(count: u64) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure lives through the call.
    let code = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    assert_eq!(code, 0, "reading the limit");
    limit.rlim_cur = count.min(limit.rlim_max);
    // SAFETY: as above.
    let code = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(code, 0, "setting the limit");
}
