//! Why an item has no result.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manyways_process::{Exit, PanicReport};

/// Why an item has no result. Cheap to clone, as it may be that of many items.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    Panicked(Arc<PanicReport>),
    /// A value could not be encoded or decoded: which one, and why.
    Unencodable(&'static str, Arc<str>),
    /// The worker does not know the function.
    UnknownFunction(Arc<str>),
    Died {
        pid: u32,
        exit: Exit,
    },
    /// The worker has written nonsense, and was ended.
    Corrupted {
        pid: u32,
    },
    Overdue {
        pid: u32,
        limit: Duration,
    },
    Cancelled,
    Closed,
    Terminated,
    /// This is another process than the pool's own.
    Elsewhere,
    /// Workers do not get ready, for this reason.
    Broken(Arc<str>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Panicked(report) => write!(f, "the function {report}"),
            Failure::Unencodable(what, why) => write!(f, "{what}: {why}"),
            Failure::UnknownFunction(why) => f.write_str(why),
            Failure::Died { pid, exit } => write!(f, "its worker, process {pid}, {exit}"),
            Failure::Corrupted { pid } => write!(
                f,
                "its worker, process {pid}, had overwritten the memory that it shares with the pool, and was killed"
            ),
            Failure::Overdue { pid, limit } => write!(
                f,
                "it took longer than {limit:?}, so its worker, process {pid}, was killed"
            ),
            Failure::Cancelled => f.write_str("it was cancelled before it had begun"),
            Failure::Closed => f.write_str("the pool is closed; submit before that"),
            Failure::Elsewhere => {
                f.write_str("the pool belongs to the process that made it, not to this fork of it")
            }
            Failure::Terminated => f.write_str("the pool was terminated"),
            Failure::Broken(why) => write!(
                f,
                "the pool is broken, since its workers do not get ready: {why}"
            ),
        }
    }
}
