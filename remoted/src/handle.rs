//! A server process, as the one sees it that started it.

use std::sync::Mutex;
use std::time::Duration;

use manyways_process::{Child, Exit, Link};

use crate::Address;
use crate::error::{Attempt, Error, Reason, Result};
use crate::server::{Ready, SocketFile, Stop};

/// How long a server that was told to stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A share server in the background, started by [`InitShare::start`](crate::InitShare::start).
///
/// Dropping the handle leaves the server to its clients and to auto-kill (and, if no client has been there
/// yet, starts auto-kill's clock). So does the death of this process.
#[derive(Debug)]
#[must_use = "dropping the handle leaves the server to auto-kill"]
pub struct ShareHandle {
    address: Address,
    file: Option<SocketFile>,
    link: Link,
    /// `None` only while it is dropped.
    child: Option<Child>,
}

impl ShareHandle {
    pub(crate) fn new(ready: Ready, child: Child, link: Link) -> ShareHandle {
        reap_left_servers();
        ShareHandle {
            address: ready.address,
            file: ready.file,
            link,
            child: Some(child),
        }
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::pid)
    }

    /// Whether the server still runs.
    ///
    /// # Errors
    ///
    /// In a process other than the one that started the server.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.try_wait()?.is_none())
    }

    /// How the server ended, or `None` while it runs. Code 0 means that it was stopped or ended by auto-kill.
    ///
    /// # Errors
    ///
    /// In a process other than the one that started the server.
    pub fn try_wait(&mut self) -> Result<Option<Exit>> {
        self.wait_timeout(Duration::ZERO)
    }

    /// Waits at most `timeout` for the server's end.
    ///
    /// # Errors
    ///
    /// In a process other than the one that started the server.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Exit>> {
        let Some(child) = &mut self.child else {
            return Ok(None);
        };
        let exit = child.wait_timeout(timeout).map_err(stop_failed)?;
        if let (Some(_), Some(file)) = (exit, &self.file) {
            file.remove(); // A server that was killed could not.
        }
        Ok(exit)
    }

    /// Ends the server; its clients' calls fail from now on with `is_closed`. A server that does not
    /// end within five seconds, because it is stopped by a signal, is killed. One that has ended
    /// already is no error.
    ///
    /// # Errors
    ///
    /// In a process other than the one that started the server.
    pub fn stop(mut self) -> Result<Exit> {
        // It fails when the server is gone, and that is what is wanted.
        let _ = self.link.send(&Stop);
        if let Some(exit) = self.wait_timeout(STOP_WITHIN)? {
            return Ok(exit);
        }
        if let Some(child) = &mut self.child {
            child.kill().map_err(stop_failed)?;
        }
        let exit = self.wait_timeout(Duration::MAX)?;
        Ok(exit.unwrap_or(Exit::Unknown))
    }
}

fn stop_failed(error: manyways_process::Error) -> Error {
    Error::new(Attempt::StopServer, Reason::Process(error))
}

/// Servers whose handles were dropped while they ran. A `Child` that is dropped kills; these wait here, and each is
/// reaped at the next use of a handle after its end.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

fn reap_left_servers() {
    // A lock that another thread held at the fork stays locked in the child, so none is waited for.
    if let Ok(mut left) = LEFT.try_lock() {
        left.retain_mut(|child| child.is_alive().unwrap_or(false));
    }
}

impl Drop for ShareHandle {
    fn drop(&mut self) {
        let ended = !matches!(self.try_wait(), Ok(None));
        let Some(child) = self.child.take().filter(|_| !ended) else {
            return;
        };
        match LEFT.try_lock() {
            Ok(mut left) => left.push(child),
            Err(_) => std::mem::forget(child),
        }
        reap_left_servers();
    }
}
