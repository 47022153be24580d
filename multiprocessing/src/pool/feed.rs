//! How an `imap` has its results from a pool: pieces arrive, and are taken when they are asked for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::door::{Sequence, Task};
use super::engine::{Piece, Rules};
use super::error::PoolError;
use super::function::Entry;
use super::imap::Feed;
use super::inbound;
use super::outbound::Outbound;
use crate::mutex::{Condvar, Mutex};

/// What has come and was not asked for, by the position of its first item.
pub(crate) struct Arrivals<T> {
    state: Mutex<BTreeMap<usize, T>>,
    news: Condvar,
    is_unwanted: AtomicBool,
}

impl<T> Default for Arrivals<T> {
    fn default() -> Arrivals<T> {
        Arrivals {
            state: Mutex::default(),
            news: Condvar::new(),
            is_unwanted: AtomicBool::new(false),
        }
    }
}

impl<T> Arrivals<T> {
    pub(crate) fn put(&self, first: usize, arrival: T) {
        let mut state = self.state.lock();
        state.insert(first, arrival);
        self.news.notify_one();
    }

    /// That of this position, or any if there is none given; `None` at the deadline.
    pub(crate) fn take(
        &self,
        first: Option<usize>,
        deadline: Option<Instant>,
    ) -> Option<(usize, T)> {
        let mut state = self.state.lock();
        loop {
            let arrival = match first {
                Some(first) => state.remove_entry(&first),
                None => state.pop_first(),
            };
            if arrival.is_some() {
                return arrival;
            }
            state = self.news.wait_until(state, deadline)?;
        }
    }

    /// Nobody asks any more.
    pub(crate) fn abandon(&self) {
        self.is_unwanted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.is_unwanted.load(Ordering::Relaxed)
    }
}

struct Arriving {
    entry: &'static Entry,
    arrivals: Arc<Arrivals<Piece>>,
}

impl Task for Arriving {
    fn function(&self) -> &'static Entry {
        self.entry
    }

    fn begin(&self) -> bool {
        self.arrivals.is_wanted()
    }

    fn deliver(&self, piece: Piece) {
        self.arrivals.put(piece.first, piece);
    }
}

/// Has its results from worker processes.
pub(crate) struct ProcessFeed {
    /// Until the last chunk is sent.
    sequence: Option<Sequence>,
    task: Arc<dyn Task>,
    arrivals: Arc<Arrivals<Piece>>,
    rules: Rules,
}

impl ProcessFeed {
    pub(crate) fn new(sequence: Sequence, entry: &'static Entry, rules: Rules) -> ProcessFeed {
        let arrivals = Arc::<Arrivals<Piece>>::default();
        let task = Arc::new(Arriving {
            entry,
            arrivals: arrivals.clone(),
        });
        ProcessFeed {
            sequence: Some(sequence),
            task,
            arrivals,
            rules,
        }
    }
}

impl<A: Serialize, R: DeserializeOwned> Feed<A, R> for ProcessFeed {
    fn send(&mut self, first: usize, items: Vec<A>) {
        if let Some(sequence) = &self.sequence {
            let items = items.into_iter().map(|item| (item,));
            let mut outbound = Outbound::new(sequence, &self.task, self.rules, first);
            outbound.add(items);
            outbound.send();
        }
    }

    fn end(&mut self) {
        self.sequence = None;
    }

    fn take(
        &mut self,
        first: Option<usize>,
        deadline: Option<Instant>,
    ) -> Option<Vec<Result<R, PoolError>>> {
        let (_, piece) = self.arrivals.take(first, deadline)?;
        Some(inbound::each(self.task.function().name(), piece))
    }
}

impl Drop for ProcessFeed {
    fn drop(&mut self) {
        self.arrivals.abandon();
    }
}
