//! The error of pools.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use manyways_process::{Exit, PanicReport};

use super::failure::Failure;

/// Why a pool gives no result, or does not do what it was asked for.
///
/// Ask with the predicates; `Display` says what was tried and why it failed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PoolError {
    kind: Arc<Kind>,
}

#[derive(Debug)]
enum Kind {
    /// An item, or a call if there is no index.
    Item {
        function: &'static str,
        index: Option<usize>,
        failure: Failure,
    },
    Refused(Failure),
    NotReady(Duration),
    Taken,
    StillOpen,
    StillIterated,
    JoinFromWithin,
    System(&'static str, io::Error),
}

impl PoolError {
    fn new(kind: Kind) -> PoolError {
        PoolError {
            kind: Arc::new(kind),
        }
    }

    pub(crate) fn item(
        function: &'static str,
        index: Option<usize>,
        failure: Failure,
    ) -> PoolError {
        PoolError::new(Kind::Item {
            function,
            index,
            failure,
        })
    }

    pub(crate) fn refused(why: Failure) -> PoolError {
        PoolError::new(Kind::Refused(why))
    }

    pub(crate) fn not_ready(limit: Duration) -> PoolError {
        PoolError::new(Kind::NotReady(limit))
    }

    pub(crate) fn taken() -> PoolError {
        PoolError::new(Kind::Taken)
    }

    pub(crate) fn still_open() -> PoolError {
        PoolError::new(Kind::StillOpen)
    }

    pub(crate) fn still_iterated() -> PoolError {
        PoolError::new(Kind::StillIterated)
    }

    pub(crate) fn join_from_within() -> PoolError {
        PoolError::new(Kind::JoinFromWithin)
    }

    pub(crate) fn system(attempted: &'static str, error: impl Into<io::Error>) -> PoolError {
        PoolError::new(Kind::System(attempted, error.into()))
    }

    fn failure(&self) -> Option<&Failure> {
        match &*self.kind {
            Kind::Item { failure, .. } | Kind::Refused(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether there was no result within the time that the caller gave. Python's `multiprocessing.TimeoutError`.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(*self.kind, Kind::NotReady(_))
    }

    /// Whether the function took longer than its [time limit](super::Call::time_limit), and its worker was killed.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        matches!(self.failure(), Some(Failure::Overdue { .. }))
    }

    /// Whether the worker died that was running the function.
    #[must_use]
    pub fn is_worker_death(&self) -> bool {
        matches!(
            self.failure(),
            Some(Failure::Died { .. } | Failure::Corrupted { .. })
        )
    }

    /// How the worker died that was running the function.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        match self.failure() {
            Some(Failure::Died { exit, .. }) => Some(*exit),
            _ => None,
        }
    }

    /// The process id of the worker that died, or was killed, while it was running the function.
    #[must_use]
    pub fn worker_pid(&self) -> Option<u32> {
        match self.failure() {
            Some(
                Failure::Died { pid, .. }
                | Failure::Corrupted { pid }
                | Failure::Overdue { pid, .. },
            ) => Some(*pid),
            _ => None,
        }
    }

    /// The panic of the function.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match self.failure() {
            Some(Failure::Panicked(report)) => Some(report),
            _ => None,
        }
    }

    /// Whether an argument or a result could not be encoded or decoded. Python's `MaybeEncodingError`.
    #[must_use]
    pub fn is_encoding(&self) -> bool {
        matches!(self.failure(), Some(Failure::Unencodable { .. }))
    }

    /// Whether the task was cancelled before it began. Python's `CancelledError`.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.failure(), Some(Failure::Cancelled))
    }

    /// Whether the pool takes no tasks any more, as it was closed or shut down.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.failure(), Some(Failure::Closed))
    }

    /// Whether the pool was terminated before the task was done.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        matches!(self.failure(), Some(Failure::Terminated))
    }

    /// Whether the pool gave up, since its workers do not get past their initializer. Python's `BrokenProcessPool`, which there
    /// comes of any worker's death.
    #[must_use]
    pub fn is_broken_pool(&self) -> bool {
        matches!(self.failure(), Some(Failure::Broken(_)))
    }

    /// The position of the item that has no result, in a map.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match *self.kind {
            Kind::Item { index, .. } => index,
            _ => None,
        }
    }
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::Item {
                function,
                index: Some(index),
                failure,
            } => write!(f, "`{function}` gave no result for item {index}: {failure}"),
            Kind::Item {
                function, failure, ..
            } => write!(f, "`{function}` gave no result: {failure}"),
            Kind::Refused(why) => write!(f, "the pool did not take the task: {why}"),
            Kind::NotReady(limit) => write!(f, "there was no result within {limit:?}"),
            Kind::Taken => f.write_str("the result was taken by an earlier call"),
            Kind::StillOpen => f.write_str(
                "could not join the pool: it still takes tasks; close it or terminate it before",
            ),
            Kind::StillIterated => f.write_str(
                "could not join the pool: an `imap` is not at its end; take its results or drop it before",
            ),
            Kind::JoinFromWithin => f.write_str(
                "could not join the pool from one of its own threads: it would wait for itself",
            ),
            Kind::System(attempted, error) => write!(f, "could not {attempted}: {error}"),
        }
    }
}

impl Error for PoolError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.kind {
            Kind::System(_, error) => Some(error),
            _ => None,
        }
    }
}
