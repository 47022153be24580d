//! What a task will have given.

use std::fmt;

use super::awaiting::Awaiting;
use super::cell::{Phase, Reader};
use super::error::{FutureError, Outcome, ResultError};
use super::watch::Watch;
use crate::panic::shown;
use crate::wait::{Limit, WaitError};

/// The result of a task that runs elsewhere, now or later.
///
/// It is pending, then running, then done; or it is cancelled while it is pending. Dropped, it lets its task go on,
/// and the result is dropped when it is there.
///
/// ```
/// use threading::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new();
/// let length = pool.submit(|| "a long computation".len())?;
/// assert_eq!(length.result()?, 18);
///
/// let failed = pool.submit(|| -> u32 { panic!("no luck") })?;
/// let error = failed.result().unwrap_err();
/// assert_eq!(error.panic_report().unwrap().message(), "no luck");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// There is one future of a task, and [`result`](Future::result) moves the result out of it. Python's returns the same
/// object as often as it is asked; so does [`result_ref`](Future::result_ref).
///
/// A thread of a [`ThreadPoolExecutor`](super::ThreadPoolExecutor) that waits, without limit, for a task of the same
/// executor that no thread has begun, runs it in place. So tasks may wait for tasks that they submitted, however few
/// threads there are; in Python that is a deadlock.
///
/// A future can be awaited, in any executor of async code: see [`Awaiting`].
#[must_use = "a future that is dropped tells nobody how its task ended"]
pub struct Future<T> {
    reader: Reader<T>,
}

impl<T> Future<T> {
    pub(super) fn new(reader: Reader<T>) -> Future<T> {
        Future { reader }
    }

    pub(super) fn reader(&self) -> &Reader<T> {
        &self.reader
    }

    fn phase(&self) -> Phase {
        self.reader.shared().phase()
    }

