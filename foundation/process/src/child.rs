//! A forked child, as its parent sees it.

use std::os::fd::BorrowedFd;
use std::time::Duration;
use std::{io, thread};

use crate::output::Captured;
use crate::private_fd::PrivateFd;
use crate::sys::{self, Whom};
use crate::{Error, Exit, Result, poll_readable};

/// A forked child process.
///
/// The handle holds a pidfd, so a signal or a wait never hits another process that got the same
/// pid, and never takes the status of another child. Dropping the handle kills the child (SIGKILL)
/// and reaps it; nothing stays behind. A copy of the handle in a forked child does nothing.
///
/// A killed child can stay for a while: in an uninterruptible system call, or as a zombie that a debugger
/// holds. The drop waits ten seconds for it and then leaves the reaping to a thread.
#[derive(Debug)]
pub struct Child {
    pub(crate) pid: u32,
    pub(crate) name: String,
    /// Absent once the exit is known.
    pub(crate) pidfd: Option<PrivateFd>,
    pub(crate) exit: Option<Exit>,
    /// Held open while this process lives: its closing ends the child.
    pub(crate) life_line: Option<PrivateFd>,
    pub(crate) stdout: Option<Captured>,
    pub(crate) stderr: Option<Captured>,
}

impl Child {
    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The name given with [`Fork::name`](crate::Fork::name), else the empty string.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The reading end of the child's standard output, once, if it was forked with
    /// [`Output::Capture`](crate::Output::Capture).
    pub fn take_stdout(&mut self) -> Option<Captured> {
        self.stdout.take()
    }

    /// The reading end of the child's standard error, as [`take_stdout`](Self::take_stdout).
    pub fn take_stderr(&mut self) -> Option<Captured> {
        self.stderr.take()
    }

    /// A descriptor that becomes readable when the child ends, for
    /// [`poll_readable`](crate::poll_readable). `None` once the child has been reaped.
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn as_fd(&self) -> Result<Option<BorrowedFd<'_>>> {
        let pidfd = match &self.pidfd {
            Some(pidfd) if self.exit.is_none() => pidfd.get().map(Some),
            _ => Ok(None),
        };
        pidfd.map_err(|error| Error::system("use a child's handle", error))
    }

    /// Waits until the child ends, reaps it and says how it ended. Later calls give the same answer.
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn wait(&mut self) -> Result<Exit> {
        self.reap(libc::WEXITED)
            .map(|exit| exit.unwrap_or(Exit::Unknown))
    }

    /// How the child ended, or `None` while it runs.
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn try_wait(&mut self) -> Result<Option<Exit>> {
        self.reap(libc::WEXITED | libc::WNOHANG)
    }

    /// Waits at most `timeout`; `None` if the child still runs then.
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Exit>> {
        if let Some(pidfd) = self.as_fd()? {
            poll_readable(&[pidfd], Some(timeout))
                .map_err(|error| Error::system("wait for a child", error))?;
        }
        self.try_wait()
    }

    /// Whether the child still runs. A child that has ended is reaped by this call.
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.try_wait()?.is_none())
    }

    /// Sends a signal by number. A child that has ended already is no error.
    ///
    /// # Errors
    ///
    /// For an invalid number, or in a process other than the one that forked the child.
    pub fn signal(&mut self, signal: i32) -> Result<()> {
        let Some(pidfd) = self.as_fd()? else {
            return Ok(());
        };
        match sys::pidfd_send_signal(pidfd, signal) {
            Err(error) if error.raw_os_error() != Some(libc::ESRCH) => {
                Err(Error::system("send a signal to a child", error))
            }
            _ => Ok(()),
        }
    }

    /// Asks the child to end (SIGTERM).
    ///
    /// # Errors
    ///
    /// As [`signal`](Self::signal).
    pub fn terminate(&mut self) -> Result<()> {
        self.signal(libc::SIGTERM)
    }

    /// Ends the child at once (SIGKILL); even a stopped one. Reap it with [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`signal`](Self::signal).
    pub fn kill(&mut self) -> Result<()> {
        self.signal(libc::SIGKILL)
    }

    fn reap(&mut self, flags: i32) -> Result<Option<Exit>> {
        if self.exit.is_some() {
            return Ok(self.exit);
        }
        let status = match self.as_fd()? {
            Some(pidfd) => wait_for(pidfd, flags),
            None => Ok(Some(Exit::Unknown)),
        };
        self.exit = status.map_err(|error| Error::system("wait for a child", error))?;
        if self.exit.is_some() {
            self.pidfd = None;
            self.life_line = None;
        }
        Ok(self.exit)
    }
}

/// `Unknown` if it is no child of this process, or was reaped.
pub(crate) fn wait_for(pidfd: BorrowedFd<'_>, flags: i32) -> io::Result<Option<Exit>> {
    match sys::wait(Whom::Pidfd(pidfd), flags) {
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(Some(Exit::Unknown)),
        status => status,
    }
}

/// How long a drop waits for a killed child.
const DROP_PATIENCE: Duration = Duration::from_secs(10);

impl Drop for Child {
    fn drop(&mut self) {
        // In another process than the creator's these fail, and that is meant.
        if self.exit.is_some() || self.kill().is_err() {
            return;
        }
        let gone = self.wait_timeout(DROP_PATIENCE);
        if let (Ok(None), Some(pidfd)) = (gone, self.pidfd.take()) {
            reap_later(pidfd);
        }
    }
}

/// Without a thread to spare the zombie stays until this process ends.
fn reap_later(pidfd: PrivateFd) {
    let reap = move || {
        if let Ok(pidfd) = pidfd.get() {
            let _ = wait_for(pidfd, libc::WEXITED);
        }
    };
    let _ = thread::Builder::new().name("reaper".to_owned()).spawn(reap);
}
