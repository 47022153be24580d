//! Why there is no result.

use std::error::Error;
use std::{fmt, io};

use super::future::Future;
use crate::panic::PanicReport;
use crate::wait::WaitError;

/// An error of any type, to be passed from thread to thread.
pub(super) type AnyError = Box<dyn Error + Send + Sync>;

/// What a task or a promise left in place of a result.
pub(super) type Outcome<T> = Result<T, FutureError>;

/// Why a future has no result: what Python calls its exception.
#[derive(Debug)]
pub struct FutureError {
    /// Boxed, as it is in every future, and rare.
    kind: Box<Kind>,
}

#[derive(Debug)]
enum Kind {
    Panicked(PanicReport),
    Raised(AnyError),
    Cancelled,
    Broken(PanicReport),
    NoThread,
    Abandoned,
}

impl FutureError {
    fn new(kind: Kind) -> FutureError {
        let kind = Box::new(kind);
        FutureError { kind }
    }

    pub(super) fn panicked(report: PanicReport) -> FutureError {
        FutureError::new(Kind::Panicked(report))
    }

    pub(super) fn raised(error: AnyError) -> FutureError {
        FutureError::new(Kind::Raised(error))
    }

    pub(super) fn cancelled() -> FutureError {
        FutureError::new(Kind::Cancelled)
    }

    pub(super) fn broken(report: PanicReport) -> FutureError {
        FutureError::new(Kind::Broken(report))
    }

    pub(super) fn no_thread() -> FutureError {
        FutureError::new(Kind::NoThread)
    }

    pub(super) fn abandoned() -> FutureError {
        FutureError::new(Kind::Abandoned)
    }

    /// Whether the future was cancelled before its task began. Python's `CancelledError`.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(*self.kind, Kind::Cancelled)
    }

    /// Whether the task did not run because the pool's initializer panicked. Python's `BrokenThreadPool`.
    #[must_use]
    pub fn is_broken_pool(&self) -> bool {
        matches!(*self.kind, Kind::Broken(_))
    }

    /// Whether the [`Promise`](super::Promise) was dropped with nothing set.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        matches!(*self.kind, Kind::Abandoned)
    }

    /// The panic of the task, or of the initializer that broke the pool.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &*self.kind {
            Kind::Panicked(report) | Kind::Broken(report) => Some(report),
            _ => None,
        }
    }

    /// The error that the task returned or the promise was given, to be looked at or downcast.
    #[must_use]
    pub fn get_ref(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &*self.kind {
            Kind::Raised(error) => Some(&**error),
            _ => None,
        }
    }

    /// The error that the task returned or the promise was given; `self` if it is another kind.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn into_inner(self) -> Result<Box<dyn Error + Send + Sync>, FutureError> {
        match *self.kind {
            Kind::Raised(error) => Ok(error),
            kind => Err(FutureError::new(kind)),
        }
    }
}

impl fmt::Display for FutureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::Panicked(report) => write!(f, "the task {report}"),
            Kind::Raised(error) => write!(f, "the task failed: {error}"),
            Kind::Cancelled => f.write_str("the future was cancelled before its task began"),
            Kind::Broken(report) => write!(
                f,
                "the task was not run, since its pool is broken: the initializer {report}"
            ),
            Kind::NoThread => f.write_str(
                "the task was not run: the executor's first thread could not be started",
            ),
            Kind::Abandoned => f.write_str("the promise was dropped without a result"),
        }
    }
}

impl Error for FutureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.kind {
            Kind::Raised(error) => Some(&**error),
            _ => None,
        }
    }
}

/// Why a call that takes a future and a limit gives no result.
pub enum ResultError<T> {
    /// The future is done, without a result.
    Failed(FutureError),
    /// It was not done within the limit. Here it is again.
    Unfinished(WaitError, Future<T>),
}

impl<T> fmt::Debug for ResultError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultError::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
            ResultError::Unfinished(why, future) => f
                .debug_tuple("Unfinished")
                .field(why)
                .field(future)
                .finish(),
        }
    }
}

