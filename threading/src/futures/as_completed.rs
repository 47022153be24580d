//! Futures in the order in which they are done.

use std::fmt;
use std::sync::Arc;

use super::board::{Board, Waitable, announce};
use crate::wait::{Limit, WaitError};

/// Gives futures back as they are done: first those that are, then each when it is.
///
/// The idiom of Python, with a key for each future ([`Waitable`]):
///
/// ```
/// use threading::futures::{ThreadPoolExecutor, as_completed};
///
/// let pool = ThreadPoolExecutor::new();
/// let lengths = ["one", "three", "fifteen"].map(|word| (word, pool.submit(move || word.len()).unwrap()));
/// for (word, length) in as_completed(lengths) {
///     assert_eq!(length.result()?, word.len());
/// }
/// # Ok::<(), threading::futures::FutureError>(())
/// ```
///
/// # Panics
///
/// In a [done callback](super::Future::add_done_callback) of one of the futures, which would wait for itself.
#[track_caller]
pub fn as_completed<F: Waitable>(futures: impl IntoIterator<Item = F>) -> AsCompleted<F> {
    AsCompleted {
        left: Left::new(futures),
    }
}

/// As [`as_completed`], within a limit for the whole, which counts from the call.
///
/// When it is over the iterator gives the error, once, then ends;
/// [`into_unfinished`](AsCompletedTimeout::into_unfinished) has the rest of the futures.
///
/// # Panics
///
/// As [`as_completed`].
#[track_caller]
pub fn as_completed_timeout<'a, F: Waitable>(
    futures: impl IntoIterator<Item = F>,
    limit: impl Into<Limit<'a>>,
) -> AsCompletedTimeout<'a, F> {
    let limit = limit.into().start();
    AsCompletedTimeout {
        left: Left::new(futures),
        limit,
        over: false,
    }
}

/// The iterator of [`as_completed`].
#[must_use = "iterators do nothing unless they are used"]
pub struct AsCompleted<F: Waitable> {
    left: Left<F>,
}

/// The iterator of [`as_completed_timeout`].
#[must_use = "iterators do nothing unless they are used"]
pub struct AsCompletedTimeout<'a, F: Waitable> {
    left: Left<F>,
    limit: Limit<'a>,
    over: bool,
}

impl<F: Waitable> AsCompletedTimeout<'_, F> {
    /// The futures that were not given back, in the order in which they came.
    #[must_use]
    pub fn into_unfinished(mut self) -> Vec<F> {
        self.left.forsake();
        self.left.futures.drain(..).flatten().collect()
    }
}

impl<F: Waitable> Iterator for AsCompleted<F> {
    type Item = F;

    #[track_caller]
    fn next(&mut self) -> Option<F> {
        self.left.next(Limit::NEVER)?.ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.count, Some(self.left.count))
    }
}

impl<F: Waitable> ExactSizeIterator for AsCompleted<F> {}

impl<F: Waitable> std::iter::FusedIterator for AsCompleted<F> {}

impl<F: Waitable> Iterator for AsCompletedTimeout<'_, F> {
    type Item = Result<F, WaitError>;

    fn next(&mut self) -> Option<Result<F, WaitError>> {
        if self.over {
            return None;
        }
        let next = self.left.next(self.limit)?;
        self.over = next.is_err();
        Some(next)
    }
}

impl<F: Waitable> std::iter::FusedIterator for AsCompletedTimeout<'_, F> {}

/// The futures that have not been given back.
struct Left<F: Waitable> {
    futures: Vec<Option<F>>,
    count: usize,
    board: Arc<Board>,
    /// All before this one have begun.
    begun: usize,
}

impl<F: Waitable> Left<F> {
    #[track_caller]
    fn new(futures: impl IntoIterator<Item = F>) -> Left<F> {
        let futures: Vec<_> = futures.into_iter().map(Some).collect();
        let left = Left {
            count: futures.len(),
            futures,
            board: Board::new(),
            begun: 0,
        };
        for (index, future) in left.futures.iter().flatten().enumerate() {
            if !future.watched().subscribe(&left.board, index) {
                left.board.post(index);
            }
        }
        left
    }

    #[track_caller]
    fn next(&mut self, limit: Limit<'_>) -> Option<Result<F, WaitError>> {
        if self.count == 0 {
            return None;
        }
        if let Err(why) = limit.check_token() {
            return Some(Err(why));
        }
        let index = match self.board.try_take() {
            Some(index) => Ok(index),
            None => self.wait_for_one(limit),
        };
        Some(index.map(|index| self.give(index)))
    }

    fn give(&mut self, index: usize) -> F {
        self.count -= 1;
        let future = self.futures[index].take();
        future.expect("a future is posted once")
    }

    #[track_caller]
    fn wait_for_one(&mut self, limit: Limit<'_>) -> Result<usize, WaitError> {
        if !limit.is_never() {
            return self.board.take(limit);
        }
        self.run_one();
        let left = self.futures.iter().flatten();
        let _waits = announce(left.map(Waitable::watched), 0);
        self.board.take(limit)
    }

    /// A worker does the task that nobody has begun rather than wait for it.
    fn run_one(&mut self) {
        while let Some(future) = self.futures.get(self.begun) {
            self.begun += 1;
            if future
                .as_ref()
                .is_some_and(|future| future.watched().run_here())
            {
                break;
            }
        }
    }

    /// Is told of no more.
    fn forsake(&self) {
        for future in self.futures.iter().flatten() {
            future.watched().unsubscribe(&self.board);
        }
    }
}

impl<F: Waitable> Drop for Left<F> {
    fn drop(&mut self) {
        self.forsake();
    }
}

impl<F: Waitable> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.left.count)
            .finish_non_exhaustive()
    }
}

impl<F: Waitable> fmt::Debug for AsCompletedTimeout<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompletedTimeout")
            .field("left", &self.left.count)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
