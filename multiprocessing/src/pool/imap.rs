//! Results one by one.

use std::collections::{BTreeMap, VecDeque};
use std::{fmt, process};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::door::{Sequence, Task};
use super::engine::{Piece, Rules};
use super::error::PoolError;
use super::failure::Failure;
use super::function::Entry;
use super::inbound;
use super::outbound::Outbound;

/// The results of [`imap`](super::Pool::imap), in the order of the items, or of
/// [`imap_unordered`](super::Pool::imap_unordered), in that in which they come. An item that fails gives its error in its
/// place, and those after it follow.
///
/// Items are taken as results are asked for, by the thread that asks: so they may be endless, and need be neither `Send` nor
/// `'static`. At most [`window`](super::Call::window) chunks are ahead of the results that were taken. In Python a thread reads
/// all items as fast as it can, and results pile up. Dropped, it gives up what has not begun.
pub struct IMap<I, R> {
    items: I,
    /// Until the items are at their end.
    sequence: Option<Sequence>,
    task: Arc<dyn Task>,
    arrivals: Arc<Arrivals>,
    rules: Rules,
    chunksize: usize,
    window: usize,
    /// Items taken, and items whose results were taken over.
    taken: usize,
    next: usize,
    is_ordered: bool,
    decoded: VecDeque<Result<R, PoolError>>,
    home: u32,
}

/// What has come and was not asked for.
#[derive(Default)]
pub(crate) struct Arrivals {
    state: Mutex<BTreeMap<usize, Piece>>,
    news: Condvar,
    is_unwanted: AtomicBool,
}

struct Arriving {
    entry: &'static Entry,
    arrivals: Arc<Arrivals>,
}

impl Task for Arriving {
    fn function(&self) -> &'static Entry {
        self.entry
    }

    fn begin(&self) -> bool {
        !self.arrivals.is_unwanted.load(Ordering::Relaxed)
    }

    fn deliver(&self, piece: Piece) {
        let state = self.arrivals.state.lock();
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.insert(piece.first, piece);
        self.arrivals.news.notify_one();
    }
}

impl Arrivals {
    /// The piece of this position, or any if there is none given; `None` at the deadline.
    fn take(&self, first: Option<usize>, deadline: Option<Instant>) -> Option<Piece> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let piece = match first {
                Some(first) => state.remove(&first),
                None => state.pop_first().map(|(_, piece)| piece),
            };
            if piece.is_some() {
                return piece;
            }
            state = match deadline {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    let waited = self.news.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// How an `imap` goes about it.
pub(crate) struct Plan {
    pub(crate) rules: Rules,
    pub(crate) chunksize: usize,
    pub(crate) window: usize,
    pub(crate) is_ordered: bool,
}

impl<I, R> IMap<I, R>
where
    I: Iterator,
    I::Item: Serialize,
    R: DeserializeOwned,
{
    /// Takes the first items and sends them.
    pub(crate) fn new(
        items: I,
        sequence: Sequence,
        entry: &'static Entry,
        plan: &Plan,
    ) -> IMap<I, R> {
        let arrivals = Arc::<Arrivals>::default();
        let task = Arc::new(Arriving {
            entry,
            arrivals: arrivals.clone(),
        });
        let mut imap = IMap {
            items,
            sequence: Some(sequence),
            task,
            arrivals,
            rules: plan.rules,
            chunksize: plan.chunksize.max(1),
            window: plan.window.max(1),
            taken: 0,
            next: 0,
            is_ordered: plan.is_ordered,
            decoded: VecDeque::new(),
            home: process::id(),
        };
        imap.submit();
        imap
    }

    /// Waits for the next result, at most so long. `None` after the last.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](PoolError::is_timeout) if it is not there then; the next call waits on. Else as the iterator's items.
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Result<R, PoolError>> {
        let deadline = Instant::now().checked_add(limit);
        self.next_until(deadline)
            .unwrap_or_else(|| Some(Err(PoolError::not_ready(limit))))
    }

    /// The outer `None` is the deadline's.
    #[allow(clippy::option_option)]
    fn next_until(&mut self, deadline: Option<Instant>) -> Option<Option<Result<R, PoolError>>> {
        if let Some(result) = self.decoded.pop_front() {
            return Some(Some(result));
        }
        if self.home != process::id() {
            return Some(Some(Err(PoolError::refused(Failure::Elsewhere))));
        }
        self.submit();
        if self.next == self.taken {
            return Some(None);
        }
        let first = self.is_ordered.then_some(self.next);
        let piece = self.arrivals.take(first, deadline)?;
        self.next += piece.count;
        self.decoded.extend(inbound::each(self.task.function().name(), piece));
        Some(self.decoded.pop_front())
    }

    /// Takes and sends items as long as the window allows.
    fn submit(&mut self) {
        let most = self.chunksize.saturating_mul(self.window);
        while let Some(sequence) = &self.sequence
            && self.taken - self.next + self.chunksize <= most
        {
            let items = self.items.by_ref().take(self.chunksize);
            let items: Vec<(I::Item,)> = items.map(|item| (item,)).collect();
            let (first, count) = (self.taken, items.len());
            self.taken += count;
            Outbound::new(sequence, &self.task, self.rules, first).send_chunk(items);
            if count < self.chunksize {
                self.sequence = None;
            }
        }
    }
}

impl<I, R> Iterator for IMap<I, R>
where
    I: Iterator,
    I::Item: Serialize,
    R: DeserializeOwned,
{
    type Item = Result<R, PoolError>;

    fn next(&mut self) -> Option<Result<R, PoolError>> {
        self.next_until(None).flatten()
    }
}

impl<I, R> Drop for IMap<I, R> {
    fn drop(&mut self) {
        self.arrivals.is_unwanted.store(true, Ordering::Relaxed);
    }
}

impl<I, R> fmt::Debug for IMap<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IMap")
            .field("function", &self.task.function().name())
            .field("items_taken", &self.taken)
            .field("results_arrived", &self.next)
            .finish_non_exhaustive()
    }
}
