//! The one system call of these tests that has no safe wrapper for a descriptor known by number.

#![allow(unsafe_code)]

use std::os::fd::{BorrowedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

/// Lets the programs that this process runs inherit a descriptor.
pub(crate) fn keep_on_exec(fd: RawFd) {
    // SAFETY: the caller has just found the number among this process's open descriptors, and nothing
    // closes it during the call. F_SETFD takes an integer and touches no memory.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
}
