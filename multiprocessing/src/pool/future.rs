//! What a task will have given.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::PoolError;
use super::promise::Promise;

/// The result of a task of a [`ProcessPoolExecutor`](super::ProcessPoolExecutor), now or later. Dropped, it lets the task go on.
pub struct Future<T> {
    pub(super) promise: Arc<Promise<T>>,
}

impl<T: Send + 'static> Future<T> {
    pub(crate) fn new(promise: Arc<Promise<T>>) -> Future<T> {
        Future { promise }
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn result(self) -> Result<T, PoolError> {
        self.promise.take(None)
    }

    /// Waits for the result, at most so long.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](PoolError::is_timeout) if it is not there then, and it may be asked for again; else why there is none.
    /// After one that gave the result, a call says that it was taken.
    pub fn result_timeout(&mut self, limit: Duration) -> Result<T, PoolError> {
        self.promise.take(Some(limit))
    }

    /// Waits until the task is done; gives its failure, if it has failed.
    ///
    /// # Errors
    ///
    /// If the result was taken; in a forked child.
    pub fn exception(&self) -> Result<Option<PoolError>, PoolError> {
        self.promise.look(None, |result| result.err().cloned())
    }

    /// As [`exception`](Future::exception), and waits at most so long.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](PoolError::is_timeout) if it is not done then; else as `exception`.
    pub fn exception_timeout(&self, limit: Duration) -> Result<Option<PoolError>, PoolError> {
        self.promise
            .look(Some(limit), |result| result.err().cloned())
    }

    /// Cancels the task if it has not been sent to a worker. Whether it is cancelled.
    #[must_use = "it may be too late"]
    pub fn cancel(&self) -> bool {
        self.promise.is_here() && self.promise.cancel()
    }

    /// Whether it was cancelled, by [`cancel`](Future::cancel) or by the executor's shutdown.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        let is_cancelled =
            |result: Result<&T, &PoolError>| result.err().is_some_and(PoolError::is_cancelled);
        let looked = self.promise.look(Some(Duration::ZERO), is_cancelled);
        looked.unwrap_or(false)
    }

    /// Whether a worker has the task.
    #[must_use]
    pub fn running(&self) -> bool {
        self.promise.has_begun() && !self.done()
    }

    /// Whether it is done or cancelled.
    #[must_use]
    pub fn done(&self) -> bool {
        self.promise.is_done()
    }

    /// Has the function called when it is done, at once if it is, by the executor's thread for callbacks. Whoever sees the
    /// result knows that all have been called that were added before.
    ///
    /// A panic in it is reported by the program's panic hook.
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(Result<&T, &PoolError>) + Send + 'static,
    ) {
        self.promise.listen(Box::new(callback));
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.promise.fmt(f)
    }
}
