//! Tasks that borrow.

use std::fmt;
use std::sync::Arc;

use super::call::Plain;
use super::cell::{Call, Elsewhere, Phase, Shared};
use super::error::{FutureError, RefusedError, SubmitError};
use super::future::Future;
use super::map::{Map, Submitted};
use super::pool::{Pending, Pool, Run};
use crate::deadlock;
use crate::panic::{Telling, catch, shown};
use crate::seam::Mutex;
use crate::wait::{Limit, WaitError};

/// An executor whose tasks may borrow from outside a [`scope`](crate::scope).
///
/// It is a [`ThreadPoolExecutor`](super::ThreadPoolExecutor) whose threads are the scope's. The scope sees to it that
/// they end before what they borrow.
///
/// ```
/// use threading::futures::ThreadPoolExecutor;
///
/// let text = String::from("neither moved\nnor cloned");
/// let lengths = threading::scope(|scope| {
///     let pool = ThreadPoolExecutor::builder().scoped(scope).unwrap();
///     let lengths = pool.map(str::len, text.lines());
///     lengths.collect::<Result<Vec<_>, _>>()
/// })??;
/// assert_eq!(lengths, [13, 10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Leaked, it keeps the scope from ending. A task costs one allocation more. A worker that waits for a task of this
/// executor does not run it in place. What a task that is cancelled captured is dropped when its turn comes.
pub struct ScopedExecutor<'scope> {
    pool: Arc<Pool<'scope>>,
}

impl<'scope> ScopedExecutor<'scope> {
    pub(super) fn from_pool(pool: Arc<Pool<'scope>>) -> ScopedExecutor<'scope> {
        ScopedExecutor { pool }
    }

    /// Has a thread call the function.
    ///
    /// # Errors
    ///
    /// With the function, if the executor was shut down, its initializer panicked, or the system grants it not one
    /// thread.
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let submitted = submit(&self.pool, Plain(task));
        submitted.map_err(|error| error.map(|Plain(task)| task))
    }

    /// As [`ThreadPoolExecutor::map`](super::ThreadPoolExecutor::map).
    pub fn map<I, F, T>(
        &self,
        function: F,
        items: I,
    ) -> Map<'static, T, impl Iterator<Item = Submitted<T>> + use<'scope, I, F, T>>
    where
        I: IntoIterator,
        I::Item: Send + 'scope,
        F: Fn(I::Item) -> T + Send + Sync + 'scope,
        T: Send + 'scope,
    {
        self.map_buffered(usize::MAX, function, items)
    }

    /// As [`ThreadPoolExecutor::map_buffered`](super::ThreadPoolExecutor::map_buffered).
    pub fn map_buffered<I, F, T>(
        &self,
        buffersize: usize,
        function: F,
        items: I,
    ) -> Map<'static, T, impl Iterator<Item = Submitted<T>> + use<'scope, I, F, T>>
    where
        I: IntoIterator,
        I::Item: Send + 'scope,
        F: Fn(I::Item) -> T + Send + Sync + 'scope,
        T: Send + 'scope,
    {
        let (pool, function) = (self.pool.clone(), Arc::new(function));
        let submitted = items.into_iter().map(move |item| {
            let function = function.clone();
            let task = submit(&pool, Plain(move || function(item)));
            task.map_err(SubmitError::into_reason)
        });
        Map::new(submitted, buffersize)
    }

    /// As [`ThreadPoolExecutor::shutdown`](super::ThreadPoolExecutor::shutdown).
    #[track_caller]
    pub fn shutdown(&self, pending: Pending) {
        let _ = self.pool.shut_down(pending, Limit::NEVER);
    }

    /// As [`ThreadPoolExecutor::shutdown_timeout`](super::ThreadPoolExecutor::shutdown_timeout).
    ///
    /// # Errors
    ///
    /// If threads are still at work.
    #[track_caller]
    pub fn shutdown_timeout<'a>(
        &self,
        pending: Pending,
        limit: impl Into<Limit<'a>>,
    ) -> Result<(), WaitError> {
        self.pool.shut_down(pending, limit.into())
    }

    /// As [`ThreadPoolExecutor::shutdown_nowait`](super::ThreadPoolExecutor::shutdown_nowait).
    pub fn shutdown_nowait(&self, pending: Pending) {
        self.pool.shut_down_nowait(pending);
    }
}

fn submit<'scope, T, C>(pool: &Arc<Pool<'scope>>, call: C) -> Result<Future<T>, SubmitError<C>>
where
    T: Send + 'scope,
    C: Call<T> + 'scope,
{
    if let Err(why) = pool.admit() {
        return Err(SubmitError::new(why, call));
    }
    let (shared, reader) = Shared::pair(Elsewhere(Some(pool.team())));
    let task = Arc::new(Borrowing {
        shared,
        call: Mutex::new(Some(call)),
    });
    if let Err((why, call)) = pool.add(task.clone()).map_err(|why| task.take_back(why))
        && let Some(call) = call
    {
        return Err(SubmitError::new(why, call));
    }
    Ok(Future::new(reader))
}

/// A task that borrows, apart from its future, which does not.
struct Borrowing<T, C> {
    shared: Arc<Shared<T, Elsewhere>>,
    call: Mutex<Option<C>>,
}

impl<T: Send, C: Call<T>> Borrowing<T, C> {
    /// The call, if no worker has it.
    fn take_back(&self, why: RefusedError) -> (RefusedError, Option<C>) {
        let claimed = self.shared.claim(Phase::Cancelling);
        (why, claimed.and_then(|_| self.take()))
    }

    fn take(&self) -> Option<C> {
        self.call.lock().take()
    }
}

impl<T: Send, C: Call<T>> Run for Borrowing<T, C> {
    fn run(&self) {
        let call = self.take();
        let Some(claimed) = self.shared.claim(Phase::Running) else {
            return;
        };
        let _runs = deadlock::runs(self.shared.address());
        let outcome = catch(Telling::Nobody, || {
            call.expect("a task is called once").call()
        });
        claimed.settle(outcome.unwrap_or_else(|report| Err(FutureError::panicked(report))));
    }

    fn cancel(&self) {
        let claimed = self.shared.claim(Phase::Cancelling);
        shown(|| drop(self.take()));
        if let Some(claimed) = claimed {
            claimed.cancel();
        }
    }

    fn fail(&self, error: FutureError) {
        let claimed = self.shared.claim(Phase::Running);
        shown(|| drop(self.take()));
        if let Some(claimed) = claimed {
            claimed.settle(Err(error));
        }
    }
}

impl Drop for ScopedExecutor<'_> {
    fn drop(&mut self) {
        self.shutdown(Pending::Run);
    }
}

impl fmt::Debug for ScopedExecutor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}
