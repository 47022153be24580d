//! What a process is to do, before it is started.

use std::mem;

use manyways_wire::task::{self, LookupError, Task};
use serde::{Serialize, de::DeserializeOwned};

use super::child::Assignment;
use super::error::Why;
use super::family::Identity;
use super::launch::{self, Body, Launched};
use super::payload::Payload;
use super::start_method::StartMethod;

pub(super) enum Job<'a> {
    /// To be run by a fork, which takes it.
    Fork(Option<Body<'a>>),
    /// A registered function, to be called by a process that is no copy of this one.
    Task {
        method: StartMethod,
        name: Result<&'static str, LookupError>,
        encode: Box<dyn Fn() -> Result<Payload, String>>,
    },
}

impl<'a> Job<'a> {
    pub(super) fn of_closure<T: Serialize, F: FnOnce() -> T + 'a>(body: F) -> Job<'a> {
        Job::Fork(Some(Box::new(move || Payload::of(&body()))))
    }

    pub(super) fn of_task<A, F>(method: StartMethod, task: F, arguments: A) -> Job<'a>
    where
        A: Serialize + DeserializeOwned + 'static,
        F: Task<A>,
        F::Output: Serialize,
    {
        if method == StartMethod::Fork {
            return Job::of_closure(move || task.call(arguments));
        }
        Job::Task {
            method,
            name: task::entry_of(&task).map(task::Entry::name),
            encode: Box::new(move || Payload::of(&arguments)),
        }
    }

    /// Starts a process for it. After an error it may be tried again.
    pub(super) fn launch(&mut self, identity: Identity) -> Result<Launched, Why> {
        match self {
            Job::Fork(body) => launch::fork(identity, body),
            Job::Task {
                method,
                name,
                encode,
            } => {
                let name = name.clone().map_err(Why::NotRegistered)?;
                let mut arguments = encode().map_err(Why::Unsendable)?;
                let assignment = Assignment {
                    identity,
                    task: name.to_owned(),
                    arguments: mem::take(&mut arguments.bytes),
                };
                launch::start(*method, assignment, arguments.descriptors)
            }
        }
    }
}
