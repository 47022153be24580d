//! The system calls of this crate that have no safe wrapper, one small function each.

#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Which side of a fork this is.
pub(crate) enum Side {
    Parent(u32),
    Child,
}

/// Duplicates the calling process. The caller holds every lock that the child will want.
#[allow(clippy::disallowed_methods)]
pub(crate) fn fork() -> io::Result<Side> {
    // SAFETY: fork has no memory preconditions. What the child may do afterwards is the subject of
    // `fork.rs`: glibc's own fork handlers keep malloc usable there, and the child runs on the
    // copied stack of this thread until it leaves through `exit_now`, never returning from it.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        pid => Ok(Side::Parent(pid.unsigned_abs())),
    }
}

/// Ends the process at once: no destructors, no `atexit`, no flushing of inherited buffers.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` may be called in any state; it never returns.
    unsafe { libc::_exit(code) }
}

/// Has `handler` run in the child of every fork of this process, ours or another library's.
pub(crate) fn call_in_forked_children(handler: extern "C" fn()) -> io::Result<()> {
    // SAFETY: the handler is a plain function that lives as long as the program.
    match unsafe { libc::pthread_atfork(None, None, Some(handler)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Opens a descriptor for the process `pid`, close-on-exec as all pidfds are.
pub(crate) fn pidfd_open(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two integers and touches no memory of ours.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = RawFd::try_from(fd).unwrap_or(-1);
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends `signal` to the process behind `pidfd`, which cannot have become another one.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let info = ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo asks the kernel to fill in its default; the other arguments are integers.
    let code = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            info,
            0,
        )
    };
    if code < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Closes a descriptor by number. Used once a child has taken over a copy of its parent's table.
pub(crate) fn close_inherited(fd: RawFd) {
    // SAFETY: the registry names descriptors whose owners belong to the parent process; in this
    // process those owners refuse every operation, their `Drop` included (see `creator.rs`).
    unsafe { libc::close(fd) };
}

/// Asks the kernel to kill this process as soon as every write end of `pipe` is closed.
///
/// The pipe is put in signal-driven mode with SIGKILL as its signal; a pipe's read end signals when
/// its last writer goes.
pub(crate) fn kill_me_at_hangup(pipe: BorrowedFd<'_>) -> io::Result<()> {
    let fd = pipe.as_raw_fd();
    set_descriptor_flag(fd, F_SETSIG, libc::SIGKILL)?;
    set_descriptor_flag(fd, libc::F_SETOWN, std::process::id().cast_signed())?;
    set_descriptor_flag(fd, libc::F_SETFL, libc::O_ASYNC)
}

/// Absent from `libc`; the same number on every architecture (`asm-generic/fcntl.h`).
const F_SETSIG: i32 = 10;

fn set_descriptor_flag(fd: RawFd, command: i32, value: i32) -> io::Result<()> {
    // SAFETY: these fcntl commands take an integer and touch no memory.
    match unsafe { libc::fcntl(fd, command, value) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Gives every signal that has a handler its default action, except those in `kept`.
pub(crate) fn reset_signal_handlers(kept: &[i32]) {
    for signal in 1..=libc::SIGRTMAX() {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: a null new action only asks; the old one is written to a place of its size.
        if unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } != 0 {
            continue; // The numbers that libc keeps for itself, and nothing else.
        }
        // SAFETY: the call succeeded, so it filled the structure.
        let handler = unsafe { action.assume_init() }.sa_sigaction;
        let handled = handler != libc::SIG_DFL && handler != libc::SIG_IGN;
        if handled && !kept.contains(&signal) || signal == libc::SIGCHLD && handler != libc::SIG_DFL
        {
            // SAFETY: the default action is valid for every signal; no handler of ours is installed.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
}
