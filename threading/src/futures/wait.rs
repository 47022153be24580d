//! Waits for several futures.

use std::sync::Arc;

use super::board::{Board, Waitable, announce};
use crate::wait::{Limit, WaitError};

/// When [`wait`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReturnWhen {
    /// When one is done: `FIRST_COMPLETED`.
    FirstCompleted,
    /// When one has panicked or failed, or all are done: `FIRST_EXCEPTION`. One that was cancelled has not failed.
    FirstException,
    /// When all are done: `ALL_COMPLETED`.
    AllCompleted,
}

/// What [`wait`] gives: the futures that it was given, in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneAndNotDone<F> {
    /// Those that are done.
    pub done: Vec<F>,
    /// The rest.
    pub not_done: Vec<F>,
    /// Whether the limit ended the wait, and how.
    pub ended: Result<(), WaitError>,
}

/// Waits for futures, of one type or of several ([`Waitable`]), and sorts them into those that are done and the rest.
///
/// ```
/// use std::time::Duration;
/// use threading::futures::{ReturnWhen, ThreadPoolExecutor, promise, wait};
///
/// let pool = ThreadPoolExecutor::new();
/// let quick = pool.submit(|| "quick")?;
/// let (_promise, never) = promise();
///
/// let sorted = wait([&quick, &never], ReturnWhen::FirstCompleted, Duration::from_secs(60));
/// assert_eq!(*sorted.done[0].result_ref().unwrap(), "quick");
/// assert_eq!(sorted.not_done.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The limit may be [`Limit::NEVER`]. Allocates once for the wait and once for each future that is not done, except
/// with [`AllCompleted`](ReturnWhen::AllCompleted), which allocates for the answer only.
///
/// # Panics
///
/// In a [done callback](super::Future::add_done_callback) of one of the futures, which would wait for itself.
#[track_caller]
pub fn wait<'a, F: Waitable>(
    futures: impl IntoIterator<Item = F>,
    return_when: ReturnWhen,
    limit: impl Into<Limit<'a>>,
) -> DoneAndNotDone<F> {
    let futures: Vec<F> = futures.into_iter().collect();
    let limit = limit.into().start();
    let ended = limit.check_token().and_then(|()| match return_when {
        ReturnWhen::AllCompleted => wait_for_all(&futures, limit),
        ReturnWhen::FirstCompleted => Posts::new(&futures).wait(limit, |_| true),
        ReturnWhen::FirstException => {
            Posts::new(&futures).wait(limit, |future| future.watched().has_failed())
        }
    });
    let (done, not_done) = futures
        .into_iter()
        .partition(|future| future.watched().is_done());
    DoneAndNotDone {
        done,
        not_done,
        ended,
    }
}

#[track_caller]
fn wait_for_all<F: Waitable>(futures: &[F], limit: Limit<'_>) -> Result<(), WaitError> {
    futures
        .iter()
        .try_for_each(|future| future.watched().wait(limit))
}

/// Futures that leave their numbers on a board.
struct Posts<'f, F: Waitable> {
    futures: &'f [F],
    board: Arc<Board>,
    /// How many are subscribed; the board has the rest.
    subscribed: usize,
}

impl<'f, F: Waitable> Posts<'f, F> {
    fn new(futures: &'f [F]) -> Posts<'f, F> {
        Posts {
            futures,
            board: Board::new(),
            subscribed: 0,
        }
    }

    /// Until one is done that is `enough`, or all are.
    #[track_caller]
    fn wait(mut self, limit: Limit<'_>, enough: impl Fn(&F) -> bool) -> Result<(), WaitError> {
        // Looked at first, so that nothing is subscribed where there is nothing to wait for.
        let is_enough = |future: &F| future.watched().is_done() && enough(future);
        if self.futures.iter().any(is_enough) {
            return Ok(());
        }
        self.subscribe();
        for taken in 0..self.futures.len() {
            let index = match self.board.try_take() {
                Some(index) => index,
                None => self.wait_for_one(limit, taken)?,
            };
            if enough(&self.futures[index]) {
                break;
            }
        }
        Ok(())
    }

    #[track_caller]
    fn subscribe(&mut self) {
        for (index, future) in self.futures.iter().enumerate() {
            self.subscribed = index + 1;
            if !future.watched().subscribe(&self.board, index) {
                self.board.post(index);
            }
        }
    }

    #[track_caller]
    fn wait_for_one(&self, limit: Limit<'_>, taken: usize) -> Result<usize, WaitError> {
        if !limit.is_never() {
            return self.board.take(limit);
        }
        let futures = || self.futures.iter().map(Waitable::watched);
        let _ = futures().any(|future| future.run_here());
        let _waits = announce(futures(), taken);
        self.board.take(limit)
    }
}

impl<F: Waitable> Drop for Posts<'_, F> {
    fn drop(&mut self) {
        for future in &self.futures[..self.subscribed] {
            future.watched().unsubscribe(&self.board);
        }
    }
}
