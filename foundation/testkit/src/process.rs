//! Signals to processes by id.

use std::io;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

/// Kills a process with SIGKILL.
///
/// The id must belong to a child that was not waited for yet, or to a descendant known to live: ids
/// are used again.
///
/// # Errors
/// If there is no such process or it belongs to somebody else, and for 0 and ids beyond those that
/// a process can have, which kill(2) would take for groups.
pub fn kill_process(pid: u32) -> io::Result<()> {
    send(pid, Signal::SIGKILL)
}

pub(crate) fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0);
    let pid =
        pid.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the id of a process"))?;
    Ok(signal::kill(Pid::from_raw(pid), signal)?)
}
