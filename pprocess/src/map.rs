//! Results in the order of the calls.

use std::convert::Infallible;
use std::ops::Range;

use serde::{Serialize, de::DeserializeOwned};

use crate::Channel;
use crate::callable::{Callable, MakeParallel};
use crate::error::Result;
use crate::managed::ManagedCallable;
use crate::pool::{Job, PoolOwner};

/// Runs calls in processes and gives their results in the order of the calls: a parallel map.
///
/// ```
/// use pprocess::{MakeParallel, Map};
///
/// let results = Map::new().limit(4);
/// let calc = results.manage(MakeParallel::new(|(i, j): (u32, u32)| i * 10 + j));
/// for i in 0..3 {
///     for j in 0..3 {
///         calc.call((i, j))?;
///     }
/// }
/// let results: Vec<u32> = results.collect::<Result<_, _>>()?;
/// assert_eq!(results, [0, 1, 2, 10, 11, 12, 20, 21, 22]);
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// Every call has exactly one result. A call whose process was killed, panicked, or sent nothing has an
/// error at its place, and iteration goes on behind it. (In the original the results behind it are
/// missing, without a word.)
///
/// Iterating waits for each result in turn, starts calls that are waiting, and gives every result away
/// once. Results that arrive before their turn are kept. When the last one has been given, the processes
/// have ended. Dropping the map kills the processes that still work.
#[derive(Debug)]
pub struct Map<'a, R> {
    pool: PoolOwner<'a, R, ()>,
    /// What has arrived and was not given away, by the number of the call.
    results: Vec<Option<Result<R>>>,
    next: usize,
}

impl<'a, R: DeserializeOwned + 'a> Map<'a, R> {
    /// A map with no limit: every call gets its process at once.
    #[must_use]
    pub fn new() -> Map<'a, R> {
        Map {
            pool: PoolOwner::new(),
            results: Vec::new(),
            next: 0,
        }
    }

    /// At most this many processes at a time. `None`, as at the beginning: one for each call, at once.
    ///
    /// A process counts until it has ended, not only until its result has come.
    ///
    /// # Panics
    ///
    /// If the limit is 0.
    #[must_use]
    pub fn limit(self, limit: impl Into<Option<usize>>) -> Map<'a, R> {
        self.pool.get().set_limit(limit.into());
        self
    }

    /// Whether the processes of [`MakeReusable`](crate::MakeReusable) callables serve several calls.
    #[must_use]
    pub fn reuse(self, reuse: bool) -> Map<'a, R> {
        self.pool.get().reuse = reuse;
        self
    }

    /// A handle that makes calls of `callable` with their results in this map.
    ///
    /// With reuse, processes that were started before know nothing of the new callable, and are replaced
    /// where the limit demands it. So manage all callables before the first call.
    #[must_use]
    pub fn manage<A: 'a>(&self, callable: impl Callable<A, R> + 'a) -> ManagedCallable<'a, A, R> {
        ManagedCallable::new(&self.pool, callable)
    }

    /// Calls `callable` with each of `items`: the original's `map(callable, sequence)`.
    ///
    /// # Errors
    ///
    /// As [`ManagedCallable::call`], for the first item that fails.
    pub fn call<A: 'a>(
        &self,
        callable: impl Callable<A, R> + 'a,
        items: impl IntoIterator<Item = A>,
    ) -> Result<()> {
        let managed = self.manage(callable);
        items
            .into_iter()
            .try_for_each(|item| managed.call(item).map(drop))
    }

    /// Starts a process, or queues it, whose first message is its result. Returns its number, as
    /// [`ManagedCallable::call`].
    ///
    /// # Errors
    ///
    /// In a process that this map started.
    pub fn start(&self, body: impl FnOnce(&mut Channel<R>) + 'a) -> Result<usize> {
        let job = Job::Fresh(Some(Box::new(body)));
        Ok(self.pool.open()?.enqueue(job))
    }

    /// As [`start`](Self::start), for a body that leaves by [`exit`](crate::exit); see
    /// [`create`](crate::create).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn create(&self, body: impl FnOnce(&mut Channel<R>) -> Infallible + 'a) -> Result<usize> {
        self.start(|channel| match body(channel) {})
    }

    /// How many results the map has or will have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pool.get().calls()
    }

    /// Whether no call has been made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The result of call `index`, waiting for it. `None` if there is no such call, or iteration has
    /// given its result away.
    pub fn get(&mut self, index: usize) -> Option<&Result<R>> {
        self.wait_for(index);
        self.results.get(index)?.as_ref()
    }

    /// The results of a range of calls, waiting for them. Those that were given away are left out.
    pub fn slice(&mut self, range: Range<usize>) -> Vec<&Result<R>> {
        let range = range.start.min(self.len())..range.end.min(self.len());
        range.clone().for_each(|index| self.wait_for(index));
        let results = self.results.get(range).unwrap_or_default();
        results.iter().flatten().collect()
    }

    /// Takes results over until that of call `index` is there.
    fn wait_for(&mut self, index: usize) {
        let is_due = |map: &Self| index >= map.next && index < map.len();
        while is_due(self) && self.results.get(index).is_none_or(Option::is_none) {
            let arrival = self.pool.get().next_arrival(None);
            let Some((call, result)) = arrival else {
                return;
            };
            // An arrival without a call is the system's refusal to wait: it concerns the one asked for.
            let at = call.unwrap_or(index);
            let len = self.results.len().max(at + 1);
            self.results.resize_with(len, || None);
            self.results[at] = Some(result);
        }
    }
}

impl<'a, R: DeserializeOwned + 'a> Iterator for Map<'a, R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        let index = self.next;
        self.wait_for(index);
        let result = self.results.get_mut(index).and_then(Option::take);
        match &result {
            Some(_) => self.next += 1,
            // They have nothing left to say; that the wait for their end fails concerns no call.
            None => drop(self.pool.get().wind_up()),
        }
        result
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len() - self.next, None)
    }
}

impl<'a, R: DeserializeOwned + 'a> Default for Map<'a, R> {
    fn default() -> Self {
        Map::new()
    }
}

/// Calls `function` with each of `items` in a process of its own, at most `limit` at a time, and returns
/// the [`Map`] of the results: iterate over it.
///
/// With `limit` `None` there are as many processes as items, all at once, as in the original.
///
/// ```
/// let squares = pprocess::pmap(|x: u64| x * x, 1..=4, 2)?;
/// assert_eq!(squares.collect::<Result<Vec<_>, _>>()?, [1, 4, 9, 16]);
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// # Errors
///
/// As [`ManagedCallable::call`].
///
/// # Panics
///
/// If the limit is 0.
pub fn pmap<'a, A, R, F, I>(
    function: F,
    items: I,
    limit: impl Into<Option<usize>>,
) -> Result<Map<'a, R>>
where
    A: 'a,
    R: Serialize + DeserializeOwned + 'a,
    F: Fn(A) -> R + 'a,
    I: IntoIterator<Item = A>,
{
    let results = Map::new().limit(limit);
    results.call(MakeParallel::new(function), items)?;
    Ok(results)
}
