//! The one system call of these tests that has no safe wrapper.

#![allow(unsafe_code)]

use std::io::{PipeReader, Read};

use nix::unistd::{ForkResult, fork};

/// Forks as C libraries do that leave a process in the background: the copy keeps every descriptor of
/// this process open. It ends when `until` does, of which the caller holds no other end.
#[allow(clippy::disallowed_methods)] // A foreign fork is what it plays.
pub(crate) fn leave_a_copy(mut until: PipeReader) {
    // SAFETY: the caller is a forked child with one thread, so the copy finds no lock held, and may
    // allocate; it does nothing but read until the end of a pipe, and leaves without unwinding.
    if let ForkResult::Child = unsafe { fork() }.unwrap() {
        let _ = until.read(&mut [0]);
        manyways_process::leave(0);
    }
}
