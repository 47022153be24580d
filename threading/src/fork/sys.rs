//! The system call that takes more than safe code.
#![allow(unsafe_code)]

use std::io;

/// Has the first handler run before every fork of this process, this crate's or another library's, in the thread that
/// forks; then the second in the same thread, and the third in the child.
pub(super) fn call_at_forks(
    before: extern "C" fn(),
    in_parent: extern "C" fn(),
    in_child: extern "C" fn(),
) -> io::Result<()> {
    // SAFETY: the handlers are plain functions that live as long as the program.
    match unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}
