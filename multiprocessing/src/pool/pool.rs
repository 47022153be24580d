//! The pool as its user holds it.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::async_result::AsyncResult;
use super::builder::PoolBuilder;
use super::call::Call;
use super::callbacks::Callbacks;
use super::door::{Door, Sequence};
use super::engine::Policy;
use super::error::PoolError;
use super::function::Function;
use super::imap::IMap;
use super::recipe::Recipe;
use super::supervisor::Supervisor;
use crate::mutex::Mutex;

/// Worker processes that call functions for this one.
///
/// Arguments and results travel as serde values, functions as addresses: so a function must have captured nothing. A worker
/// is a fork of this process, and has a copy of all that this one has when the worker starts.
///
/// Dropped, it ends its workers at once, as Python's does at the end of a `with`; see [`close`](Pool::close). A copy of a
/// pool in a forked child refuses to work.
///
/// # When something dies
///
/// | what | follows |
/// |---|---|
/// | the function panics | the item's error has the panic; the worker goes on |
/// | a worker dies, of whatever | the item that it was running fails, or is [tried again](Call::retries); all else goes to the others; another worker is started |
/// | this process dies | the kernel kills the workers |
/// | an item takes longer than its [limit](Call::time_limit) | it fails, its worker is killed and replaced |
/// | workers do not get past their [initializer](PoolBuilder::initializer) | after three for each place in a row the pool is broken, and all items fail |
/// | no process can be had: no descriptor, no memory | it is tried again, at longer and longer intervals; after six seconds without any worker the pool is broken |
pub struct Pool {
    door: Arc<Door>,
    callbacks: Arc<Callbacks>,
    supervisor: Mutex<Option<JoinHandle<()>>>,
    policy: Policy,
}

impl Pool {
    /// A pool of so many workers; 0 counts as 1.
    ///
    /// # Errors
    ///
    /// As [`PoolBuilder::build`].
    pub fn new(processes: usize) -> Result<Pool, PoolError> {
        Pool::builder().processes(processes).build()
    }

    /// A pool with other settings.
    pub fn builder() -> PoolBuilder {
        PoolBuilder::default()
    }

    pub(crate) fn start(policy: Policy, recipe: Recipe) -> Result<Pool, PoolError> {
        let door = Door::new(policy.workers);
        let door =
            Arc::new(door.map_err(|error| PoolError::system("share memory with workers", error))?);
        let supervisor = Supervisor::new(door.clone(), policy, recipe);
        let thread = thread::Builder::new().name("pool".to_owned());
        // Workers are copies of this thread, and what they run may need what a main thread has.
        let thread = thread.stack_size(8 << 20);
        let thread = thread.spawn(move || supervisor.run());
        let thread =
            thread.map_err(|error| PoolError::system("start the thread of a pool", error))?;
        Ok(Pool {
            door,
            callbacks: Arc::default(),
            supervisor: Mutex::new(Some(thread)),
            policy,
        })
    }

