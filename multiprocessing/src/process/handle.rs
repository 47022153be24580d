//! A process that runs or has run, as the one that started it sees it.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manyways_process::{Exit, Link, PrivateFd, poll_readable};

use super::child::Legacy;
use super::error::{JoinError, Reason};
use super::exit::PANICKED;
use super::family;
use super::launch::{Grip, Launched};
use super::payload::Payload;
use crate::mutex::Mutex;

/// A process that was started, whatever it returns: an entry of [`active_children`](crate::active_children). Clones are the
/// same process.
///
/// Dropping it changes nothing. All but its name, pid and kind is for the process that started it.
#[derive(Clone)]
pub struct ProcessHandle {
    running: Arc<Running>,
}

struct Running {
    name: String,
    pid: u32,
    daemon: bool,
    /// Readable once it has ended. Apart from `life`, to be waited for outside of the lock.
    sentinel: PrivateFd,
    life: Mutex<Life>,
}

enum Life {
    Running(Box<Hold>),
    Ended(Arc<End>),
}

/// By what a running process is held.
struct Hold {
    grip: Grip,
    link: Link,
}

/// All that is left of a process.
pub(super) struct End {
    pub(super) exitcode: i32,
    pub(super) remains: Remains,
}

pub(super) enum Remains {
    Value(Payload),
    Failure(Reason),
    Nothing,
}

/// What Python gives for a child whose status somebody else has taken.
const UNKNOWN: i32 = 255;

impl ProcessHandle {
    pub(super) fn new(name: String, daemon: bool, launched: Launched) -> std::io::Result<Self> {
        let Launched { grip, link, pid } = launched;
        let running = Running {
            name,
            pid,
            daemon,
            sentinel: grip.sentinel()?,
            life: Mutex::new(Life::Running(Box::new(Hold { grip, link }))),
        };
        Ok(ProcessHandle {
            running: Arc::new(running),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.running.name
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.running.pid
    }

    /// Whether it is a daemon.
    #[must_use]
    pub fn daemon(&self) -> bool {
        self.running.daemon
    }

    /// A descriptor that is readable once the process has ended, for [`wait`](crate::connection::wait()), or `poll`. It stays
    /// so.
    ///
    /// # Errors
    ///
    /// In a process that did not start it.
    pub fn sentinel(&self) -> Result<BorrowedFd<'_>, JoinError> {
        self.own()
    }

    /// Whether it runs. One that has ended is reaped by this.
    ///
    /// # Errors
    ///
    /// In a process that did not start it.
    pub fn is_alive(&self) -> Result<bool, JoinError> {
        Ok(self.wait(Some(Duration::ZERO))?.is_none())
    }

    /// Its exit code: `None` while it runs, the negative number of the signal that killed it, 1 after a panic. 255 if
    /// somebody else has taken its status, and it left nothing behind.
    ///
    /// # Errors
    ///
    /// In a process that did not start it.
    pub fn exitcode(&self) -> Result<Option<i32>, JoinError> {
        self.wait(Some(Duration::ZERO))
    }

    /// Waits until it has ended, at most for `timeout`, and gives its exit code; `None` if it still runs.
    ///
    /// # Errors
    ///
    /// In a process that did not start it.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Option<i32>, JoinError> {
        let end = self.await_end(timeout)?;
        Ok(end.map(|end| end.exitcode))
    }

    /// Asks it to end (SIGTERM). One that has ended is left alone, also if its pid belongs to another by now.
    ///
    /// # Errors
    ///
    /// In a process that did not start it.
    pub fn terminate(&self) -> Result<(), JoinError> {
        self.signal(libc::SIGTERM)
    }

    /// Ends it at once (SIGKILL).
    ///
    /// # Errors
    ///
    /// As [`terminate`](Self::terminate).
    pub fn kill(&self) -> Result<(), JoinError> {
        self.signal(libc::SIGKILL)
    }

