//! A server process, as the one sees it that started it.

use std::time::Duration;

use manyways_process::{Detached, Exit, Link};

use crate::Address;
use crate::error::{Attempt, Error, Reason, Result};
use crate::server::{Ended, Ready, SocketFile, Stop};

/// How long a server that was told to stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A share server in the background, started by [`InitShare::start`](crate::InitShare::start).
///
/// Dropping the handle leaves the server to its clients and to auto-kill (and, if no client has been there
/// yet, starts auto-kill's clock). So does the death of this process. The server is no child of this process and
/// leaves it no zombie.
#[derive(Debug)]
#[must_use = "dropping the handle leaves the server to auto-kill"]
pub struct ShareHandle {
    address: Address,
    file: Option<SocketFile>,
    link: Link,
    process: Detached,
    exit: Option<Exit>,
}

impl ShareHandle {
    pub(crate) fn new(ready: Ready, process: Detached, link: Link) -> ShareHandle {
        ShareHandle {
            address: ready.address,
            file: ready.file,
            link,
            process,
            exit: None,
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
        self.process.pid()
    }

    /// Whether the server still runs.
    ///
    /// # Errors
    ///
    /// In a process other than the one that started the server.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.try_wait()?.is_none())
    }

    /// How the server ended, or `None` while it runs. Code 0 means that it was stopped or ended by auto-kill, and said
    /// so. A server that did not, because it was killed or failed, gives [`Exit::Unknown`]: its status goes to the
    /// system's first process, whose child it is.
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
        if self.exit.is_none() {
            let ended = self.process.wait_timeout(timeout).map_err(stop_failed)?;
            self.exit = ended.map(|exit| self.learn(exit));
        }
        Ok(self.exit)
    }

    /// What there is to know and to do now that the server has ended.
    fn learn(&mut self, exit: Exit) -> Exit {
        if let Some(file) = &self.file {
            file.remove(); // A server that was killed could not.
        }
        match self.link.recv() {
            Ok(Ended) => Exit::Code(0),
            Err(_) => exit,
        }
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
        self.process.kill().map_err(stop_failed)?;
        let exit = self.wait_timeout(Duration::MAX)?;
        Ok(exit.unwrap_or(Exit::Unknown))
    }
}

fn stop_failed(error: manyways_process::Error) -> Error {
    Error::new(Attempt::StopServer, Reason::Process(error))
}
