//! What the threads of a pool do, and where they put it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use manyways_process::catch_panic;

use super::engine::Piece;
use super::error::PoolError;
use super::failure::Failure;
use super::feed::Arrivals;
use super::imap::Feed;
use super::promise::Promise;
use super::threads::{Fate, Sequence};

pub(super) fn run<R>(fate: Fate, call: impl FnOnce() -> R) -> Result<R, Failure> {
    match fate {
        Fate::Run => catch_panic(call).map_err(|report| Failure::Panicked(Arc::new(report))),
        Fate::Fail(why) => Err(why),
    }
}

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

/// The assembly of what threads settle: it is not asked for.
pub(super) fn none<T>(function: &'static str, _: Vec<Piece>) -> Result<T, PoolError> {
    Err(PoolError::item(function, None, Failure::Terminated))
}

/// The results of a map that have come.
pub(super) struct Gathering<R> {
    pub(super) name: &'static str,
    pub(super) results: Mutex<Results<R>>,
    pub(super) promise: Arc<Promise<Vec<R>>>,
}

pub(super) struct Results<R> {
    pub(super) places: Vec<Option<Result<R, Failure>>>,
    pub(super) left: usize,
}

impl<R: Send + 'static> Gathering<R> {
    pub(super) fn put(&self, first: usize, chunk: Vec<Result<R, Failure>>) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
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
    pub(super) name: &'static str,
    pub(super) sequence: Option<Sequence>,
    pub(super) function: Arc<F>,
    pub(super) arrivals: Arc<Arrivals<Vec<Result<R, Failure>>>>,
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
