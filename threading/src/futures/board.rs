//! Waits for several futures at once.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::future::Future;
use super::watch::Notice;
use crate::deadlock::{self, Resource, Task, Waits};
use crate::wait::{Limit, WaitError, WaitQueue};

/// The message to the one who waits.
const POSTED: u32 = 1;

/// Where futures leave their numbers when they are done.
pub(super) struct Board {
    posted: WaitQueue<VecDeque<usize>>,
}

impl Board {
    pub(super) fn new() -> Arc<Board> {
        let posted = WaitQueue::new(VecDeque::new());
        Arc::new(Board { posted })
    }

    pub(super) fn post(&self, index: usize) {
        let mut posted = self.posted.lock();
        posted.push_back(index);
        posted.notify_one(POSTED);
    }

    pub(super) fn try_take(&self) -> Option<usize> {
        self.posted.lock().pop_front()
    }

    /// The number that was left first of those that nobody took.
    pub(super) fn take(&self, limit: Limit<'_>) -> Result<usize, WaitError> {
        let limit = limit.start();
        loop {
            let mut posted = self.posted.lock();
            if let Some(index) = posted.pop_front() {
                return Ok(index);
            }
            if let Err(left) = posted.enqueue().wait(limit) {
                return Err(left.why);
            }
        }
    }
}

/// What [`wait`](super::wait()) and [`as_completed`](super::as_completed()) wait for: futures of any type, references to
/// them, and pairs of a key and one of these.
pub trait Waitable {
    #[doc(hidden)]
    fn watched(&self) -> Watched<'_>;
}

/// A future of whatever type.
pub struct Watched<'f>(&'f dyn Watchable);

/// What is asked of a future of whatever type.
trait Watchable {
    fn is_done(&self) -> bool;
    fn has_failed(&self) -> bool;
    fn run_here(&self) -> bool;
    fn subscribe(&self, board: &Arc<Board>, index: usize) -> bool;
    fn unsubscribe(&self, board: &Arc<Board>);
    fn wait(&self, limit: Limit<'_>) -> Result<(), WaitError>;
    fn task(&self) -> Task;
}

impl Watched<'_> {
    pub(super) fn is_done(&self) -> bool {
        self.0.is_done()
    }

    /// Whether it is done and has no result, for another reason than that it was cancelled.
    pub(super) fn has_failed(&self) -> bool {
        self.0.has_failed()
    }

    /// Runs its task, if it is for the pool of this worker and has not begun.
    pub(super) fn run_here(&self) -> bool {
        self.0.run_here()
    }

    /// False if it is done.
    pub(super) fn subscribe(&self, board: &Arc<Board>, index: usize) -> bool {
        self.0.subscribe(board, index)
    }

    pub(super) fn unsubscribe(&self, board: &Arc<Board>) {
        self.0.unsubscribe(board);
    }

    #[track_caller]
    pub(super) fn wait(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        self.0.wait(limit)
    }
}

/// Tells the detection of deadlocks that this thread waits for the next of these to be done, of which so many were when
/// it was told last.
#[track_caller]
pub(super) fn announce<'f>(
    futures: impl Iterator<Item = Watched<'f>>,
    done_before: usize,
) -> Option<Waits> {
    if !deadlock::is_on() {
        return None;
    }
    let futures: Vec<_> = futures.collect();
    deadlock::waits(Location::caller(), || {
        let pending = futures.iter().filter(|future| !future.is_done());
        let tasks: Arc<[Task]> = pending.map(|future| future.0.task()).collect();
        let none_came = tasks.len() + done_before == futures.len();
        none_came.then_some(Resource::AnyTask(tasks))
    })
}

impl fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("done", &self.is_done())
            .finish()
    }
}

impl<T> Watchable for Future<T> {
    fn is_done(&self) -> bool {
        self.done()
    }

    fn has_failed(&self) -> bool {
        let outcome = self.reader().outcome();
        matches!(outcome, Some(Err(error)) if !error.is_cancelled())
    }

    fn run_here(&self) -> bool {
        self.reader().run_here()
    }

    fn subscribe(&self, board: &Arc<Board>, index: usize) -> bool {
        let notice = Notice::Board(board.clone(), index);
        self.reader().shared().subscribe(notice)
    }

    fn unsubscribe(&self, board: &Arc<Board>) {
        self.reader().shared().unsubscribe(board);
    }

    #[track_caller]
    fn wait(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        self.reader().wait(limit)
    }

    fn task(&self) -> Task {
        self.reader().shared().task()
    }
}

impl<T> Waitable for Future<T> {
    fn watched(&self) -> Watched<'_> {
        Watched(self)
    }
}

impl<F: Waitable + ?Sized> Waitable for &F {
    fn watched(&self) -> Watched<'_> {
        (**self).watched()
    }
}

impl<F: Waitable + ?Sized> Waitable for &mut F {
    fn watched(&self) -> Watched<'_> {
        (**self).watched()
    }
}

impl<K, F: Waitable> Waitable for (K, F) {
    fn watched(&self) -> Watched<'_> {
        self.1.watched()
    }
}
