//! A store under a mutex, for orders that a ring has not, and bounds that it would need too much memory for.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;

use super::store::{Nothing, Rejected, Store, discard};
use crate::seam::{Mutex, MutexGuard};

/// What holds the items.
pub(super) trait Items {
    type Item;
    fn len(&self) -> usize;
    /// Takes all out, in any order, and calls no code of users.
    fn take_all(&mut self) -> VecDeque<Self::Item>;
}

/// What decides which item leaves next.
pub(super) trait Order: Items + Default {
    fn push(&mut self, item: Self::Item);
    fn pop(&mut self) -> Option<Self::Item>;
}

impl<T> Items for VecDeque<T> {
    type Item = T;

    fn len(&self) -> usize {
        self.len()
    }

    fn take_all(&mut self) -> VecDeque<T> {
        std::mem::take(self)
    }
}

/// The eldest leaves next.
impl<T> Order for VecDeque<T> {
    fn push(&mut self, item: T) {
        self.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }
}

impl<T> Items for Vec<T> {
    type Item = T;

    fn len(&self) -> usize {
        self.len()
    }

    fn take_all(&mut self) -> VecDeque<T> {
        std::mem::take(self).into()
    }
}

/// The youngest leaves next.
impl<T> Order for Vec<T> {
    fn push(&mut self, item: T) {
        self.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.pop()
    }
}

impl<T> Items for BinaryHeap<Reverse<T>> {
    type Item = T;

    fn len(&self) -> usize {
        self.len()
    }

    fn take_all(&mut self) -> VecDeque<T> {
        self.drain().map(|Reverse(item)| item).collect()
    }
}

/// The smallest leaves next.
impl<T: Ord> Order for BinaryHeap<Reverse<T>> {
    fn push(&mut self, item: T) {
        self.push(Reverse(item));
    }

    fn pop(&mut self) -> Option<T> {
        self.pop().map(|Reverse(item)| item)
    }
}

pub(super) struct Pile<O: Items> {
    inner: Mutex<Inner<O>>,
    capacity: usize,
}

struct Inner<O: Items> {
    items: O,
    puts: u64,
    closed: bool,
    /// What was inside when the pile was sealed.
    sealed: Option<VecDeque<O::Item>>,
    getters_wait: bool,
    putters_wait: bool,
}

impl<O: Order> Pile<O> {
    /// For so many items; without a limit if that is 0.
    pub(super) fn new(capacity: usize) -> Pile<O> {
        Pile {
            inner: Mutex::new(Inner {
                items: O::default(),
                puts: 0,
                closed: false,
                sealed: None,
                getters_wait: false,
                putters_wait: false,
            }),
            capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<O>> {
        self.inner.lock()
    }

    fn is_full(&self, inner: &Inner<O>) -> bool {
        self.capacity > 0 && inner.items.len() >= self.capacity
    }
}

impl<O: Order> Store for Pile<O> {
    type Item = O::Item;

    fn push(&self, item: O::Item) -> Result<bool, Rejected<O::Item>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Rejected::Closed(item));
        }
        if self.is_full(&inner) {
            return Err(Rejected::Full(item));
        }
        // Counted first: an item whose comparison panics is inside.
        inner.puts += 1;
        inner.items.push(item);
        Ok(inner.getters_wait)
    }

    fn pop(&self) -> Result<(O::Item, bool), Nothing> {
        let mut inner = self.lock();
        match inner.items.pop() {
            Some(item) => Ok((item, inner.putters_wait)),
            None if inner.closed => Err(Nothing::Closed),
            None => Err(Nothing::Empty),
        }
    }

    fn expect_item(&self) -> bool {
        let mut inner = self.lock();
        inner.getters_wait = !inner.closed && inner.items.len() == 0;
        inner.getters_wait
    }

    fn forget_getters(&self) {
        self.lock().getters_wait = false;
    }

    fn expect_room(&self) -> bool {
        let mut inner = self.lock();
        inner.putters_wait = !inner.closed && self.is_full(&inner);
        inner.putters_wait
    }

    fn forget_putters(&self) {
        self.lock().putters_wait = false;
    }

    fn close(&self) {
        self.lock().closed = true;
    }

    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn seal(&self) -> u64 {
        let mut inner = self.lock();
        if inner.sealed.is_some() {
            return 0;
        }
        let items = inner.items.take_all();
        let count = items.len();
        inner.sealed = Some(items);
        count as u64
    }

    fn pop_sealed(&self) -> Option<O::Item> {
        self.lock().sealed.as_mut()?.pop_front()
    }

    fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn puts(&self) -> u64 {
        self.lock().puts
    }

    fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<O: Items> Drop for Pile<O> {
    fn drop(&mut self) {
        let mut inner = self.inner.lock();
        let (mut items, sealed) = (inner.items.take_all(), inner.sealed.take());
        drop(inner);
        items.extend(sealed.into_iter().flatten());
        discard(|| items.pop_front());
    }
}

impl<O: Items> fmt::Debug for Pile<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pile")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
