//! What tests do to their own process and std offers no safe way to.

#![allow(unsafe_code)]

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often [`handle`]d signals were delivered to this process and, by inheritance, its parents.
static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_signal: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

pub(crate) fn handled() -> usize {
    HANDLED.load(Ordering::SeqCst)
}

/// Installs a handler that counts.
pub(crate) fn handle(signal: i32) {
    let handler: extern "C" fn(libc::c_int) = count;
    // SAFETY: the handler only touches an atomic, which is async-signal-safe.
    unsafe { libc::signal(signal, handler as libc::sighandler_t) };
}

pub(crate) fn ignore(signal: i32) {
    // SAFETY: ignoring a signal runs no code.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

pub(crate) fn set_default(signal: i32) {
    // SAFETY: the default action runs no code of ours.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// Has the kernel reap children without keeping their statuses, though SIGCHLD is not ignored.
pub(crate) fn keep_no_zombies() {
    // SAFETY: all zeros are a valid sigaction: the default action, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_flags = libc::SA_NOCLDWAIT;
    // SAFETY: the action is read, and a null old one is not written.
    unsafe { libc::sigaction(libc::SIGCHLD, &action, std::ptr::null_mut()) };
}

pub(crate) fn disposition(signal: i32) -> libc::sighandler_t {
    // SAFETY: as in `keep_no_zombies`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null new action only asks; the old one has the size of the place.
    unsafe { libc::sigaction(signal, std::ptr::null(), &mut action) };
    action.sa_sigaction
}

/// Closes a descriptor by its number, as a careless program does.
pub(crate) fn close(fd: RawFd) {
    // SAFETY: the callers are forked children that have no owner of these numbers (0 to 2, or all).
    unsafe { libc::close(fd) };
}

/// A process that a foreign library forks: it waits until `until_closed` is at its end, then exits.
#[allow(clippy::disallowed_methods)]
pub(crate) fn foreign_fork(until_closed: RawFd) {
    // SAFETY: the child calls nothing but read and _exit, which are async-signal-safe.
    if unsafe { libc::fork() } == 0 {
        wait_and_exit(until_closed);
    }
}

/// As [`foreign_fork`], past the C library, which does not notice.
pub(crate) fn foreign_clone(until_closed: RawFd) {
    // SAFETY: as above; without flags and a stack of its own the child is a copy, as that of fork.
    if unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) } == 0 {
        wait_and_exit(until_closed);
    }
}

fn wait_and_exit(until_closed: RawFd) -> ! {
    let mut byte = 0_u8;
    // SAFETY: one byte is written to a place of one byte.
    while unsafe { libc::read(until_closed, (&raw mut byte).cast(), 1) } > 0 {}
    // SAFETY: `_exit` may be called in any state.
    unsafe { libc::_exit(0) }
}

/// Attaches to a process as a debugger does; until this process ends.
pub(crate) fn seize(pid: u32) {
    let (no_address, no_options) = (0_usize, 0_usize);
    // SAFETY: this request takes integers and touches no memory of ours.
    let outcome = unsafe {
        libc::ptrace(
            libc::PTRACE_SEIZE,
            pid.cast_signed(),
            no_address,
            no_options,
        )
    };
    assert_eq!(outcome, 0, "{}", std::io::Error::last_os_error());
}

/// Lets processes that are no ancestors attach, where Yama restricts that.
pub(crate) fn permit_debuggers() {
    // SAFETY: this option takes integers and touches no memory; without Yama it fails and is not needed.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY) };
}

/// The file behind a number that nobody else owns.
pub(crate) fn take_descriptor(fd: RawFd) -> std::fs::File {
    use std::os::fd::FromRawFd;
    // SAFETY: the callers are forked children; std never closes the standard streams that they name.
    unsafe { std::fs::File::from_raw_fd(fd) }
}
