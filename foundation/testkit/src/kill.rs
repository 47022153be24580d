//! Death from outside, at the right moment.

use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use crate::process::kill_process;
use crate::view::{ProcessView, ThreadView};

/// How long [`kill_when`] and [`kill_when_idle`] wait for the moment, and for the death.
pub const KILL_LIMIT: Duration = Duration::from_secs(30);

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(1);

/// How many looks in a row must see one and the same sleep.
const IDLE_LOOKS: u32 = 10;

/// Kills a process with SIGKILL once the predicate holds of it.
///
/// It looks every millisecond, for at most [`KILL_LIMIT`]. The process must be a child of this one
/// that nobody waits for meanwhile, or one known to live: ids are used again.
///
/// When it returns the process is dead, as a zombie or reaped: a signal alone may take a while to
/// kill, and the process would pass for a living one meanwhile.
///
/// ```
/// use manyways_testkit::kill_when;
/// use std::process::Command;
///
/// let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
/// kill_when(child.id(), |process| process.command() == "sleep 1000").unwrap();
/// assert!(!child.wait().unwrap().success());
/// ```
///
/// # Errors
/// [`is_gone`](KillError::is_gone) if the process ended before,
/// [`is_timeout`](KillError::is_timeout) if the predicate never held or the process did not die; or
/// the process may not be killed.
pub fn kill_when(
    pid: u32,
    mut predicate: impl FnMut(&ProcessView) -> bool,
) -> Result<(), KillError> {
    let failed = |kind| KillError { pid, kind };
    let end = Instant::now() + KILL_LIMIT;
    loop {
        let view = living(pid).ok_or(failed(Kind::Gone))?;
        if predicate(&view) {
            kill_process(pid).map_err(|error| failed(Kind::Refused(error)))?;
            return await_death(pid).map_err(|view| failed(Kind::Timeout(view)));
        }
        if Instant::now() >= end {
            return Err(failed(Kind::Timeout(view)));
        }
        thread::sleep(PERIOD);
    }
}

/// A zombie whose other threads have not ended cannot be reaped yet, and lives on as far as its
/// parent can tell.
fn living(pid: u32) -> Option<ProcessView> {
    let lives = |view: &ProcessView| !matches!(view.state(), 'Z' | 'X') || view.threads().len() > 1;
    ProcessView::of(pid).filter(lives)
}

/// Waits until a process that was killed is dead.
fn await_death(pid: u32) -> Result<(), ProcessView> {
    let end = Instant::now() + KILL_LIMIT;
    while let Some(view) = living(pid) {
        if Instant::now() >= end {
            return Err(view);
        }
        thread::sleep(PERIOD);
    }
    Ok(())
}

/// Kills a process with SIGKILL once it has nothing to do.
///
/// That is when ten looks in a row, a millisecond apart, find all its threads asleep in the same
/// system calls, each of which waits for an event or for bytes to read, and none of the threads ran
/// in between. The test must know that the process is past its work, for example because it has the
/// result: one that waits in the middle of something looks the same.
///
/// # Errors
/// As [`kill_when`].
pub fn kill_when_idle(pid: u32) -> Result<(), KillError> {
    let mut last: Vec<ThreadView> = Vec::new();
    let mut same = 0;
    kill_when(pid, |process| {
        let rests = process.threads().iter().all(is_resting);
        same = if rests && process.threads() == last {
            same + 1
        } else {
            0
        };
        last = process.threads().to_vec();
        same >= IDLE_LOOKS
    })
}

/// Where the system call may not be seen, any sleep must do.
fn is_resting(thread: &ThreadView) -> bool {
    let rests = thread
        .syscall()
        .is_none_or(|call| call.reads() || call.waits());
    thread.state() == 'S' && rests
}

/// Why a process was not killed.
#[derive(Debug)]
pub struct KillError {
    pid: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Gone,
    Timeout(ProcessView),
    Refused(io::Error),
}

impl KillError {
    /// Whether the process had ended before.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.kind, Kind::Gone)
    }

    /// Whether the moment to kill it did not come.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, Kind::Timeout(_))
    }
}

impl fmt::Display for KillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pid = self.pid;
        match &self.kind {
            Kind::Gone => write!(f, "process {pid} ended before the moment to kill it"),
            Kind::Timeout(view) => {
                write!(
                    f,
                    "the moment to kill process {pid} did not come within {KILL_LIMIT:?}; last seen: {view}"
                )
            }
            Kind::Refused(_) => write!(f, "killing process {pid}"),
        }
    }
}

impl std::error::Error for KillError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Refused(error) => Some(error),
            Kind::Gone | Kind::Timeout(_) => None,
        }
    }
}
