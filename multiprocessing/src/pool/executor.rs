//! The pool in the manner of `concurrent.futures`.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::builder::PoolBuilder;
use super::error::PoolError;
use super::function::Function;
use super::future::Future;
use super::imap::IMap;
use super::pool::Pool;

/// What an executor does, when it is shut down, with the tasks that no worker has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// They are run.
    Run,
    /// They are cancelled: Python's `cancel_futures=True`.
    Cancel,
}

/// Worker processes that give futures. Python's `concurrent.futures.ProcessPoolExecutor`.
///
/// It has all that a [`Pool`] has of what to do when something dies; so a worker's death is an error of the task that it
/// was running, where Python breaks the executor and fails all its futures. Dropped, it waits for all tasks.
///
/// ```
/// use multiprocessing::pool::{ProcessPoolExecutor, as_completed};
///
/// fn sum_to(n: u64) -> u64 {
///     (1..=n).sum()
/// }
///
/// let executor = ProcessPoolExecutor::new(2)?;
/// let futures = [10, 100].map(|n| executor.submit(sum_to, (n,)));
/// let futures = futures.into_iter().collect::<Result<Vec<_>, _>>()?;
/// let sums: Result<u64, _> = as_completed(futures).map(|future| future.result()).sum();
/// assert_eq!(sums?, 5105);
/// # Ok::<(), multiprocessing::PoolError>(())
/// ```
#[derive(Debug)]
pub struct ProcessPoolExecutor {
    pool: Arc<Pool>,
}

impl ProcessPoolExecutor {
    /// An executor of so many workers; 0 counts as 1.
    ///
    /// # Errors
    ///
    /// As [`PoolBuilder::build`].
    pub fn new(max_workers: usize) -> Result<ProcessPoolExecutor, PoolError> {
        ProcessPoolExecutor::from_builder(Pool::builder().processes(max_workers))
    }

    /// An executor with a pool's settings.
    ///
    /// # Errors
    ///
    /// As [`PoolBuilder::build`].
    pub fn from_builder(builder: PoolBuilder) -> Result<ProcessPoolExecutor, PoolError> {
        let pool = Arc::new(builder.build()?);
        Ok(ProcessPoolExecutor { pool })
    }

    /// Has a worker call the function.
    ///
    /// # Errors
    ///
    /// If the executor was shut down or is broken.
    pub fn submit<F, Args>(&self, function: F, args: Args) -> Result<Future<F::Output>, PoolError>
    where
        F: Function<Args> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
        Args: Serialize + DeserializeOwned,
    {
        self.pool.with().submit(function, args).map(Future::new)
    }

    /// Has the workers call the function for all items, which are taken by this call, and gives the results in the items'
    /// order. `chunksize` items are sent together; 0 counts as 1.
    ///
    /// An item that fails gives its error in its place; Python's iterator ends with it.
    ///
    /// # Errors
    ///
    /// If the executor was shut down or is broken.
    pub fn map<F, I, R>(
        &self,
        function: F,
        items: I,
        chunksize: usize,
    ) -> Result<IMap<I::IntoIter, R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned,
    {
        let call = self.pool.with().chunksize(chunksize).window(usize::MAX);
        call.imap(function, items)
    }

    /// Takes no more tasks, and waits until the others are done and the workers have ended.
    ///
    /// # Errors
    ///
    /// As [`Pool::join`].
    pub fn shutdown(&self, pending: Pending) -> Result<(), PoolError> {
        self.shutdown_nowait(pending);
        self.pool.join()
    }

    /// Takes no more tasks, without waiting: Python's `shutdown(wait=False)`. The executor's drop waits.
    pub fn shutdown_nowait(&self, pending: Pending) {
        self.pool.shut(pending == Pending::Cancel);
    }
}

impl Drop for ProcessPoolExecutor {
    fn drop(&mut self) {
        // It fails in one of the pool's callbacks, which cannot wait for it; then the pool is terminated.
        let _ = self.shutdown(Pending::Run);
    }
}
