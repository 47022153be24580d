//! The processes of pools: daemonic children, which their pool looks after and no list of children has.

use std::io;
use std::os::fd::OwnedFd;

use manyways_process::{Fork, Link};
use serde::{Deserialize, Serialize};

use super::error::StartError;
use super::family::{self, Identity};
use super::launch::{self, Orders};
use super::start_method::StartMethod;
use crate::pool::Assignment;

pub(crate) use super::launch::{Grip, Launched};

/// What a worker is told of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Membership(Identity);

impl Membership {
    /// That of a new worker of this process. Python's names: "ForkPoolWorker-1".
    pub(crate) fn new(method: StartMethod) -> io::Result<Membership> {
        let family = family::state();
        let path = family.next_path();
        let number = path.last().copied().unwrap_or_default();
        let name = format!("{method:?}PoolWorker-{number}");
        let identity = family.child(name, true, path).map_err(io::Error::other)?;
        Ok(Membership(identity))
    }

    /// In the worker.
    pub(crate) fn enter(self) {
        family::state().enter(self.0);
    }
}

/// Whether this process may have a pool: a daemonic one may have no children.
pub(crate) fn may_have_children() -> bool {
    !family::state().is_daemon()
}

/// Starts a worker that is a copy of this process.
pub(crate) fn fork(
    name: &str,
    membership: Membership,
    work: impl FnOnce(&mut Link),
) -> manyways_process::Result<Launched> {
    let fork = Fork::new().name(name).null_stdin();
    let forked = fork.spawn(|link| {
        membership.enter();
        work(link);
    })?;
    Ok(launch::of_child(forked))
}

/// Starts a worker that is none.
pub(crate) fn start(
    method: StartMethod,
    name: &str,
    membership: Membership,
    assignment: Assignment,
    descriptors: Vec<OwnedFd>,
) -> Result<Launched, StartError> {
    let orders = Orders::PoolWorker(membership, assignment);
    let started = launch::give(method, name, &orders, descriptors);
    started.map_err(|why| StartError::new(name, why))
}
