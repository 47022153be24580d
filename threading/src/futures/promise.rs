//! The other end of a future, for those who are no executor of this crate.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::cell::{Elsewhere, Phase, Shared};
use super::error::{AnyError, FutureError, Outcome};
use super::future::Future;

/// A future, and the promise to give it a result.
///
/// ```
/// use threading::futures::promise;
///
/// let (promise, future) = promise();
/// std::thread::spawn(move || promise.set_result("from elsewhere"));
/// assert_eq!(future.result().unwrap(), "from elsewhere");
/// ```
pub fn promise<T>() -> (Promise<T>, Future<T>)
where
    T: Send,
{
    let (shared, reader) = Shared::pair(Elsewhere(None));
    (Promise { shared }, Future::new(reader))
}

/// Gives a future its result or its error, once: the methods of Python's `Future` that are for executors.
///
/// Dropped before, it leaves the error that says so: nobody waits for ever.
pub struct Promise<T> {
    shared: Arc<Shared<T, Elsewhere>>,
}

impl<T> Promise<T> {
    /// Says that the work begins: the future is running, and cannot be cancelled from now on. False if it was
    /// cancelled.
    #[must_use = "a future that was cancelled needs no work"]
    pub fn set_running_or_notify_cancel(&self) -> bool {
        self.shared.hold() || self.shared.phase() == Phase::Held
    }

    /// Whether the future was cancelled.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        matches!(self.shared.phase(), Phase::Cancelling | Phase::Cancelled)
    }

    /// Gives the result. Calls the callbacks.
    ///
    /// # Errors
    ///
    /// The result, if the future was cancelled.
    pub fn set_result(self, result: T) -> Result<(), T> {
        self.settle(Ok(result)).map_err(|outcome| match outcome {
            Ok(result) => result,
            Err(_) => unreachable!("it is what was given"),
        })
    }

    /// Gives an error in place of a result. Calls the callbacks.
    ///
    /// # Errors
    ///
    /// The error, if the future was cancelled.
    pub fn set_exception(
        self,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let error = FutureError::raised(error.into());
        self.settle(Err(error)).map_err(|outcome| match outcome {
            Err(error) => error.into_inner().unwrap_or_else(AnyError::from),
            Ok(_) => unreachable!("it is what was given"),
        })
    }

    fn settle(&self, outcome: Outcome<T>) -> Result<(), Outcome<T>> {
        let claimed = self.shared.claim(Phase::Running);
        match claimed.or_else(|| self.shared.reclaim()) {
            Some(claimed) => claimed.settle(outcome),
            None => return Err(outcome),
        }
        Ok(())
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        // Changes nothing if it was kept.
        let _ = self.settle(Err(FutureError::abandoned()));
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise")
            .field("phase", &self.shared.phase())
            .field("waiters", &self.shared.watch.waiters())
            .finish()
    }
}
