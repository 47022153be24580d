//! How a process knows that it was started as a worker.
//!
//! The variable names a role and the socket that is the worker's standard input. Programs that a worker runs in turn may
//! inherit the variable, but not the socket, and are no workers.

use std::os::fd::BorrowedFd;
use std::{env, io};

use nix::sys::stat::{FileStat, SFlag, fstat};

use crate::{leave, sys};

const VARIABLE: &str = "MANYWAYS_WORKER";
const ASSIGNED: &str = "MANYWAYS_WORKER=";

/// The variable for a worker in `role` whose standard input will be `socket`, and what it says.
pub(super) fn of(role: &str, socket: BorrowedFd<'_>) -> io::Result<(&'static str, String)> {
    Ok((ASSIGNED, value(role, fstat(socket)?.st_ino)))
}

fn value(role: &str, inode: u64) -> String {
    format!("{role} {inode}")
}

/// Whether this process was started as a worker in `role`, and has not taken its link away yet.
pub(super) fn names(role: &str) -> bool {
    let Ok(mark) = env::var(VARIABLE) else {
        return false;
    };
    let is_socket = |stat: &FileStat| {
        SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFSOCK
    };
    fstat(io::stdin()).is_ok_and(|stat| is_socket(&stat) && value(role, stat.st_ino) == mark)
}

/// The variable has served. It stays if another thread might be reading the environment, and does no harm.
pub(super) fn remove() {
    if leave::is_only_thread() {
        sys::remove_variable(VARIABLE);
    }
}