    pub(super) fn phase_name(&self) -> &'static str {
        match self.phase() {
            Phase::Pending => "pending",
            Phase::Running | Phase::Held => "running",
            Phase::Done => "done",
            Phase::Cancelling | Phase::Cancelled => "cancelled",
        }
    }

    /// Cancels the task if it has not begun: it is dropped, here and now, and the callbacks are called. Whether the
    /// future is cancelled.
    ///
    /// A task that runs cannot be stopped from outside; give it a [`CancelToken`](crate::CancelToken) to look at.
    pub fn cancel(&self) -> bool {
        let shared = self.reader.shared();
        if let Some(claimed) = shared.claim(Phase::Cancelling) {
            claimed.cancel();
            return true;
        }
        matches!(shared.phase(), Phase::Cancelling | Phase::Cancelled)
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.phase() == Phase::Cancelled
    }

    /// Whether its task runs now.
    #[must_use]
    pub fn running(&self) -> bool {
        matches!(self.phase(), Phase::Running | Phase::Held)
    }

    /// Whether its task has ended or was cancelled. The callbacks have been called then, and what the task captured is
    /// dropped. One load.
    #[inline]
    #[must_use]
    pub fn done(&self) -> bool {
        self.phase().is_settled()
    }

    /// Waits for the result and gives it.
    ///
    /// # Errors
    ///
    /// If the task panicked, failed, was cancelled or never ran: see [`FutureError`].
    ///
    /// # Panics
    ///
    /// In a [done callback](Future::add_done_callback) of the same future, which would wait for itself.
    #[track_caller]
    pub fn result(mut self) -> Result<T, FutureError> {
        self.wait();
        self.take()
    }

    /// The result, if it is there.
    ///
    /// # Errors
    ///
    /// The future, if it is not done.
    pub fn try_result(mut self) -> Result<Result<T, FutureError>, Future<T>> {
        self.reader.take().ok_or(self)
    }

    /// Waits for the result within a limit.
    ///
    /// # Errors
    ///
    /// As [`result`](Future::result), or, with the future, if the limit is over.
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn result_timeout<'a>(mut self, limit: impl Into<Limit<'a>>) -> Result<T, ResultError<T>> {
        match self.wait_timeout(limit) {
            Ok(()) => self.take().map_err(ResultError::Failed),
            Err(why) => Err(ResultError::Unfinished(why, self)),
        }
    }

    fn take(&mut self) -> Outcome<T> {
        let outcome = self.reader.take();
        outcome.expect("a future that is done has an outcome until it is consumed")
    }

    /// Waits for the result and lends it.
    ///
    /// # Errors
    ///
    /// As [`result`](Future::result).
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn result_ref(&self) -> Result<&T, &FutureError> {
        self.wait();
        let outcome = self.reader.outcome();
        outcome.expect("a future that is done has an outcome until it is consumed")
    }

    /// Waits until it is done. Why there is no result, if there is none.
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn exception(&self) -> Option<&FutureError> {
        self.result_ref().err()
    }

    /// As [`exception`](Future::exception), within a limit.
    ///
    /// # Errors
    ///
    /// If the limit is over.
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn exception_timeout<'a>(
        &self,
        limit: impl Into<Limit<'a>>,
    ) -> Result<Option<&FutureError>, WaitError> {
        self.wait_timeout(limit)?;
        Ok(self.exception())
    }

    /// Waits until it is done.
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn wait(&self) {
        let _ = self.reader.wait(Limit::NEVER);
    }

    /// Waits until it is done, within a limit.
    ///
    /// # Errors
    ///
    /// If the limit is over.
    ///
    /// # Panics
    ///
    /// As [`result`](Future::result).
    #[track_caller]
    pub fn wait_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<(), WaitError> {
        self.reader.wait(limit.into())
    }

    /// Has a function called with the outcome when there is one: at once, here, if the future is done; else by the
    /// thread that runs or cancels the task.
    ///
    /// Callbacks are called in the order in which they were added, and before the future is done: whoever has the result
    /// knows that they are through. (Python calls them after it has woken those who wait.) A callback that panics is
    /// reported by the program's panic hook, and those after it are called.
    pub fn add_done_callback<F>(&self, callback: F)
    where
        F: FnOnce(Result<&T, &FutureError>) + Send + 'static,
    {
        if let Err(callback) = self.reader.shared().add_callback(Box::new(callback)) {
            shown(|| callback(self.result_ref()));
        }
    }
}

impl<T> Reader<T> {
    #[track_caller]
    pub(super) fn wait(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        if limit.is_never() && self.run_here() {
            return Ok(());
        }
        self.shared().wait(limit)
    }

    /// Runs the task here, if this thread is a worker of the task's pool and nobody has begun it.
    ///
    /// That is what a call of the function would do. To run any other task while this one waits could not be undone:
    /// it might wait for what this thread holds.
    pub(super) fn run_here(&self) -> bool {
        let shared = self.shared();
        if shared.phase() != Phase::Pending || !super::worker::is_of(shared.job().home()) {
            return false;
        }
        let claimed = shared.claim(Phase::Running);
        claimed.map(|claimed| claimed.run()).is_some()
    }
}

impl<T> IntoFuture for Future<T> {
    type Output = Result<T, FutureError>;
    type IntoFuture = Awaiting<T>;

    fn into_future(self) -> Awaiting<T> {
        Awaiting::new(self.reader)
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watch = &self.reader.shared().watch;
        let mut debug = f.debug_struct("Future");
        debug.field("state", &format_args!("{}", self.phase_name()));
        if let Some(Err(error)) = self.reader.outcome() {
            debug.field("error", error);
        }
        debug.field("waiters", &watch.waiters());
        if let Some((callbacks, watchers)) = watch.peek(Watch::counts) {
            debug.field("callbacks", &callbacks);
            debug.field("watchers", &watchers);
        }
        debug.finish()
    }
}
