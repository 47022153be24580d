//! The three ways in which a process begins.

use std::io;

use manyways_process::{Child, Exit, Fork, Link, PrivateFd, Rerun, leave};
use serde::{Deserialize, Serialize};

use super::child::{Assignment, live};
use super::error::Why;
use super::family::Identity;
use super::forkserver::Served;
use super::init;
use super::payload::{self, Payload};
use super::pool_worker::Membership;
use crate::pool;

/// A process that has just begun.
pub(super) struct Launched {
    pub(super) grip: Grip,
    pub(super) link: Link,
    pub(super) pid: u32,
}

/// By what a process is held.
pub(super) enum Grip {
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
    let forked = fork.spawn(move |link| {
        leave(live(identity, link, || match body.take() {
            Some(body) => body(),
            None => Err("there is nothing to run".to_owned()),
        }))
    });
    forked.map(of_child).map_err(Why::Launch)
}

/// Runs this program again.
pub(super) fn spawn(assignment: Assignment, arguments: Payload) -> Result<Launched, Why> {
    let name = assignment.identity.name.clone();
    let mut launched = of_child(rerun(&name).spawn().map_err(Why::Launch)?);
    launched
        .link
        .send_with(&Orders::Process(assignment), arguments.descriptors)
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

fn of_child((child, link): (Child, Link)) -> Launched {
    Launched {
        pid: child.pid(),
        grip: Grip::Child(child),
        link: link.take_descriptors(),
    }
}

impl Grip {
    /// A descriptor of its own that is readable once the process has ended.
    pub(super) fn sentinel(&self) -> io::Result<PrivateFd> {
        let pidfd = match self {
            Grip::Child(child) => child.as_fd(),
            Grip::Served(served) => served.process.as_fd(),
        };
        match pidfd.map_err(io::Error::other)? {
            Some(pidfd) => PrivateFd::open(|| pidfd.try_clone_to_owned()),
            // Somebody else has reaped it already. The end of a pipe that nobody holds serves as well.
            None => PrivateFd::open(|| io::pipe().map(|(reader, _)| reader.into())),
        }
    }

    pub(super) fn signal(&mut self, signal: i32) -> manyways_process::Result<()> {
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
