//! A pool's methods with their options.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::async_result::AsyncResult;
use super::engine::Rules;
use super::error::PoolError;
use super::feed::ProcessFeed;
use super::function::{Entry, Function};
use super::imap::{IMap, Plan, WINDOW};
use super::inbound::{All, One};
use super::outbound::default_chunksize;
use super::pool::Pool;
use super::promise::{Assembly, Collected, Promise};
use super::submission;

/// The methods of a [`Pool`], with options: made by [`Pool::with`].
///
/// ```
/// use multiprocessing::Pool;
/// use std::time::Duration;
///
/// let pool = Pool::new(2)?;
/// let careful = pool.with().chunksize(1).retries(1).time_limit(Duration::from_secs(10));
/// assert_eq!(careful.map(|n: u64| n + 1, 0..3)?, [1, 2, 3]);
/// # Ok::<(), multiprocessing::PoolError>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "options do nothing by themselves"]
pub struct Call<'p> {
    pool: &'p Pool,
    rules: Rules,
    chunksize: Option<usize>,
    window: Option<usize>,
}

impl<'p> Call<'p> {
    pub(crate) fn new(pool: &'p Pool) -> Call<'p> {
        Call {
            pool,
            rules: Rules::default(),
            chunksize: None,
            window: None,
        }
    }

    /// How many items are sent together; 0 counts as 1. By default 1 for `imap`, and for a map a quarter of a worker's share,
    /// rounded up.
    ///
    /// A worker that is replaced after so many [tasks](super::PoolBuilder::max_tasks_per_child) counts chunks.
    pub fn chunksize(mut self, items: usize) -> Call<'p> {
        self.chunksize = Some(items.max(1));
        self
    }

    /// How often an item is tried again whose worker died while it was running it. By default never: it has been run in part.
    /// Panics and errors are results and not tried again.
    pub fn retries(mut self, retries: u32) -> Call<'p> {
        self.rules.retries = retries;
        self
    }

    /// How long the function may take for an item, in a worker. An item that takes longer fails: its worker is killed and
    /// replaced. It is not tried again.
    pub fn time_limit(mut self, limit: Duration) -> Call<'p> {
        self.rules.limit = Some(limit);
        self
    }

    /// How many chunks an `imap` has ahead of the results that were taken; 0 counts as 1. By default 32 for each worker.
    pub fn window(mut self, chunks: usize) -> Call<'p> {
        self.window = Some(chunks.max(1));
        self
    }

    /// As [`Pool::apply`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn apply<F, Args>(&self, function: F, args: Args) -> Result<F::Output, PoolError>
    where
        F: Function<Args> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
        Args: Serialize + DeserializeOwned,
    {
        self.apply_async(function, args)?.get()
    }

    /// As [`Pool::apply_async`].
    ///
    /// # Errors
    ///
    /// As there.
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
        self.submit(function, args).map(AsyncResult::new)
    }

    pub(crate) fn submit<F, Args>(
        &self,
        function: F,
        args: Args,
    ) -> Result<Arc<Promise<F::Output>>, PoolError>
    where
        F: Function<Args> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
        Args: Serialize + DeserializeOwned,
    {
        let entry = Entry::of(function);
        let promise = self.promise(entry, One::new(entry.name()));
        self.send(entry, &promise, std::iter::once(args), 1)?;
        Ok(promise)
    }

    /// As [`Pool::map`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn map<F, I, R>(&self, function: F, items: I) -> Result<Vec<R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        self.map_async(function, items)?.get()
    }

    /// As [`Pool::map_async`].
    ///
    /// # Errors
    ///
    /// As there.
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
        self.starmap_async(function, items.into_iter().map(|item| (item,)))
    }

    /// As [`Pool::starmap`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn starmap<F, I>(&self, function: F, items: I) -> Result<Vec<F::Output>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Function<I::Item> + Copy,
        F::Output: Serialize + DeserializeOwned + Send + 'static,
    {
        self.starmap_async(function, items)?.get()
    }

    /// As [`Pool::starmap_async`].
    ///
    /// # Errors
    ///
    /// As there.
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
        let entry = Entry::of(function);
        let promise = self.promise(entry, All::new(entry.name()));
        let items = items.into_iter();
        let default = |count| default_chunksize(count, self.pool.processes());
        match (self.chunksize, items.size_hint()) {
            (Some(chunksize), _) => self.send(entry, &promise, items, chunksize)?,
            (None, (count, Some(most))) if count == most => {
                self.send(entry, &promise, items, default(count))?;
            }
            _ => {
                let items: Vec<I::Item> = items.collect();
                let chunksize = default(items.len());
                self.send(entry, &promise, items.into_iter(), chunksize)?;
            }
        }
        Ok(AsyncResult::new(promise))
    }

    /// As [`Pool::imap`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn imap<F, I, R>(&self, function: F, items: I) -> Result<IMap<I::IntoIter, R>, PoolError>
    where
        I: IntoIterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned,
    {
        self.one_by_one(function, items.into_iter(), true)
    }

    /// As [`Pool::imap_unordered`].
    ///
    /// # Errors
    ///
    /// As there.
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
        self.one_by_one(function, items.into_iter(), false)
    }

    fn one_by_one<F, I, R>(
        &self,
        function: F,
        items: I,
        is_ordered: bool,
    ) -> Result<IMap<I, R>, PoolError>
    where
        I: Iterator,
        I::Item: Serialize + DeserializeOwned,
        F: Fn(I::Item) -> R + Copy + Send + Sync + 'static,
        R: Serialize + DeserializeOwned,
    {
        let plan = Plan {
            chunksize: self.chunksize.unwrap_or(1),
            window: self.window.unwrap_or(WINDOW * self.pool.processes()),
            is_ordered,
        };
        let sequence = self.pool.begin_sequence()?;
        let entry = Entry::of::<F, (I::Item,)>(function);
        let feed = ProcessFeed::new(sequence, entry, self.rules);
        Ok(IMap::new(items, Box::new(feed), plan))
    }

    fn promise<T: Send + 'static>(
        &self,
        entry: &'static Entry,
        assembly: Box<dyn Assembly<T>>,
    ) -> Arc<Promise<T>> {
        Promise::in_pieces(entry.name(), assembly, self.pool.callbacks())
    }

    fn send<T: Send + 'static, Args: Serialize>(
        &self,
        entry: &'static Entry,
        promise: &Arc<Promise<T>>,
        items: impl Iterator<Item = Args>,
        chunksize: usize,
    ) -> Result<(), PoolError> {
        let sequence = self.pool.begin_sequence()?;
        let promise = promise.clone();
        let collected = Collected { promise, entry };
        submission::send(collected, &sequence, self.rules, items, chunksize);
        Ok(())
    }
}
