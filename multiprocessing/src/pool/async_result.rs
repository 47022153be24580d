//! The result of a call that goes on elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::PoolError;
use super::promise::Promise;

/// The result of a call, or the results of a map, that a pool works at. Dropped, it lets the work go on.
///
/// ```
/// use multiprocessing::Pool;
///
/// let pool = Pool::new(2)?;
/// let sum = pool.apply_async(|a: i32, b: i32| a + b, (20, 22))?;
/// assert_eq!(sum.get()?, 42);
/// # Ok::<(), multiprocessing::PoolError>(())
/// ```
pub struct AsyncResult<T> {
    promise: Arc<Promise<T>>,
}

impl<T: Send + 'static> AsyncResult<T> {
    pub(crate) fn new(promise: Arc<Promise<T>>) -> AsyncResult<T> {
        AsyncResult { promise }
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Why there is none; of a map, the failure of the first item in their order that has none. In Python that is the
    /// first in time, which is another one each time. All items are run in any case.
    pub fn get(self) -> Result<T, PoolError> {
        self.promise.take(None)
    }

    /// Waits for the result, at most so long.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](PoolError::is_timeout) if it is not there then; it may be asked for again. Else as
    /// [`get`](AsyncResult::get). The second call after one that gave the result says that it was taken.
    pub fn get_timeout(&mut self, limit: Duration) -> Result<T, PoolError> {
        self.promise.take(Some(limit))
    }

    /// Waits until the result is there, or it is certain that there will be none.
    ///
    /// # Errors
    ///
    /// In a forked child of the pool's process, where nothing will ever come.
    pub fn wait(&self) -> Result<(), PoolError> {
        self.promise.wait(None)
    }

    /// As [`wait`](AsyncResult::wait), at most so long. Whether it is there.
    ///
    /// # Errors
    ///
    /// As `wait`.
    pub fn wait_timeout(&self, limit: Duration) -> Result<bool, PoolError> {
        match self.promise.wait(Some(limit)) {
            Err(error) if error.is_timeout() => Ok(false),
            waited => waited.map(|()| true),
        }
    }

    /// Whether the result is there, or it is certain that there will be none.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.promise.is_done()
    }

    /// Whether there is a result and no failure.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](PoolError::is_timeout) if it is not [`ready`](AsyncResult::ready); Python raises `ValueError` then.
    pub fn successful(&self) -> Result<bool, PoolError> {
        self.promise
            .look(Some(Duration::ZERO), |result| result.is_ok())
    }

    /// Has the function called with the result when it is there, by a thread of the pool that does nothing else. Not called
    /// if there is a failure. A later `get` waits until it has been called; of several, each is called.
    ///
    /// A panic in it is reported by the program's panic hook and ends nothing. A callback that takes long delays others, and
    /// nothing else of the pool.
    #[must_use = "the result is still to be had from it"]
    pub fn callback(self, callback: impl FnOnce(&T) + Send + 'static) -> AsyncResult<T> {
        self.promise.listen(Box::new(|result| {
            if let Ok(result) = result {
                callback(result);
            }
        }));
        self
    }

    /// As [`callback`](AsyncResult::callback), for the failure.
    #[must_use = "the result is still to be had from it"]
    pub fn error_callback(
        self,
        callback: impl FnOnce(&PoolError) + Send + 'static,
    ) -> AsyncResult<T> {
        self.promise.listen(Box::new(|result| {
            if let Err(error) = result {
                callback(error);
            }
        }));
        self
    }
}

impl<T> fmt::Debug for AsyncResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.promise.fmt(f)
    }
}
