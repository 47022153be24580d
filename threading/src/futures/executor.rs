//! The executor.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::builder::Builder;
use super::call::{Fallible, Plain};
use super::error::SubmitError;
use super::future::Future;
use super::map::{Map, Submitted};
use super::pool::{Pending, Pool};
use crate::wait::{Limit, WaitError};

/// Threads that run tasks.
///
/// Tasks begin in the order in which they were submitted. A thread is started when a task comes and all there are have
/// something to do, up to [`max_workers`](Builder::max_workers); then they stay.
///
/// They are threads of this crate: listed by [`enumerate`](crate::enumerate), each with its name and its token. To
/// [cancel](crate::ThreadHandle::cancel) one asks every task to end that it runs from then on.
///
/// Dropped, it is shut down as by Python's `with`: it waits for all tasks.
///
/// ```
/// use threading::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::builder().max_workers(4).thread_name_prefix("hash").build()?;
/// let squares: Vec<_> = (0..8_u64).map(|n| pool.submit(move || n * n)).collect::<Result<_, _>>().unwrap();
/// let sum: u64 = squares.into_iter().map(|square| square.result().unwrap()).sum();
/// assert_eq!(sum, 140);
/// # Ok::<(), threading::MisuseError>(())
/// ```
///
/// # Tasks that wait for tasks
///
/// A worker that waits, without limit, for a task of its own executor that has not begun, runs it in place. So a
/// task may wait for tasks that it submitted, in an executor of one thread too. It runs on the stack of the one that
/// waits, as a call does: chains of thousands of tasks that each wait for the next want a larger
/// [`stack_size`](crate::set_stack_size), or to be started from their other end. What stays a deadlock is what is one
/// without an executor: two tasks that wait for each other, and a task that waits, within a limit or for
/// something else than a future, for what only a task behind it in line will do.
pub struct ThreadPoolExecutor {
    pool: Arc<Pool<'static>>,
    /// Whether its drop waits.
    waits: bool,
}

impl ThreadPoolExecutor {
    /// An executor of four threads more than there are processors, at most 32.
    #[must_use]
    pub fn new() -> ThreadPoolExecutor {
        Builder::new().finish()
    }

    /// To say how many threads there are to be, and more.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(super) fn from_pool(pool: Arc<Pool<'static>>) -> ThreadPoolExecutor {
        ThreadPoolExecutor { pool, waits: true }
    }

    /// Has a thread call the function. One allocation, and at most one thread is woken, none if one is looking for work.
    ///
    /// # Errors
    ///
    /// With the function, if the executor was shut down, its initializer panicked, or the system grants it not one
    /// thread.
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let submitted = self.pool.submit(Plain(task));
        submitted.map_err(|error| error.map(|Plain(task)| task))
    }

    /// As [`submit`](ThreadPoolExecutor::submit), for a function that may fail: its error is the future's
    /// [exception](Future::exception), as what a Python function raises.
    ///
    /// ```
    /// use threading::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new();
    /// let number = pool.submit_fallible(|| "twelve".parse::<u32>())?;
    /// assert_eq!(number.result().unwrap_err().to_string(), "the task failed: invalid digit found in string");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As `submit`.
    pub fn submit_fallible<T, E, F>(&self, task: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let submitted = self.pool.submit(Fallible(task));
        submitted.map_err(|error| error.map(|Fallible(task)| task))
    }

    /// Calls the function for all items, and gives the results in the items' order.
    ///
    /// All items are taken and submitted by this call; see [`map_buffered`](ThreadPoolExecutor::map_buffered) for when
    /// they are many. Several sequences are one, zipped:
    ///
    /// ```
    /// use threading::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new();
    /// let powers = pool.map(|(base, exponent)| u32::pow(base, exponent), [2, 3, 10].into_iter().zip([5, 2, 3]));
    /// assert_eq!(powers.collect::<Result<Vec<_>, _>>()?, [32, 9, 1000]);
    /// # Ok::<(), threading::futures::MapError>(())
    /// ```
    pub fn map<I, F, T>(
        &self,
        function: F,
        items: I,
    ) -> Map<'static, T, impl Iterator<Item = Submitted<T>> + use<I, F, T>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.map_buffered(usize::MAX, function, items)
    }

    /// As [`map`](ThreadPoolExecutor::map), with at most so many items ahead of the results that were taken: Python's
    /// `buffersize`. So the items may be endless, or large.
    ///
    /// ```
    /// use threading::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new();
    /// let squares = pool.map_buffered(8, |n| n * n, 1_u64..);
    /// assert_eq!(squares.map_while(Result::ok).take(100).last(), Some(10_000));
    /// ```
    ///
    /// With a buffer of 0 an item is submitted when its result is asked for.
    pub fn map_buffered<I, F, T>(
        &self,
        buffersize: usize,
        function: F,
        items: I,
    ) -> Map<'static, T, impl Iterator<Item = Submitted<T>> + use<I, F, T>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        let (pool, function) = (self.pool.clone(), Arc::new(function));
        let submitted = items.into_iter().map(move |item| {
            let function = function.clone();
            let task = pool.submit(Plain(move || function(item)));
            task.map_err(SubmitError::into_reason)
        });
        Map::new(submitted, buffersize)
    }

    /// Takes no more tasks, and waits for the threads to end; what was pending is run before, or cancelled.
    ///
    /// Called by a task of this executor, it does not wait, as it would wait for itself.
    #[track_caller]
    pub fn shutdown(&self, pending: Pending) {
        let _ = self.pool.shut_down(pending, Limit::NEVER);
    }

    /// As [`shutdown`](ThreadPoolExecutor::shutdown), and waits no longer than the limit allows.
    ///
    /// # Errors
    ///
    /// If threads are still at work. They end when they are done, and another call may wait for them.
    #[track_caller]
    pub fn shutdown_timeout<'a>(
        &self,
        pending: Pending,
        limit: impl Into<Limit<'a>>,
    ) -> Result<(), WaitError> {
        self.pool.shut_down(pending, limit.into())
    }

    /// As [`shutdown`](ThreadPoolExecutor::shutdown), without waiting: Python's `shutdown(wait=False)`. The executor's
    /// drop waits.
    pub fn shutdown_nowait(&self, pending: Pending) {
        self.pool.shut_down_nowait(pending);
    }

    /// Drops the executor without waiting: its threads end when all tasks are done.
    pub fn detach(mut self) {
        self.waits = false;
    }
}

impl Default for ThreadPoolExecutor {
    fn default() -> ThreadPoolExecutor {
        ThreadPoolExecutor::new()
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        if self.waits {
            self.shutdown(Pending::Run);
        } else {
            self.shutdown_nowait(Pending::Run);
        }
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}