impl<T> fmt::Display for ResultError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultError::Failed(error) => error.fmt(f),
            ResultError::Unfinished(why, future) => {
                write!(f, "the future is {}: {why}", future.phase_name())
            }
        }
    }
}

impl<T> Error for ResultError<T> {}

/// Why an executor takes no task.
#[derive(Debug)]
pub struct RefusedError {
    kind: Refusal,
}

#[derive(Debug)]
enum Refusal {
    Shutdown,
    Broken(PanicReport),
    NoThread(io::Error),
    LeftBehind,
}

impl RefusedError {
    pub(super) fn shutdown() -> RefusedError {
        let kind = Refusal::Shutdown;
        RefusedError { kind }
    }

    pub(super) fn broken(report: PanicReport) -> RefusedError {
        let kind = Refusal::Broken(report);
        RefusedError { kind }
    }

    pub(super) fn no_thread(error: io::Error) -> RefusedError {
        let kind = Refusal::NoThread(error);
        RefusedError { kind }
    }

    pub(super) fn left_behind() -> RefusedError {
        let kind = Refusal::LeftBehind;
        RefusedError { kind }
    }

    /// Whether this process is a forked child, and the executor was made before the fork: it has no threads here.
    #[must_use]
    pub fn is_left_behind(&self) -> bool {
        matches!(self.kind, Refusal::LeftBehind)
    }

    /// Whether the executor was shut down.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        matches!(self.kind, Refusal::Shutdown)
    }

    /// The panic of the initializer, if that is why. Python's `BrokenThreadPool`.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.kind {
            Refusal::Broken(report) => Some(report),
            _ => None,
        }
    }

    /// What the system said, if it did not grant the executor its first thread.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match &self.kind {
            Refusal::NoThread(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for RefusedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Refusal::Shutdown => f.write_str("the executor was shut down; submit before that"),
            Refusal::Broken(report) => write!(f, "the pool is broken: its initializer {report}"),
            Refusal::NoThread(error) => {
                write!(f, "the executor could not start its first thread: {error}")
            }
            Refusal::LeftBehind => f.write_str(
                "the executor belongs to the process that forked this one; make another in this process",
            ),
        }
    }
}

impl Error for RefusedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.io_error().map(|error| error as _)
    }
}

/// A task that was not taken.
pub struct SubmitError<F> {
    why: RefusedError,
    task: F,
}

impl<F> SubmitError<F> {
    pub(super) fn new(why: RefusedError, task: F) -> SubmitError<F> {
        SubmitError { why, task }
    }

    pub(super) fn map<G>(self, f: impl FnOnce(F) -> G) -> SubmitError<G> {
        SubmitError {
            why: self.why,
            task: f(self.task),
        }
    }

    /// Why not.
    #[must_use]
    pub fn reason(&self) -> &RefusedError {
        &self.why
    }

    /// The reason, without the task.
    #[must_use]
    pub fn into_reason(self) -> RefusedError {
        self.why
    }

    /// The task, to be run elsewhere.
    #[must_use]
    pub fn into_task(self) -> F {
        self.task
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError")
            .field("reason", &self.why)
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the task was not taken: {}", self.why)
    }
}

impl<F> Error for SubmitError<F> {}

/// Why a map has no result in this place.
#[derive(Debug)]
pub enum MapError {
    /// The item's task failed.
    Failed(FutureError),
    /// The limit was over. The map ends here; tasks that had not begun are cancelled.
    Unfinished(WaitError),
    /// The executor took no more items. The map ends after what it had taken before.
    Refused(RefusedError),
}

impl MapError {
    /// The panic of the item's task, if that is why.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match self {
            MapError::Failed(error) => error.panic_report(),
            MapError::Unfinished(_) => None,
            MapError::Refused(error) => error.panic_report(),
        }
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Failed(error) => error.fmt(f),
            MapError::Unfinished(why) => write!(f, "the map is not done: {why}"),
            MapError::Refused(error) => write!(f, "the map went on no further: {error}"),
        }
    }
}

impl Error for MapError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            MapError::Failed(error) => error.source(),
            MapError::Unfinished(why) => Some(why),
            MapError::Refused(error) => error.source(),
        }
    }
}
