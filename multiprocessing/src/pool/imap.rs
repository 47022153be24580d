//! Results one by one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use std::{fmt, process};

use super::error::PoolError;
use super::failure::Failure;

/// The results of [`imap`](super::Pool::imap), in the order of the items, or of
/// [`imap_unordered`](super::Pool::imap_unordered), in that in which they come. An item that fails gives its error in its
/// place, and those after it follow.
///
/// The first items are taken when it is made, the others as results are asked for, by the thread that asks: so they may be
/// endless, and need be neither `Send` nor `'static`. At most [`window`](super::Call::window) chunks are ahead of the results
/// that were taken. In Python a thread reads all items as fast as it can, and results pile up. Dropped, it gives up what has
/// not begun.
pub struct IMap<I: Iterator, R> {
    items: I,
    feed: Box<dyn Feed<I::Item, R> + Send>,
    plan: Plan,
    /// Items taken, and items whose results were taken over.
    taken: usize,
    next: usize,
    /// No items are left.
    is_exhausted: bool,
    results: VecDeque<Result<R, PoolError>>,
    home: u32,
}

/// How results are had of items.
pub(crate) trait Feed<A, R> {
    /// Sends a chunk, of which this is the first item's position.
    fn send(&mut self, first: usize, items: Vec<A>);

    /// No more will be sent.
    fn end(&mut self);

    /// The results that begin at this position, or any if none is given; `None` at the deadline.
    fn take(
        &mut self,
        first: Option<usize>,
        deadline: Option<Instant>,
    ) -> Option<Vec<Result<R, PoolError>>>;
}

/// How an `imap` goes about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) chunksize: usize,
    /// How many chunks are ahead of the results that were taken, at most.
    pub(crate) window: usize,
    pub(crate) is_ordered: bool,
}

/// By default so many chunks for each worker.
pub(crate) const WINDOW: usize = 32;

impl<I: Iterator, R> IMap<I, R> {
    /// Takes the first items and sends them.
    pub(crate) fn new(items: I, feed: Box<dyn Feed<I::Item, R> + Send>, plan: Plan) -> IMap<I, R> {
        let mut imap = IMap {
            items,
            feed,
            plan,
            taken: 0,
            next: 0,
            is_exhausted: false,
            results: VecDeque::new(),
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
        let next = self.next_until(deadline);
        next.unwrap_or_else(|| Some(Err(PoolError::not_ready(limit))))
    }

    /// The outer `None` is the deadline's.
    fn next_until(&mut self, deadline: Option<Instant>) -> Option<Option<Result<R, PoolError>>> {
        if let Some(result) = self.results.pop_front() {
            return Some(Some(result));
        }
        if self.home != process::id() {
            return Some(Some(Err(PoolError::refused(Failure::Elsewhere))));
        }
        self.submit();
        if self.next == self.taken {
            return Some(None);
        }
        let first = self.plan.is_ordered.then_some(self.next);
        let results = self.feed.take(first, deadline)?;
        self.next += results.len();
        self.results = results.into();
        Some(self.results.pop_front())
    }

    /// Takes and sends items as long as the window allows.
    fn submit(&mut self) {
        let Plan {
            chunksize, window, ..
        } = self.plan;
        let most = chunksize.saturating_mul(window);
        while !self.is_exhausted && self.taken - self.next + chunksize <= most {
            let items: Vec<I::Item> = self.items.by_ref().take(chunksize).collect();
            let (first, count) = (self.taken, items.len());
            self.taken += count;
            self.feed.send(first, items);
            if count < chunksize {
                self.is_exhausted = true;
                self.feed.end();
            }
        }
    }
}

impl<I: Iterator, R> Iterator for IMap<I, R> {
    type Item = Result<R, PoolError>;

    fn next(&mut self) -> Option<Result<R, PoolError>> {
        self.next_until(None).flatten()
    }
}

impl<I: Iterator, R> fmt::Debug for IMap<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IMap")
            .field("items_taken", &self.taken)
            .field("results_arrived", &self.next)
            .finish_non_exhaustive()
    }
}