    /// Interrupts it (SIGINT), as Ctrl-C does.
    ///
    /// # Errors
    ///
    /// As [`terminate`](Self::terminate).
    pub fn interrupt(&self) -> Result<(), JoinError> {
        self.signal(libc::SIGINT)
    }

    /// Whether both are the same process.
    pub(super) fn is(&self, other: &ProcessHandle) -> bool {
        Arc::ptr_eq(&self.running, &other.running)
    }

    pub(super) fn await_end(
        &self,
        timeout: Option<Duration>,
    ) -> Result<Option<Arc<End>>, JoinError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let sentinel = self.sentinel()?;
            if let Life::Ended(end) = &*self.running.life.lock() {
                return Ok(Some(Arc::clone(end)));
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let ready = poll_readable(&[sentinel], left);
            let ready = ready.map_err(|error| JoinError::system(self.name(), error))?;
            if ready.is_empty() {
                return Ok(None);
            }
            self.settle()?;
        }
    }

    /// Takes in what a process has left that has ended.
    fn settle(&self) -> Result<(), JoinError> {
        let mut life = self.running.life.lock();
        let Life::Running(hold) = &mut *life else {
            return Ok(());
        };
        let exit = hold
            .grip
            .exit()
            .map_err(|error| JoinError::system(self.name(), error))?;
        let remains = remains(&mut hold.link);
        let exitcode = exitcode(exit, &remains);
        *life = Life::Ended(Arc::new(End { exitcode, remains }));
        family::state().forget(self);
        Ok(())
    }

    fn signal(&self, signal: i32) -> Result<(), JoinError> {
        self.own()?;
        match &mut *self.running.life.lock() {
            Life::Running(hold) => hold
                .grip
                .signal(signal)
                .map_err(|error| JoinError::system(self.name(), error)),
            Life::Ended(_) => Ok(()),
        }
    }

    /// Its sentinel refuses to work in other processes.
    fn own(&self) -> Result<BorrowedFd<'_>, JoinError> {
        let sentinel = self.running.sentinel.get();
        sentinel.map_err(|_| JoinError::new(self.name(), Reason::Foreign))
    }
}

/// A process that has ended has sent all it ever will: nothing is waited for.
fn remains(link: &mut Link) -> Remains {
    let received = link
        .set_nonblocking(true)
        .and_then(|()| link.recv_with::<Legacy>());
    let (legacy, descriptors) = match received {
        Ok(received) => received,
        Err(error) if error.is_closed() || error.is_timeout() => return Remains::Nothing,
        Err(error) => {
            let panicked = error.panic_report().cloned();
            let lost = || Reason::Lost(error.to_string());
            return Remains::Failure(
                panicked.map_or_else(lost, |report| Reason::Panicked(Box::new(report))),
            );
        }
    };
    let (bytes, in_file) = match legacy {
        Legacy::Value(bytes) => (bytes, false),
        Legacy::ValueInFile => (Vec::new(), true),
        Legacy::Unsendable(reason) => return Remains::Failure(Reason::Lost(reason)),
        Legacy::Panicked(report) => return Remains::Failure(Reason::Panicked(Box::new(report))),
    };
    let mut value = Payload { bytes, descriptors };
    match in_file.then(|| value.unpack()) {
        Some(Err(error)) => Remains::Failure(Reason::Lost(error.to_string())),
        _ => Remains::Value(value),
    }
}

fn exitcode(exit: Exit, remains: &Remains) -> i32 {
    match (exit, remains) {
        (Exit::Code(code), _) => code,
        (Exit::Signal { signal, .. }, _) => -signal,
        (_, Remains::Value(_) | Remains::Failure(Reason::Lost(_))) => 0,
        (_, Remains::Failure(_)) => PANICKED,
        (_, Remains::Nothing) => UNKNOWN,
    }
}

impl fmt::Debug for ProcessHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessHandle")
            .field("name", &self.name())
            .field("pid", &self.pid())
            .field("daemon", &self.daemon())
            .field("exitcode", &self.exitcode().ok().flatten())
            .finish()
    }
}
