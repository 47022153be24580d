//! Loops over what a queue gives.

use std::fmt;

use super::{LifoQueue, PriorityQueue, Queue, SimpleQueue};

/// What a queue gives: see [`Queue::iter`].
///
/// Each item is got when it is asked for, so several iterators share what there is. Says nothing of tasks: call
/// [`task_done`](Queue::task_done) for each item if somebody joins.
pub struct Iter<'q, Q> {
    queue: &'q Q,
}

impl<'q, Q> Iter<'q, Q> {
    pub(super) fn new(queue: &'q Q) -> Iter<'q, Q> {
        Iter { queue }
    }
}

impl<T> Iterator for Iter<'_, Queue<T>> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.queue.get().ok()
    }
}

impl<T> Iterator for Iter<'_, LifoQueue<T>> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.get().ok()
    }
}

impl<T: Ord> Iterator for Iter<'_, PriorityQueue<T>> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.get().ok()
    }
}

/// Never ends.
impl<T> Iterator for Iter<'_, SimpleQueue<T>> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        Some(self.queue.get())
    }
}

impl<Q> Clone for Iter<'_, Q> {
    fn clone(&self) -> Self {
        Iter { queue: self.queue }
    }
}

impl<Q: fmt::Debug> fmt::Debug for Iter<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("queue", &self.queue).finish()
    }
}
