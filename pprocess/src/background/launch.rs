//! Starting a background process.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use manyways_process::{Fork, Link, Output};

use super::address::Bound;
use super::connect::connect_persistent;
use super::supervisor::Supervisor;
use crate::endpoint::{Endpoint, Peer};
use crate::error::{Refusal, Result};
use crate::{Channel, Error};

/// A background process that has been started: where it is and who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackgroundProcess {
    address: PathBuf,
    pid: u32,
    supervisor: u32,
}

impl BackgroundProcess {
    /// Where it can be connected to.
    #[must_use]
    pub fn address(&self) -> &Path {
        &self.address
    }

    /// The process that runs the callable.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The process that keeps its results and answers at the address.
    #[must_use]
    pub fn supervisor(&self) -> u32 {
        self.supervisor
    }
}

/// Starts `body` in a background process that listens at `address`, and connects to it. The process goes
/// on when the channel is dropped, and when the program ends.
///
/// See [`BackgroundCallable`](crate::BackgroundCallable) for what such a process is; this one has no time
/// limit and writes nowhere.
///
/// # Errors
///
/// As [`BackgroundCallable::call`](crate::BackgroundCallable::call) and [`connect_persistent`].
pub fn start_persistent<S, R>(
    address: impl AsRef<Path>,
    body: impl FnOnce(&mut Channel<S, R>),
) -> Result<Channel<R, S>> {
    let address = address.as_ref();
    launch(&Launch::at(address).connects(), body)?;
    connect_persistent(address)
}

/// As [`start_persistent`], for a body that leaves by [`exit`](crate::exit); see
/// [`create`](crate::create).
///
/// # Errors
///
/// As [`start_persistent`].
pub fn create_persistent<S, R>(
    address: impl AsRef<Path>,
    body: impl FnOnce(&mut Channel<S, R>) -> Infallible,
) -> Result<Channel<R, S>> {
    start_persistent(address, |channel| match body(channel) {})
}

/// How a background process is to be started.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) address: PathBuf,
    pub(super) lifetime: Option<Duration>,
    pub(super) output: Option<File>,
    /// Whether the starter connects at once. A process that is done before that waits for it.
    pub(super) connects: bool,
}

impl Launch {
    pub(super) fn at(address: &Path) -> Launch {
        Launch {
            address: address.to_owned(),
            lifetime: None,
            output: None,
            connects: false,
        }
    }

    pub(super) fn connects(mut self) -> Launch {
        self.connects = true;
        self
    }

    fn output(&self) -> std::io::Result<Output> {
        let file = self.output.as_ref().map(File::try_clone).transpose()?;
        Ok(file.map_or(Output::Null, Output::File))
    }
}

/// What the supervisor reports when it is ready, or why it is not: its pid and the worker's.
type Report = Result<(u32, u32), Refusal>;

/// Returns when the process can be connected to.
pub(super) fn launch<S, R>(
    launch: &Launch,
    body: impl FnOnce(&mut Channel<S, R>),
) -> Result<BackgroundProcess> {
    let refused = |why: String| Refusal::Other(why).into_error(&launch.address);
    let output = |_| launch.output();
    let outputs = [(); 2].map(output);
    let [Ok(stdout), Ok(stderr)] = outputs else {
        return Err(refused("the output file cannot be shared".to_owned()));
    };
    let supervisor = Fork::new()
        .name("supervisor")
        .outlive_parent()
        .stdout(stdout)
        .stderr(stderr);
    let intermediate = Fork::new().spawn(|link| {
        let report = start_supervisor(supervisor, launch, body);
        // With the starter gone there is nobody to tell.
        let _ = link.send(&report);
    });
    let (mut child, mut link) = intermediate.map_err(|error| refused(error.to_string()))?;
    let report: Report = link.recv().map_err(|error| refused(error.to_string()))?;
    let _ = child.wait();
    let (supervisor, pid) = report.map_err(|why| why.into_error(&launch.address))?;
    Ok(BackgroundProcess {
        address: launch.address.clone(),
        pid,
        supervisor,
    })
}

/// In the intermediate process.
fn start_supervisor<S, R>(
    fork: Fork,
    launch: &Launch,
    body: impl FnOnce(&mut Channel<S, R>),
) -> Report {
    let started = fork.spawn(|link| supervise(link, launch, body));
    let (child, mut link) = started.map_err(|error| Refusal::Other(error.to_string()))?;
    let report = link
        .recv::<Report>()
        .unwrap_or_else(|error| Err(Refusal::Other(error.to_string())));
    if report.is_ok() {
        // The handle would end the supervisor, which is init's when this process is gone.
        std::mem::forget(child);
    }
    report
}

/// In the supervisor.
fn supervise<S, R>(link: &mut Link, launch: &Launch, body: impl FnOnce(&mut Channel<S, R>)) {
    let started = leave_session().and_then(|()| Bound::bind(&launch.address));
    let started = started.and_then(|mut bound| match start_worker(&mut bound, body) {
        Ok(worker) => Ok((bound, worker)),
        Err(error) => {
            bound.remove();
            Err(Refusal::Other(error.to_string()))
        }
    });
    let (mut bound, worker) = match started {
        Ok(started) => started,
        Err(why) => return drop(link.send(&Report::Err(why))),
    };
    let report: Report = Ok((std::process::id(), worker.pid()));
    match link.send(&report) {
        Ok(()) => Supervisor::new(bound, worker, launch).run(),
        Err(_) => bound.remove(), // The starter is gone, and nobody else knows of us.
    }
}

/// Leaves the terminal of the starter, whose Ctrl-C and hang-up are not meant for us.
fn leave_session() -> Result<(), Refusal> {
    let _ = nix::unistd::setsid();
    let nothing = OpenOptions::new().read(true).open("/dev/null");
    let redirected = nothing.and_then(|file| Ok(nix::unistd::dup2_stdin(file)?));
    redirected.map_err(|error| Refusal::Other(format!("close standard input: {error}")))
}

fn start_worker<S, R>(
    bound: &mut Bound,
    body: impl FnOnce(&mut Channel<S, R>),
) -> Result<Endpoint> {
    let forked = Fork::new().name("background").spawn(|link| {
        bound.close();
        if let Ok(mut channel) = Channel::to_creator(link) {
            body(&mut channel);
            channel.close();
        }
    });
    let (child, link) = forked.map_err(|error| Error::process("start the worker", error))?;
    Endpoint::new(link, Peer::Child(child))
        .map_err(|error| Error::process("start the worker", error))
}
