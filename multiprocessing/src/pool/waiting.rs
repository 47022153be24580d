//! Waiting for several futures: for the first of them, for all, or for one after the other.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::future::Future;
use super::watch::Watch;

/// What can be waited for: a [`Future`], a reference to one, or a pair of anything and one.
pub trait Waitable {
    #[doc(hidden)]
    fn watched(&self) -> Watched<'_>;
}

/// A future of whatever type.
#[derive(Debug)]
pub struct Watched<'f>(&'f dyn Watchable);

trait Watchable: fmt::Debug {
    fn is_done(&self) -> bool;
    fn has_failed(&self) -> bool;
    fn watch(&self, watch: &Arc<Watch>, key: usize) -> bool;
    fn unwatch(&self, watch: &Arc<Watch>);
}

impl<T: Send + 'static> Watchable for Future<T> {
    fn is_done(&self) -> bool {
        self.promise.is_done()
    }

    fn has_failed(&self) -> bool {
        let looked = self
            .promise
            .look(Some(Duration::ZERO), |result| result.is_err());
        looked.unwrap_or(false)
    }

    fn watch(&self, watch: &Arc<Watch>, key: usize) -> bool {
        self.promise.watch(watch, key)
    }

    fn unwatch(&self, watch: &Arc<Watch>) {
        self.promise.unwatch(watch);
    }
}

impl<T: Send + 'static> Waitable for Future<T> {
    fn watched(&self) -> Watched<'_> {
        Watched(self)
    }
}

impl<F: Waitable> Waitable for &F {
    fn watched(&self) -> Watched<'_> {
        (**self).watched()
    }
}

impl<K, F: Waitable> Waitable for (K, F) {
    fn watched(&self) -> Watched<'_> {
        self.1.watched()
    }
}

/// When [`wait`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnWhen {
    /// When one is done.
    FirstCompleted,
    /// When one has failed, or all are done.
    FirstException,
    /// When all are done.
    AllCompleted,
}

/// What [`wait`] gives.
#[derive(Debug)]
pub struct DoneAndNotDone<F> {
    /// Those that are done, or cancelled.
    pub done: Vec<F>,
    /// The others.
    pub not_done: Vec<F>,
}

/// Waits for several futures, at most so long if there is a limit. Gives them all back.
pub fn wait<F: Waitable>(
    futures: impl IntoIterator<Item = F>,
    return_when: ReturnWhen,
    limit: Option<Duration>,
) -> DoneAndNotDone<F> {
    let futures: Vec<F> = futures.into_iter().collect();
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut arrivals = Arrivals::of(&futures, deadline);
    while let Some(key) = arrivals.next() {
        match return_when {
            ReturnWhen::FirstCompleted => break,
            ReturnWhen::FirstException if futures[key].watched().0.has_failed() => break,
            _ => {}
        }
    }
    drop(arrivals);
    let is_done = |future: &F| future.watched().0.is_done();
    let (done, not_done) = futures.into_iter().partition(is_done);
    DoneAndNotDone { done, not_done }
}

/// Futures as they get done.
struct Arrivals<'f, F: Waitable> {
    futures: &'f [F],
    watch: Arc<Watch>,
    left: usize,
    deadline: Option<Instant>,
}

impl<'f, F: Waitable> Arrivals<'f, F> {
    fn of(futures: &'f [F], deadline: Option<Instant>) -> Arrivals<'f, F> {
        let watch = watch_all(futures);
        Arrivals {
            futures,
            watch,
            left: futures.len(),
            deadline,
        }
    }

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        self.watch.next(self.deadline)
    }
}

impl<F: Waitable> Drop for Arrivals<'_, F> {
    fn drop(&mut self) {
        for future in self.futures {
            future.watched().0.unwatch(&self.watch);
        }
    }
}

fn watch_all<F: Waitable>(futures: &[F]) -> Arc<Watch> {
    let watch = Arc::<Watch>::default();
    for (key, future) in futures.iter().enumerate() {
        if !future.watched().0.watch(&watch, key) {
            watch.tell(key);
        }
    }
    watch
}

/// The futures in the order in which they get done.
pub fn as_completed<F: Waitable>(futures: impl IntoIterator<Item = F>) -> AsCompleted<F> {
    let futures: Vec<F> = futures.into_iter().collect();
    AsCompleted {
        watch: watch_all(&futures),
        left: futures.len(),
        futures: futures.into_iter().map(Some).collect(),
    }
}

/// The iterator of [`as_completed`].
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are used"]
pub struct AsCompleted<F: Waitable> {
    futures: Vec<Option<F>>,
    left: usize,
    watch: Arc<Watch>,
}

impl<F: Waitable> AsCompleted<F> {
    /// The next future, if one gets done within the limit; `None` also after the last.
    pub fn next_timeout(&mut self, limit: Duration) -> Option<F> {
        self.next_until(Instant::now().checked_add(limit))
    }

    fn next_until(&mut self, deadline: Option<Instant>) -> Option<F> {
        if self.left == 0 {
            return None;
        }
        let key = self.watch.next(deadline)?;
        self.left -= 1;
        self.futures[key].take()
    }

    /// The futures that the iterator has not given.
    #[must_use]
    pub fn into_unfinished(mut self) -> Vec<F> {
        std::mem::take(&mut self.futures)
            .into_iter()
            .flatten()
            .inspect(|future| future.watched().0.unwatch(&self.watch))
            .collect()
    }
}

impl<F: Waitable> Iterator for AsCompleted<F> {
    type Item = F;

    fn next(&mut self) -> Option<F> {
        self.next_until(None)
    }
}

impl<F: Waitable> Drop for AsCompleted<F> {
    fn drop(&mut self) {
        for future in self.futures.iter().flatten() {
            future.watched().0.unwatch(&self.watch);
        }
    }
}
