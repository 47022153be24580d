//! What the threads of a pool do, and where they put it.

use std::any::type_name;
use std::sync::Arc;
use std::time::Instant;

use manyways_process::catch_panic;

use super::ThreadPool;
use super::threads::{Fate, Sequence};
use crate::mutex::Mutex;
use crate::pool::async_result::AsyncResult;
use crate::pool::error::PoolError;
use crate::pool::failure::Failure;
use crate::pool::feed::Arrivals;
use crate::pool::imap::{Feed, IMap, Plan, WINDOW};
use crate::pool::outbound::default_chunksize;
use crate::pool::promise::Promise;

impl ThreadPool {
    /// Has the threads call the function for all items.
    pub(super) fn run_all<F, A, R>(
        &self,
        name: &'static str,
        function: F,
        items: Vec<A>,
    ) -> Result<AsyncResult<Vec<R>>, PoolError>
    where
        A: Send + 'static,
        F: Fn(A) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let sequence = self.begin_sequence()?;
        let promise = Promise::in_one(name, &self.callbacks);
        let gathering = Gathering::new(name, items.len(), promise.clone());
        let shared = Arc::new((function, gathering));
        let chunksize = default_chunksize(items.len(), self.count);
        let mut items = items.into_iter();
        for first in (0..items.len()).step_by(chunksize) {
            let chunk: Vec<A> = items.by_ref().take(chunksize).collect();
            let shared = shared.clone();
            sequence.run(Box::new(move |fate| {
                let (function, gathering) = &*shared;
                gathering.put(first, run_each(&fate, function, chunk));
            }));
        }
        Ok(AsyncResult::new(promise))
    }

    /// Has them call it for the items as results are asked for.
    pub(super) fn one_by_one<F, I, R>(
        &self,
        function: F,
        items: I,
        is_ordered: bool,
    ) -> Result<IMap<I, R>, PoolError>
    where
        I: Iterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let plan = Plan {
            chunksize: 1,
            window: WINDOW * self.count,
            is_ordered,
        };
        let feed = ThreadFeed::new(self.begin_sequence()?, function);
        Ok(IMap::new(items, Box::new(feed), plan))
    }
}

/// Calls it, or says why it is not called.
pub(super) fn run<R>(fate: Fate, call: impl FnOnce() -> R) -> Result<R, Failure> {
    match fate {
        Fate::Run => catch_panic(call).map_err(|report| Failure::Panicked(Arc::new(report))),
        Fate::Fail(why) => Err(why),
    }
}

/// The same for each item of a chunk.
pub(super) fn run_each<A, R>(
    fate: &Fate,
    function: &impl Fn(A) -> R,
    items: Vec<A>,
) -> Vec<Result<R, Failure>> {
    let run_one = |item| match fate {
        Fate::Run => run(Fate::Run, || function(item)),
        Fate::Fail(why) => Err(why.clone()),
    };
    items.into_iter().map(run_one).collect()
}

/// The results of a map that have come.
pub(super) struct Gathering<R> {
    name: &'static str,
    results: Mutex<Results<R>>,
    promise: Arc<Promise<Vec<R>>>,
}

struct Results<R> {
    places: Vec<Option<Result<R, Failure>>>,
    left: usize,
}

impl<R: Send + 'static> Gathering<R> {
    /// For so many results, which settle the promise when all have come.
    pub(super) fn new(
        name: &'static str,
        count: usize,
        promise: Arc<Promise<Vec<R>>>,
    ) -> Gathering<R> {
        if count == 0 {
            promise.settle(Ok(Vec::new()));
        }
        let results = Mutex::new(Results {
            places: (0..count).map(|_| None).collect(),
            left: count,
        });
        Gathering {
            name,
            results,
            promise,
        }
    }

    /// Takes those of a chunk, whose first item has this position.
    pub(super) fn put(&self, first: usize, chunk: Vec<Result<R, Failure>>) {
        let mut results = self.results.lock();
        results.left -= chunk.len();
        for (place, result) in results.places[first..].iter_mut().zip(chunk) {
            *place = Some(result);
        }
        if results.left == 0 {
            let results = std::mem::take(&mut results.places);
            let results = results.into_iter().flatten().enumerate();
            let results = results.map(|(index, result)| {
                result.map_err(|failure| PoolError::item(self.name, Some(index), failure))
            });
            self.promise.settle(results.collect());
        }
    }
}

/// Has the results of an `imap` from threads.
pub(super) struct ThreadFeed<F, R> {
    name: &'static str,
    /// Until the last item is sent.
    sequence: Option<Sequence>,
    function: Arc<F>,
    arrivals: Arc<Arrivals<Vec<Result<R, Failure>>>>,
}

impl<F, R> ThreadFeed<F, R> {
    pub(super) fn new(sequence: Sequence, function: F) -> ThreadFeed<F, R> {
        ThreadFeed {
            name: type_name::<F>(),
            sequence: Some(sequence),
            function: Arc::new(function),
            arrivals: Arc::default(),
        }
    }
}

impl<F, A, R> Feed<A, R> for ThreadFeed<F, R>
where
    A: Send + 'static,
    F: Fn(A) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    fn send(&mut self, first: usize, items: Vec<A>) {
        let Some(sequence) = &self.sequence else {
            return;
        };
        if items.is_empty() {
            return;
        }
        let (function, arrivals) = (self.function.clone(), self.arrivals.clone());
        sequence.run(Box::new(move |fate| {
            if arrivals.is_wanted() {
                arrivals.put(first, run_each(&fate, &*function, items));
            }
        }));
    }

    fn end(&mut self) {
        self.sequence = None;
    }

    fn take(
        &mut self,
        first: Option<usize>,
        deadline: Option<Instant>,
    ) -> Option<Vec<Result<R, PoolError>>> {
        let (first, results) = self.arrivals.take(first, deadline)?;
        let results = results.into_iter().enumerate();
        let results = results.map(|(offset, result)| {
            result.map_err(|failure| PoolError::item(self.name, Some(first + offset), failure))
        });
        Some(results.collect())
    }
}

impl<F, R> Drop for ThreadFeed<F, R> {
    fn drop(&mut self) {
        self.arrivals.abandon();
    }
}
