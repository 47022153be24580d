//! Background processes, which are no children of the one that made them.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;
use std::{io, process};

use nix::unistd;

use crate::child::wait_for;
use crate::output::Captured;
use crate::private_fd::PrivateFd;
use crate::sys::{self, Side};
use crate::{Child, Error, Exit, Link, PANICKED, Result, poll_readable};

/// A process that is no child of this one: a background process made by
/// [`Fork::spawn_detached`](crate::Fork::spawn_detached), or one that another process has started for this.
///
/// It is no child: the system's first process reaps it. So its end is seen here, but how it ended is not
/// ([`Exit::Unknown`]), unless this process inherits orphans (as process 1, or by `PR_SET_CHILD_SUBREAPER`). What is
/// to be known of its end, it must send over its link.
///
/// The handle holds a pidfd, so a signal or a wait never hits another process that got the same pid. Dropping it
/// leaves the process alone. A copy of the handle in a forked child refuses to work.
#[derive(Debug)]
pub struct Detached {
    pid: u32,
    /// Absent once it has ended.
    pidfd: Option<PrivateFd>,
    exit: Option<Exit>,
    stdout: Option<Captured>,
    stderr: Option<Captured>,
}

impl Detached {
    /// A process that somebody else started, by a pidfd of it that its parent has sent.
    #[must_use]
    pub fn from_pidfd(pid: u32, pidfd: OwnedFd) -> Detached {
        Detached {
            pid,
            pidfd: Some(PrivateFd::new(pidfd)),
            exit: None,
            stdout: None,
            stderr: None,
        }
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// As [`Child::take_stdout`].
    pub fn take_stdout(&mut self) -> Option<Captured> {
        self.stdout.take()
    }

    /// As [`Child::take_stderr`].
    pub fn take_stderr(&mut self) -> Option<Captured> {
        self.stderr.take()
    }

    /// A descriptor that becomes readable when the process ends, for [`poll_readable`]. `None` once the
    /// end has been seen.
    ///
    /// # Errors
    ///
    /// In a process other than the one that made it.
    pub fn as_fd(&self) -> Result<Option<BorrowedFd<'_>>> {
        let fd = self.pidfd.as_ref().map(PrivateFd::get).transpose();
        fd.map_err(|error| Error::system("watch a background process", error))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// In a process other than the one that made it.
    pub fn wait(&mut self) -> Result<Exit> {
        self.wait_within(None)
            .map(|exit| exit.unwrap_or(Exit::Unknown))
    }

    /// Waits at most `timeout`; `None` if it still runs then.
    ///
    /// # Errors
    ///
    /// In a process other than the one that made it.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Exit>> {
        self.wait_within(Some(timeout))
    }

    /// Whether it still runs.
    ///
    /// # Errors
    ///
    /// In a process other than the one that made it.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.wait_timeout(Duration::ZERO)?.is_none())
    }

    /// Sends a signal by number. A process that has ended already is no error.
    ///
    /// # Errors
    ///
    /// For an invalid number, in a process other than the one that made it, or if it has become another user's.
    pub fn signal(&mut self, signal: i32) -> Result<()> {
        let Some(pidfd) = self.as_fd()? else {
            return Ok(());
        };
        match sys::pidfd_send_signal(pidfd, signal) {
            Err(error) if error.raw_os_error() != Some(libc::ESRCH) => Err(Error::system(
                "send a signal to a background process",
                error,
            )),
            _ => Ok(()),
        }
    }

    /// Ends it at once (SIGKILL); even a stopped one.
    ///
    /// # Errors
    ///
    /// As [`signal`](Self::signal).
    pub fn kill(&mut self) -> Result<()> {
        self.signal(libc::SIGKILL)
    }

    fn wait_within(&mut self, timeout: Option<Duration>) -> Result<Option<Exit>> {
        let failed = |error| Error::system("wait for a background process", error);
        let Some(pidfd) = self.as_fd()? else {
            return Ok(self.exit);
        };
        if poll_readable(&[pidfd], timeout).map_err(failed)?.is_empty() {
            return Ok(None);
        }
        // It has ended, and is asked how only in case that it is a child after all.
        let exit = wait_for(pidfd, libc::WEXITED | libc::WNOHANG).map_err(failed)?;
        self.exit = Some(exit.unwrap_or(Exit::Unknown));
        self.pidfd = None;
        Ok(self.exit)
    }
}

/// In the first child, with all signals blocked: returns in a grandchild, in a session of its own, whose parent
/// is gone at once.
pub(crate) fn leave_family() {
    // It fails only for a group's leader, which a forked child is not.
    let _ = unistd::setsid();
    match sys::fork() {
        Ok(Side::Child) => {}
        Ok(Side::Parent(_)) => sys::exit_now(0),
        Err(error) => sys::exit_now(error.raw_os_error().unwrap_or(PANICKED)),
    }
}

/// In the grandchild: says who it is, and waits until it is known. `false` if nobody wants it any more.
pub(crate) fn introduce(link: &mut Link) -> bool {
    link.send(&process::id()).is_ok() && link.recv::<()>().is_ok()
}

/// In the maker: the other side of `introduce`.
///
/// The grandchild runs on only after the answer. An answer that could be sent was sent to somebody who lived
/// then, and the pidfd was opened before; so it is not another process's that got the same pid.
pub(crate) fn meet(mut intermediate: Child, mut link: Link) -> Result<(Detached, Link)> {
    let forked = intermediate.wait()?;
    if let Some(errno) = forked.code().filter(|code| *code != 0) {
        let error = io::Error::from_raw_os_error(errno);
        return Err(Error::system("fork a background process", error));
    }
    let pid = link.recv()?;
    let pidfd = PrivateFd::open(|| sys::pidfd_open(pid))
        .map_err(|error| Error::system("open a handle of a background process", error))?;
    link.send(&())?;
    let process = Detached {
        pid,
        pidfd: Some(pidfd),
        exit: None,
        stdout: intermediate.take_stdout(),
        stderr: intermediate.take_stderr(),
    };
    Ok((process, link))
}
