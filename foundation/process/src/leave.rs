//! The end of a child.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::alarm;

use crate::{catch_panic, sys};

/// Ends a forked child: flushes what it wrote to stdout, then `_exit`. Unlike `std::process::exit` it
/// runs no `atexit` handler and flushes no C buffer that was inherited from the parent.
///
/// It waits while nobody reads what is to be flushed. It does not wait for a thread that keeps the lock of
/// stdout and writes nothing: after three seconds the child ends without the flush. SIGALRM serves for
/// that.
pub fn leave(code: i32) -> ! {
    if !is_only_thread() {
        give_up_flush_in_time(code);
    }
    let _ = catch_panic(|| io::stdout().flush());
    sys::exit_now(code)
}

/// Nearly every child is a single thread at its end, and nobody else can hold its lock of stdout. The question is
/// whether the thread could leave its process, which it cannot while there are others, and need not otherwise.
pub(crate) fn is_only_thread() -> bool {
    unshare(CloneFlags::CLONE_THREAD).is_ok()
}

/// So many seconds pass, each of them seen by this process, until the flush is given up.
const PATIENCE: u32 = 3;

/// The code to leave with.
static CODE: AtomicI32 = AtomicI32::new(0);
/// The alarms that found stdout ready to be written.
static ALARMS: AtomicU32 = AtomicU32::new(0);

/// Nobody can ask for the lock of stdout without waiting for it, so an alarm has to end the wait.
fn give_up_flush_in_time(code: i32) {
    CODE.store(code, Ordering::Relaxed);
    sys::handle_alarm(on_alarm);
    let mut unblocked = SigSet::empty();
    unblocked.add(Signal::SIGALRM);
    let _ = unblocked.thread_unblock();
    alarm::set(1);
}

/// Does only what a signal handler may: system calls and atomics.
extern "C" fn on_alarm(_signal: libc::c_int) {
    let errno = Errno::last_raw();
    if stdout_is_writable() && ALARMS.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
        sys::exit_now(CODE.load(Ordering::Relaxed));
    }
    alarm::set(1);
    Errno::set_raw(errno);
}

/// If not, somebody is about to write, and the flush will have its turn.
fn stdout_is_writable() -> bool {
    // Made before the fork, so that this only looks it up, and takes no lock.
    let stdout = io::stdout();
    let mut polled = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
    poll(&mut polled, PollTimeout::ZERO) != Ok(0)
}
