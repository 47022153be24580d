//! This process, its parent and its children.

use std::num::NonZeroUsize;
use std::thread;

use super::family;
use super::handle::ProcessHandle;
use crate::connection::AuthKey;

/// The calling process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CurrentProcess {
    /// Its name: "MainProcess" if this crate did not start it.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Whether it is a daemon.
    pub daemon: bool,
}

/// Who the calling process is. A child that another crate has forked is what its parent was.
#[must_use]
pub fn current_process() -> CurrentProcess {
    let family = family::state();
    CurrentProcess {
        name: family.name(),
        pid: std::process::id(),
        daemon: family.is_daemon(),
    }
}

/// The process that started this one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParentProcess {
    /// Its name.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

/// The process that started this one, `None` in the program itself.
///
/// It lives: a child that finds itself alive has a parent that does, as both would die together. So Python's `is_alive`
/// and `join` of it are left out.
#[must_use]
pub fn parent_process() -> Option<ParentProcess> {
    let (name, pid) = family::state().identity()?.parent.clone()?;
    Some(ParentProcess { name, pid })
}

/// The children of this process that run. Those that have ended are reaped by this.
#[must_use]
pub fn active_children() -> Vec<ProcessHandle> {
    family::state().active()
}

/// How many processors this process may use, at least 1. Python counts all of the machine.
#[must_use]
pub fn cpu_count() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The secret that this process and its children know, and nobody else: they prove it to each other when they connect. It
/// is random and made when it is first wanted, at the latest by the first start of a process.
///
/// # Errors
///
/// When the system gives no random bytes.
pub fn authkey() -> manyways_wire::Result<AuthKey> {
    family::state().authkey()
}

/// Sets the [`authkey`] of this process and of those that it starts from now on.
pub fn set_authkey(key: AuthKey) {
    family::state().set_authkey(key);
}
