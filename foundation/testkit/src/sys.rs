//! The system calls that need `unsafe`.
#![allow(unsafe_code)]

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal};

/// Runs before `main`, when this process has one thread.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = at_start;

extern "C" fn at_start() {
    let Some(home) = crate::home::prepare() else {
        return;
    };
    let (variable, value) = home.marker();
    // SAFETY: functions in .init_array run before main, so this is the only thread and nobody reads the environment.
    unsafe { std::env::set_var(variable, value) };
    // SAFETY: as above.
    unsafe { std::env::set_var("TMPDIR", home.temporary()) };
    call_at_exit();
}

/// Has `home::at_exit` run when this process calls `exit` or returns from `main`.
fn call_at_exit() {
    extern "C" fn at_exit() {
        crate::home::at_exit();
    }
    // SAFETY: `at_exit` is a function with the expected signature that lives as long as the program, and it does not
    // unwind: everything that it calls returns errors as values.
    unsafe { libc::atexit(at_exit) };
}

/// Lets any process of this user trace this one, which Yama forbids otherwise.
pub(crate) fn permit_tracing() {
    // SAFETY: PR_SET_PTRACER takes one integer and touches no memory of ours. It fails where Yama is not compiled in,
    // and there nothing needs permission.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY, 0, 0, 0) };
}

/// Has the kernel end this process in so many seconds, whatever its threads do.
pub(crate) fn die_in(seconds: u32) {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default disposition runs no code of ours.
    let _ = unsafe { nix::sys::signal::sigaction(Signal::SIGALRM, &default) };
    let mut alarm = SigSet::empty();
    alarm.add(Signal::SIGALRM);
    let _ = alarm.thread_unblock();
    nix::unistd::alarm::set(seconds);
}
