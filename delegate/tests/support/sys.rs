//! The one system call of these tests that has no safe wrapper for a descriptor known by number.

#![allow(unsafe_code)]

use std::os::fd::RawFd;

/// Lets the programs that this process runs inherit a descriptor.
pub(crate) fn keep_on_exec(fd: RawFd) {
    // SAFETY: F_SETFD takes an integer and touches no memory; a closed number is an error, no more.
    let code = unsafe { libc::fcntl(fd, libc::F_SETFD, 0) };
    assert_eq!(code, 0, "{}", std::io::Error::last_os_error());
}
