//! Queues of all three orders, and simple ones: a row of items.

use std::fmt;
use std::time::Duration;

use manyways_testkit::contract::{self, Order, Outcome, Queue, Refusal};

use super::{Monitor, fault};

/// Enough for what the suite puts into a queue without a limit.
const PLACES: usize = 1024;

pub(crate) const FIFO: u8 = 0;
pub(crate) const LIFO: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;

#[derive(Clone, Copy)]
pub(crate) struct QueueState<T> {
    items: [Option<T>; PLACES],
    length: usize,
    unfinished: usize,
    is_shut: bool,
    /// For a fault.
    gone: usize,
}

impl<T> fmt::Debug for QueueState<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("QueueState");
        shown
            .field("length", &self.length)
            .field("is_shut", &self.is_shut)
            .finish()
    }
}

impl<T: Ord> QueueState<T> {
    fn empty() -> QueueState<T> {
        QueueState {
            items: [const { None }; PLACES],
            length: 0,
            unfinished: 0,
            is_shut: false,
            gone: 0,
        }
    }

    fn push(&mut self, item: T) {
        if self.gone > 0 {
            self.gone -= 1;
            return;
        }
        self.items[self.length] = Some(item);
        self.length += 1;
        self.unfinished += 1;
    }

    fn pop(&mut self, order: u8) -> Option<T> {
        let last = self.length.checked_sub(1)?;
        let place = match order {
            FIFO => 0,
            LIFO => last,
            _ => (0..=last).min_by_key(|place| &self.items[*place])?,
        };
        self.items[place..=last].rotate_left(1);
        self.length = last;
        self.items[last].take()
    }

    fn throw_away(&mut self, counts: bool) {
        while self.pop(FIFO).is_some() {
            self.unfinished -= usize::from(counts);
        }
    }
}

#[derive(Debug)]
pub(crate) struct SimpleQueue<M, const ORDER: u8 = FIFO, const FAULT: u8 = 0> {
    state: M,
    /// `usize::MAX` without a limit.
    size: usize,
}

impl<M, const ORDER: u8, const FAULT: u8> SimpleQueue<M, ORDER, FAULT> {
    fn sized<T: Ord>(size: usize) -> Self
    where
        M: Monitor<QueueState<T>>,
    {
        let state = M::new(QueueState::empty());
        let size = if size == 0 { usize::MAX } else { size };
        SimpleQueue { state, size }
    }

    fn put_within<T: Ord>(&self, item: T, limit: Option<Duration>) -> Option<Outcome>
    where
        M: Monitor<QueueState<T>>,
    {
        let mut item = Some(item);
        let size = self
            .size
            .saturating_add(usize::from(FAULT == fault::QUEUE_TOO_LARGE));
        let mut has_waited = false;
        self.state.until(limit, |state| {
            let learns = FAULT != fault::QUEUE_LEAVES_PUTTERS || !has_waited;
            has_waited = true;
            if state.is_shut && learns {
                return Some(Err(Refusal::ShutDown));
            }
            if state.length >= size {
                return None;
            }
            state.push(item.take()?);
            Some(Ok(()))
        })
    }

    fn get_within<T: Ord>(&self, limit: Option<Duration>) -> Option<Outcome<T>>
    where
        M: Monitor<QueueState<T>>,
    {
        let order = match FAULT {
            fault::QUEUE_OTHER_ORDER => (ORDER + 1) % 3,
            _ => ORDER,
        };
        let got = self.state.until(limit, |state| {
            let item = state.pop(order).map(Ok);
            item.or_else(|| state.is_shut.then_some(Err(Refusal::ShutDown)))
        });
        if got.is_none() && FAULT == fault::QUEUE_HANDED_TO_THE_GONE {
            self.state.change(|state| state.gone += 1);
        }
        got
    }
}

impl<T, M, const ORDER: u8, const FAULT: u8> Queue<T> for SimpleQueue<M, ORDER, FAULT>
where
    T: Ord + Send + 'static,
    M: Monitor<QueueState<T>>,
{
    const ORDER: Order = match ORDER {
        FIFO => Order::Fifo,
        LIFO => Order::Lifo,
        _ => Order::Priority,
    };

    fn new(size: usize) -> Self {
        Self::sized(size)
    }

    fn put(&self, item: T) -> Outcome {
        self.put_within(item, None).unwrap_or(Err(Refusal::Full))
    }

    fn try_put(&self, item: T) -> Outcome {
        self.put_within(item, Some(Duration::ZERO))
            .unwrap_or(Err(Refusal::Full))
    }

    fn put_timeout(&self, item: T, limit: Duration) -> Outcome {
        self.put_within(item, Some(limit))
            .unwrap_or(Err(Refusal::TimedOut))
    }

    fn get(&self) -> Outcome<T> {
        self.get_within(None).unwrap_or(Err(Refusal::Empty))
    }

    fn try_get(&self) -> Outcome<T> {
        self.get_within(Some(Duration::ZERO))
            .unwrap_or(Err(Refusal::Empty))
    }

    fn get_timeout(&self, limit: Duration) -> Outcome<T> {
        self.get_within(Some(limit))
            .unwrap_or(Err(Refusal::TimedOut))
    }

    fn qsize(&self) -> usize {
        self.state.change(|state| state.length)
    }

    fn empty(&self) -> bool {
        self.qsize() == 0
    }

    fn full(&self) -> bool {
        self.qsize() >= self.size
    }

    fn task_done(&self) -> Outcome {
        self.state.change(|state| {
            state.unfinished = state.unfinished.checked_sub(1).ok_or(Refusal::OverDone)?;
            Ok(())
        })
    }

    fn join(&self) -> Outcome {
        self.state.until(None, |state| {
            let left = match FAULT {
                fault::QUEUE_JOINED_WHEN_EMPTY => state.length,
                _ => state.unfinished,
            };
            (left == 0).then_some(())
        });
        Ok(())
    }

    fn shutdown(&self, immediate: bool) {
        self.state.change(|state| {
            state.is_shut = true;
            if immediate || FAULT == fault::QUEUE_END_LOSES {
                state.throw_away(FAULT != fault::QUEUE_END_NOT_COUNTED);
            }
        });
    }

    fn is_shutdown(&self) -> bool {
        self.state.change(|state| state.is_shut)
    }
}

impl<T, M, const FAULT: u8> contract::SimpleQueue<T> for SimpleQueue<M, FIFO, FAULT>
where
    T: Ord + Send + 'static,
    M: Monitor<QueueState<T>>,
{
    fn new() -> Self {
        Self::sized(0)
    }

    fn put(&self, item: T) -> Outcome {
        Queue::put(self, item)
    }

    fn get(&self) -> Outcome<T> {
        Queue::get(self)
    }

    fn try_get(&self) -> Outcome<T> {
        Queue::try_get(self)
    }

    fn get_timeout(&self, limit: Duration) -> Outcome<T> {
        Queue::get_timeout(self, limit)
    }

    fn qsize(&self) -> usize {
        Queue::qsize(self)
    }

    fn empty(&self) -> bool {
        Queue::empty(self)
    }
}
