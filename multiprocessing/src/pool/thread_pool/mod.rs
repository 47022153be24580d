//! The pool's methods over threads: `threads` runs jobs, and `work` is what they do.

mod threads;
mod work;

use std::any::type_name;
use std::fmt;
use std::num::NonZeroUsize;
use std::process;
use std::sync::Arc;
use std::thread;

use self::threads::{Initializer, Sequence, Threads};
use self::work::run;
use super::async_result::AsyncResult;
use super::callbacks::Callbacks;
use super::error::PoolError;
use super::failure::Failure;
use super::function::Function;
use super::imap::IMap;
use super::promise::Promise;

/// Threads that call functions: the methods of a [`Pool`](super::Pool), without processes.
///
/// Functions may have captured things, and arguments and results need not be serialisable. A thread cannot be killed: there
/// are no time limits, and [`terminate`](ThreadPool::terminate) lets what is running end.
///
/// ```
/// use multiprocessing::ThreadPool;
///
/// let factor = String::from("ab").len() as u64;
/// let pool = ThreadPool::new(4)?;
/// assert_eq!(pool.map(move |n: u64| n * factor, 1..4)?, [2, 4, 6]);
/// # Ok::<(), multiprocessing::PoolError>(())
/// ```
pub struct ThreadPool {
    threads: Arc<Threads>,
    callbacks: Arc<Callbacks>,
    count: usize,
    home: u32,
}

impl ThreadPool {
    /// A pool of so many threads; 0 counts as 1.
    ///
    /// # Errors
    ///
    /// When the system grants fewer.
    pub fn new(threads: usize) -> Result<ThreadPool, PoolError> {
        ThreadPool::start(threads, None)
    }

    /// A pool of as many threads as this process may use processors.
    ///
    /// # Errors
    ///
    /// As [`new`](ThreadPool::new).
    pub fn with_default_threads() -> Result<ThreadPool, PoolError> {
        ThreadPool::new(thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }

    /// As [`new`](ThreadPool::new), and each thread calls the function before its first task. If it panics, the pool is
    /// [broken](PoolError::is_broken_pool).
    ///
    /// # Errors
    ///
    /// As [`new`](ThreadPool::new).
    pub fn with_initializer(
        threads: usize,
        initializer: impl Fn() + Send + Sync + 'static,
    ) -> Result<ThreadPool, PoolError> {
        ThreadPool::start(threads, Some(&(Arc::new(initializer) as _)))
    }

    fn start(
        count: usize,
        initializer: Option<&Arc<Initializer>>,
    ) -> Result<ThreadPool, PoolError> {
        let count = count.max(1);
        let threads = Threads::start(count, initializer);
        Ok(ThreadPool {
            threads: threads.map_err(|error| PoolError::system("start a pool's threads", error))?,
            callbacks: Arc::default(),
            count,
            home: process::id(),
        })
    }

    /// How many threads it has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.count
    }

    /// Has a thread call the function, and waits for the result.
    ///
    /// # Errors
    ///
    /// The panic of the function, or the pool takes no calls any more.
    pub fn apply<F, Args>(&self, function: F, args: Args) -> Result<F::Output, PoolError>
    where
        F: Function<Args>,
        F::Output: Send + 'static,
        Args: Send + 'static,
    {
        self.apply_async(function, args)?.get()
    }

    /// Has a thread call the function.
    ///
    /// # Errors
    ///
    /// If the pool takes no calls any more.
    pub fn apply_async<F, Args>(
        &self,
        function: F,
        args: Args,
    ) -> Result<AsyncResult<F::Output>, PoolError>
    where
        F: Function<Args>,
        F::Output: Send + 'static,
        Args: Send + 'static,
    {
        let name = type_name::<F>();
        let promise = Promise::in_one(name, &self.callbacks);
        let settling = promise.clone();
        self.begin_sequence()?.run(Box::new(move |fate| {
            let result = run(fate, || function.call(args));
            settling.settle(result.map_err(|failure| PoolError::item(name, None, failure)));
        }));
        Ok(AsyncResult::new(promise))
    }

