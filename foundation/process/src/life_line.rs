//! What ends a child when its parent ends.
//!
//! A pipe, of which only the parent holds the write end. The child's end is in signal-driven mode with
//! SIGKILL as its signal, so the kernel kills the child when the parent is gone, however it went, and
//! whatever the child does: it may compute, sleep, be stopped, or block every signal.
//! PR_SET_PDEATHSIG would not do: it fires when the *thread* ends that forked.

use std::os::fd::OwnedFd;
use std::{io, thread};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::private_fd::{PrivateFd, PrivateFds};
use crate::{Error, PANICKED, Result, poll_readable, sys};

/// The parent's end, to be held as long as the child may live, and the child's.
pub(crate) fn pair() -> io::Result<(PrivateFd, PrivateFd)> {
    let (child, parent) = PrivateFd::open_pair(io::pipe)?;
    sys::kill_owner_at_hangup(child.get()?)?;
    Ok((parent, child))
}

/// In the child: from here on it dies with its parent.
pub(crate) fn arm(end: PrivateFd) {
    let pid = sys::own_pid();
    if own(&end, pid).is_err() || has_hung_up(&end) {
        // Nobody is left to be told; a parent that died before this line sends no signal.
        sys::exit_now(PANICKED);
    }
    if pid == 1 && watch(&end).is_err() {
        sys::exit_now(PANICKED);
    }
    PrivateFds::lock().life_line = Some(end);
}

/// Has the kernel kill the process `pid` at the hang-up.
pub(crate) fn own(end: &PrivateFd, pid: i32) -> io::Result<()> {
    sys::send_signals_to(end.get()?, pid)
}

/// The first process of a PID namespace is immune to the kernel's signal. A thread ends it.
fn watch(end: &PrivateFd) -> io::Result<()> {
    let pipe = PrivateFd::new(end.get()?.try_clone_to_owned()?);
    let wait = move || {
        let hung_up = |pipe| poll_readable(&[pipe], None).is_ok_and(|ready| !ready.is_empty());
        while !pipe.get().is_ok_and(hung_up) {}
        sys::exit_now(PANICKED)
    };
    let thread = thread::Builder::new().name("life line".to_owned());
    thread.spawn(wait).map(|_| ())
}

fn has_hung_up(end: &PrivateFd) -> bool {
    end.get().is_ok_and(|pipe| {
        let mut polled = [PollFd::new(pipe, PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    })
}

/// Ties the lives of other processes to this one, beside those of its own children, which are tied already: a process that
/// has called [`tie_life`] with the other end is killed by the kernel when this process ends, however it ends, or drops
/// the line.
#[derive(Debug)]
pub struct LifeLine {
    _end: PrivateFd,
}

impl LifeLine {
    /// A new line, and its other end, to be sent.
    ///
    /// # Errors
    ///
    /// When the system has no room for a pipe.
    pub fn new() -> Result<(LifeLine, OwnedFd)> {
        let made = pair().and_then(|(own, other)| {
            let other = other.get()?.try_clone_to_owned()?;
            Ok((LifeLine { _end: own }, other))
        });
        made.map_err(|error| Error::system("make a life line", error))
    }
}

/// From here on this process dies with whoever holds the [`LifeLine`] of this end, and with nobody else that it was tied to
/// before. It ends at once if they are gone already.
///
/// It is for a child that [outlives its parent](crate::Fork::outlive_parent), since it was started for another process.
pub fn tie_life(end: OwnedFd) {
    arm(PrivateFd::new(end));
}

/// Makes a forked child that has changed its user die with its parent all the same.
///
/// The kernel sends the signal that ends an orphan in the name of the user that the child was when it
/// was forked. A child of root is always reached. Any other child that changes both its real and its
/// saved user id, as root of a user namespace can, is out of reach until it calls this.
///
/// Does nothing in a process that is no child of this crate, or that
/// [outlives its parent](crate::Fork::outlive_parent).
///
/// # Errors
///
/// When the system refuses.
pub fn renew_life_line() -> Result<()> {
    let fds = PrivateFds::lock();
    let Some(end) = fds.life_line.as_ref().filter(|end| end.get().is_ok()) else {
        return Ok(());
    };
    own(end, sys::own_pid()).map_err(|error| Error::system("renew the life line", error))?;
    if has_hung_up(end) {
        sys::exit_now(PANICKED);
    }
    Ok(())
}
