//! What threads wait for.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// Where something was done.
pub(crate) type Place = &'static Location<'static>;

/// Something that threads wait for, and that certain threads alone can give them.
#[derive(Debug, Clone)]
pub(crate) enum Resource {
    /// A lock.
    Lock {
        /// Its type.
        kind: &'static str,
        /// The type of its data.
        data: &'static str,
        address: usize,
    },
    /// The end of the thread with this number.
    Thread(u64),
    /// The result of a task.
    Task(Task),
    /// The first result of several tasks.
    AnyTask(Arc<[Task]>),
    /// The end of all threads of a team.
    Team(Team),
}

/// A task of an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) address: usize,
    /// Whose threads run it; none for a promise, which anybody may keep.
    pub(crate) team: Option<Team>,
}

/// Threads that belong together, by the number or the address of what they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Team {
    /// Of an executor.
    Pool(usize),
    /// Of a scope.
    Scope(usize),
}

impl Resource {
    /// Of locks.
    pub(super) fn address(&self) -> Option<usize> {
        match self {
            Resource::Lock { address, .. } => Some(*address),
            _ => None,
        }
    }

    /// Whether it is the result of the task with this address, or may be.
    pub(super) fn is_of_task(&self, address: usize) -> bool {
        match self {
            Resource::Task(task) => task.address == address,
            Resource::AnyTask(tasks) => tasks.iter().any(|task| task.address == address),
            _ => false,
        }
    }

    /// Whether it is the end of this thread.
    pub(super) fn is_end_of(&self, thread: u64) -> bool {
        matches!(self, Resource::Thread(other) if *other == thread)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Lock {
                kind,
                data,
                address,
            } => write!(f, "{kind}<{data}> at {address:#x}"),
            Resource::Thread(_) => f.write_str("the end of a thread"),
            Resource::Task(_) => f.write_str("the result of a task"),
            Resource::AnyTask(tasks) => write!(f, "the result of one of {} tasks", tasks.len()),
            Resource::Team(Team::Pool(_)) => f.write_str("the end of an executor"),
            Resource::Team(Team::Scope(_)) => f.write_str("the end of a scope"),
        }
    }
}

/// A resource and the place where it was taken, or waited for.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) resource: Resource,
    pub(super) place: Place,
}