    /// Has the threads call the function for all items, and waits for all results.
    ///
    /// # Errors
    ///
    /// The panic for the first item in their order that has no result, after all have been run; or the pool takes no items
    /// any more.
    pub fn map<F, I, R>(&self, function: F, items: I) -> Result<Vec<R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        self.map_async(function, items)?.get()
    }

    /// Has the threads call the function for all items, which are taken by this call.
    ///
    /// # Errors
    ///
    /// If the pool takes no items any more.
    pub fn map_async<F, I, R>(
        &self,
        function: F,
        items: I,
    ) -> Result<AsyncResult<Vec<R>>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let name = type_name::<F>();
        let items: Vec<I::Item> = items.into_iter().collect();
        self.run_all(name, function, items)
    }

    /// As [`map`](ThreadPool::map), for items that are tuples of arguments.
    ///
    /// # Errors
    ///
    /// As `map`.
    pub fn starmap<F, I>(&self, function: F, items: I) -> Result<Vec<F::Output>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Function<I::Item>,
        F::Output: Send + 'static,
    {
        self.starmap_async(function, items)?.get()
    }

    /// As [`map_async`](ThreadPool::map_async), for items that are tuples of arguments.
    ///
    /// # Errors
    ///
    /// As `map_async`.
    pub fn starmap_async<F, I>(
        &self,
        function: F,
        items: I,
    ) -> Result<AsyncResult<Vec<F::Output>>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Function<I::Item>,
        F::Output: Send + 'static,
    {
        let name = type_name::<F>();
        let items: Vec<I::Item> = items.into_iter().collect();
        self.run_all(name, move |args| function.call(args), items)
    }

    /// Has the threads call the function for the items, and gives the results one by one, in the items' order.
    ///
    /// At most 32 items for each thread are ahead of the results that were taken.
    ///
    /// # Errors
    ///
    /// If the pool takes no items any more.
    pub fn imap<F, I, R>(&self, function: F, items: I) -> Result<IMap<I::IntoIter, R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        self.one_by_one(function, items.into_iter(), true)
    }

    /// As [`imap`](ThreadPool::imap), in the order in which the results come.
    ///
    /// # Errors
    ///
    /// As `imap`.
    pub fn imap_unordered<F, I, R>(
        &self,
        function: F,
        items: I,
    ) -> Result<IMap<I::IntoIter, R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        self.one_by_one(function, items.into_iter(), false)
    }

    fn begin_sequence(&self) -> Result<Sequence, PoolError> {
        let begun = match self.is_here() {
            true => self.threads.begin_sequence(),
            false => Err(Failure::Elsewhere),
        };
        begun.map_err(PoolError::refused)
    }

    fn is_here(&self) -> bool {
        self.home == process::id()
    }

    /// Takes nothing more. The threads end when all that was taken is done.
    pub fn close(&self) {
        if self.is_here() {
            self.threads.close();
        }
    }

    /// Fails what has not begun. What is running goes on to its end.
    pub fn terminate(&self) {
        if self.is_here() {
            self.threads.end(&Failure::Terminated);
        }
    }

    /// Waits until the threads have ended and all callbacks were called.
    ///
    /// # Errors
    ///
    /// As [`Pool::join`](super::Pool::join), and in a thread of the pool.
    pub fn join(&self) -> Result<(), PoolError> {
        if !self.is_here() {
            return Err(PoolError::refused(Failure::Elsewhere));
        }
        self.threads.check_join(self.is_within())?;
        self.wait_for_end();
        Ok(())
    }

    fn is_within(&self) -> bool {
        self.threads.is_current() || self.callbacks.is_current()
    }

    fn wait_for_end(&self) {
        self.threads.join();
        self.callbacks.finish();
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        if self.is_here() {
            self.threads.end(&Failure::Terminated);
            if !self.is_within() {
                self.wait_for_end();
            }
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("threads", &self.count)
            .finish_non_exhaustive()
    }
}
