//! What tests do to their own process and std offers no safe way to.

#![allow(unsafe_code)]

/// Gives an interrupt its default action, which processes inherit: who runs the tests in the background of a script may
/// have it ignored.
pub(crate) fn mind_interrupts() {
    // SAFETY: the default action runs no code of ours.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
}
