//! How a process knows that it was started as a worker.
//!
//! The variable names a role and the socket that is the worker's standard input. Programs that a worker runs in turn may
//! inherit the variable, but not the socket, and are no workers.

use std::os::fd::{AsFd, BorrowedFd};
use std::{env, io};

use nix::sys::stat::{SFlag, fstat};

use crate::{leave, sys};

pub(super) const VARIABLE: &str = "MANYWAYS_WORKER";

/// What the variable says to a worker in `role` whose standard input will be `socket`.
pub(super) fn of(role: &str, socket: BorrowedFd<'_>) -> io::Result<String> {
    Ok(format!("{role} {}", fstat(socket)?.st_ino))
}

/// Whether this process was started as a worker in `role`, and has not taken its link away yet.
pub(super) fn names(role: &str) -> bool {
    let Ok(mark) = env::var(VARIABLE) else {
        return false;
    };
    let stdin = io::stdin();
    is_socket(stdin.as_fd()) && of(role, stdin.as_fd()).is_ok_and(|expected| expected == mark)
}

fn is_socket(fd: BorrowedFd<'_>) -> bool {
    let kind = |mode| SFlag::from_bits_truncate(mode) & SFlag::S_IFMT;
    fstat(fd).is_ok_and(|stat| kind(stat.st_mode) == SFlag::S_IFSOCK)
}

/// The variable has served. It stays if another thread might be reading the environment, and does no harm.
pub(super) fn remove() {
    if leave::is_only_thread() {
        sys::remove_variable(VARIABLE);
    }
}