    /// How many workers it has.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.policy.workers
    }

    pub(crate) fn callbacks(&self) -> &Arc<Callbacks> {
        &self.callbacks
    }

    pub(crate) fn begin_sequence(&self) -> Result<Sequence, PoolError> {
        self.door.begin_sequence().map_err(PoolError::refused)
    }

    /// The same methods, with options.
    pub fn with(&self) -> Call<'_> {
        Call::new(self)
    }

    /// Has a worker call the function, and waits for the result.
    ///
    /// ```
    /// # let pool = multiprocessing::Pool::new(2)?;
    /// assert_eq!(pool.apply(u32::pow, (2, 10))?, 1024);
    /// # Ok::<(), multiprocessing::PoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Why there is no result, or the pool takes no calls any more.
    pub fn apply<F, Args>(&self, function: F, args: Args) -> Result<F::Output, PoolError>
    where
        F: Function<Args> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
        Args: Serialize + DeserializeOwned,
    {
        self.with().apply(function, args)
    }

    /// Has a worker call the function.
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
        F: Function<Args> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
        Args: Serialize + DeserializeOwned,
    {
        self.with().apply_async(function, args)
    }

    /// Has the workers call the function for all items, and waits for all results.
    ///
    /// # Errors
    ///
    /// The failure of the first item in their order that has no result, after all have been run; or the pool takes no
    /// items any more. [`imap`](Pool::imap) gives the results of the others too.
    pub fn map<F, I, R>(&self, function: F, items: I) -> Result<Vec<R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        self.with().map(function, items)
    }

    /// Has the workers call the function for all items, which are taken and encoded by this call. The workers begin with the
    /// first before it has taken the last: if the iterator panics, what they have is run, and its results are dropped.
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
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        self.with().map_async(function, items)
    }

    /// As [`map`](Pool::map), for items that are tuples of arguments.
    ///
    /// ```
    /// # let pool = multiprocessing::Pool::new(2)?;
    /// assert_eq!(pool.starmap(u32::pow, [(2, 5), (3, 2), (10, 3)])?, [32, 9, 1000]);
    /// # Ok::<(), multiprocessing::PoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As `map`.
    pub fn starmap<F, I>(&self, function: F, items: I) -> Result<Vec<F::Output>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Function<I::Item> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
    {
        self.with().starmap(function, items)
    }

    /// As [`map_async`](Pool::map_async), for items that are tuples of arguments.
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
        I::Item: Serialize + DeserializeOwned,
        F: Function<I::Item> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
    {
        self.with().starmap_async(function, items)
    }

    /// Has the workers call the function for the items, and gives the results one by one, in the items' order.
    ///
    /// ```
    /// # let pool = multiprocessing::Pool::new(2)?;
    /// let squares = pool.imap(|n: u64| n * n, 1..)?; // without end
    /// assert_eq!(squares.map_while(Result::ok).take(100).last(), Some(10_000));
    /// # Ok::<(), multiprocessing::PoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the pool takes no items any more.
    pub fn imap<F, I, R>(&self, function: F, items: I) -> Result<IMap<I::IntoIter, R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned,
    {
        self.with().imap(function, items)
    }

    /// As [`imap`](Pool::imap), in the order in which the results come.
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
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned,
    {
        self.with().imap_unordered(function, items)
    }

    /// Takes nothing more. The workers end when all that was taken is done; an [`IMap`] that is not at its end goes on.
    pub fn close(&self) {
        if self.door.is_here() {
            self.door.close();
        }
    }

    /// Closes the pool, perhaps without what no worker has been sent.
    pub(crate) fn shut(&self, cancels: bool) {
        if self.door.is_here() && cancels {
            self.door.cancel_pending();
        }
        self.close();
    }

    /// Kills the workers. What is not done fails; in Python whoever waits for it waits for ever.
    pub fn terminate(&self) {
        if self.door.is_here() {
            self.door.terminate();
        }
    }

    /// Waits until the workers have ended and all callbacks were called.
    ///
    /// # Errors
    ///
    /// If the pool was neither closed nor terminated, or an [`IMap`] is not at its end, which this would wait for; in one of
    /// the pool's own callbacks; in a forked child.
    pub fn join(&self) -> Result<(), PoolError> {
        self.door.check_join(self.callbacks.is_current())?;
        self.wait_for_end();
        Ok(())
    }

    fn wait_for_end(&self) {
        let mut supervisor = self.supervisor.lock();
        if let Some(thread) = supervisor.take() {
            // The thread catches its panics.
            let _ = thread.join();
        }
        drop(supervisor);
        self.callbacks.finish();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.door.is_here() {
            self.door.terminate();
            self.wait_for_end();
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("processes", &self.policy.workers)
            .field("refuses", &self.door.refusal())
            .finish_non_exhaustive()
    }
}
