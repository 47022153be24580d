//! The three ways in which a process begins.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use manyways_process::{Child, Exit, Fork, Link, PrivateFd, Rerun, leave};
use serde::{Deserialize, Serialize};

use super::child::{Assignment, live};
use super::error::Why;
use super::family::{self, Identity};
use super::forkserver::Served;
use super::init;
use super::payload::{self, Payload};
use super::pool_worker::Membership;
use super::start_method::StartMethod;
use crate::pool;

/// A process that has just begun.
pub(crate) struct Launched {
    pub(crate) grip: Grip,
    pub(crate) link: Link,
    pub(crate) pid: u32,
}

/// By what a process is held.
#[derive(Debug)]
pub(crate) enum Grip {
    Child(Child),
    Served(Served),
}

/// What a program that was run again is for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Orders {
    Process(Assignment),
    PoolWorker(Membership, pool::Assignment),
    /// With the names of the tasks to begin with.
    ForkServer(Vec<String>),
}

/// What is run in a fork.
pub(super) type Body<'a> = Box<dyn FnOnce() -> Result<Payload, String> + 'a>;

/// The body is taken in the child, which is a copy; if there is none, it is still there.
pub(super) fn fork(identity: Identity, body: &mut Option<Body<'_>>) -> Result<Launched, Why> {
    payload::warm_up();
    let fork = Fork::new().name(&identity.name).null_stdin();
    let family = family::Prepared::new(identity);
    let forked = fork.spawn(move |link| {
        family.adopt();
        leave(live(link, || match body.take() {
            Some(body) => body(),
            None => Err("there is nothing to run".to_owned()),
        }))
    });
    forked.map(of_child).map_err(Why::Launch)
}

/// Starts a process that is no copy of this one.
pub(super) fn start(
    method: StartMethod,
    assignment: Assignment,
    descriptors: Vec<OwnedFd>,
) -> Result<Launched, Why> {
    let name = assignment.identity.name.clone();
    give(method, &name, &Orders::Process(assignment), descriptors)
}

/// Starts a process of this name for `ps`, and gives it its orders: has the forkserver fork it, or runs this program again.
pub(super) fn give(
    method: StartMethod,
    name: &str,
    orders: &Orders,
    descriptors: Vec<OwnedFd>,
) -> Result<Launched, Why> {
    if method == StartMethod::ForkServer {
        let forkserver = &family::state().forkserver;
        return forkserver.start(name, orders, descriptors);
    }
    let mut launched = of_child(rerun(name).spawn().map_err(Why::Launch)?);
    launched
        .link
        .send_with(orders, descriptors)
        .map_err(Why::Launch)?;
    Ok(launched)
}

pub(super) fn rerun(name: &str) -> Rerun {
    let rerun = Rerun::new(init::ROLE).name(name);
    match init::test() {
        Some(test) => rerun.in_test(test),
        None => rerun,
    }
}

pub(super) fn of_child((child, link): (Child, Link)) -> Launched {
    Launched {
        pid: child.pid(),
        grip: Grip::Child(child),
        link: link.take_descriptors(),
    }
}

impl Grip {
    /// Readable once the process has ended; `None` once that is known.
    pub(crate) fn as_fd(&self) -> manyways_process::Result<Option<BorrowedFd<'_>>> {
        match self {
            Grip::Child(child) => child.as_fd(),
            Grip::Served(served) => served.process.as_fd(),
        }
    }

    /// Whether it runs, for all that is known.
    pub(crate) fn is_alive(&mut self) -> bool {
        match self {
            Grip::Child(child) => matches!(child.try_wait(), Ok(None)),
            Grip::Served(served) => matches!(served.process.is_alive(), Ok(true)),
        }
    }

    /// Ends it at once, and says how it ended: perhaps of something else just before.
    pub(crate) fn end(&mut self) -> Exit {
        // They fail only in a process that did not start it.
        let _ = self.signal(libc::SIGKILL);
        match self {
            Grip::Child(child) => child.wait().unwrap_or(Exit::Unknown),
            Grip::Served(served) => {
                let _ = served.process.wait();
                served.exit()
            }
        }
    }

    /// A descriptor of its own that is readable once the process has ended.
    pub(super) fn sentinel(&self) -> io::Result<PrivateFd> {
        match self.as_fd().map_err(io::Error::other)? {
            Some(pidfd) => PrivateFd::open(|| pidfd.try_clone_to_owned()),
            // Somebody else has reaped it already. The end of a pipe that nobody holds serves as well.
            None => PrivateFd::open(|| io::pipe().map(|(reader, _)| reader.into())),
        }
    }

    pub(crate) fn signal(&mut self, signal: i32) -> manyways_process::Result<()> {
        match self {
            Grip::Child(child) => child.signal(signal),
            Grip::Served(served) => served.process.signal(signal),
        }
    }

    /// How it ended, once the sentinel says that it has.
    pub(super) fn exit(&mut self) -> manyways_process::Result<Exit> {
        match self {
            Grip::Child(child) => child.wait(),
            Grip::Served(served) => Ok(served.exit()),
        }
    }
}
