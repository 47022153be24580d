//! The system calls that take more than safe code.
#![allow(unsafe_code)]

use std::io;

/// Has `handler` run in the child of every fork of this process, this crate's or another library's.
pub(super) fn call_in_forked_children(handler: extern "C" fn()) -> io::Result<()> {
    // SAFETY: the handler is a plain function that lives as long as the program.
    match unsafe { libc::pthread_atfork(None, None, Some(handler)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}
