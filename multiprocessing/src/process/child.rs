//! The life of a process that was started by this crate, in that process.

use std::os::fd::OwnedFd;

use manyways_process::{Link, PanicReport};
use manyways_wire::task;
use serde::{Deserialize, Serialize};

use super::at_exit::{print, run_hooks};
use super::exit::{self, Ended, PANICKED, end_children};
use super::family::{self, Identity};
use super::forkserver;
use super::launch::Orders;
use super::payload::Payload;
use crate::pool;

/// What a process that is no copy of its parent has to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub(super) identity: Identity,
    /// The function's name.
    pub(super) task: String,
    #[serde(with = "serde_bytes")]
    pub(super) arguments: Vec<u8>,
}

/// What a process leaves behind, beside its exit code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Legacy {
    /// What its body returned.
    Value(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The same, in the last of the descriptors.
    ValueInFile,
    /// It returned what cannot be sent, for this reason.
    Unsendable(String),
    Panicked(PanicReport),
}

/// Lives, as who it is knows already: `body` with what is to be done around it. Returns the exit code; then the process shall
/// end without delay.
pub(super) fn live(link: &mut Link, body: impl FnOnce() -> Result<Payload, String>) -> i32 {
    let ended = exit::run(body);
    if let Ended::Panicked(report) = &ended {
        print(report);
    }
    run_hooks();
    end_children();
    let (legacy, code) = match ended {
        Ended::Returned(value) => (Some(value.map_or_else(unsendable, of_value)), 0),
        Ended::Exited(code) => (None, code),
        Ended::Panicked(report) => (Some((Legacy::Panicked(report), Vec::new())), PANICKED),
    };
    if let Some((legacy, descriptors)) = legacy {
        // A parent that is gone needs none, and has taken this process along.
        let _ = link.send_with(&legacy, descriptors);
    }
    code
}

fn of_value(mut value: Payload) -> (Legacy, Vec<OwnedFd>) {
    match value.pack() {
        Ok(false) => (Legacy::Value(value.bytes), value.descriptors),
        Ok(true) => (Legacy::ValueInFile, value.descriptors),
        Err(error) => unsendable(format!("no room for it in memory: {error}")),
    }
}

fn unsendable(reason: String) -> (Legacy, Vec<OwnedFd>) {
    (Legacy::Unsendable(reason), Vec::new())
}

/// Receives its orders and lives by them: gives the exit code.
pub(super) fn follow(link: &mut Link) -> i32 {
    match link.recv_with::<Orders>() {
        Ok((Orders::Process(assignment), descriptors)) => assigned(assignment, descriptors, link),
        Ok((Orders::PoolWorker(membership, assignment), descriptors)) => {
            membership.enter();
            pool::serve(&assignment, descriptors, link);
            0
        }
        Ok((Orders::ForkServer(preload), _)) => {
            forkserver::serve(link, &preload);
            0
        }
        // The parent has given it up.
        Err(_) => PANICKED,
    }
}

fn assigned(assignment: Assignment, descriptors: Vec<OwnedFd>, link: &mut Link) -> i32 {
    let Assignment {
        identity,
        task,
        arguments,
    } = assignment;
    family::state().enter(identity);
    live(link, || perform(&task, &arguments, descriptors))
}

/// # Panics
///
/// When the function is not there or its arguments are not, and if the function does: it is told as any other panic.
fn perform(name: &str, arguments: &[u8], descriptors: Vec<OwnedFd>) -> Result<Payload, String> {
    let entry = task::find(name).unwrap_or_else(|error| panic!("{error}"));
    let call = Payload::provide(descriptors, || entry.prepare(arguments));
    let call = call.unwrap_or_else(|error| panic!("the arguments of `{name}` are lost: {error}"));
    let returned = call.run();
    Payload::collect(|| returned.encode())
}
