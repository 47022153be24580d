//! The protocol of waiting: see the contract in `wait`.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::cell::{Chosen, Line};
use super::limit::{Limit, WaitError};
use super::node::Node;
use crate::seam::{AtomicUsize, Mutex, MutexGuard, Ordering, const_fn, fence};

/// A line of waiting threads, and their owner's state `S`, under one mutex.
pub(crate) struct WaitQueue<S = ()> {
    /// How many are in line. Changed under the mutex, read without.
    waiters: AtomicUsize,
    inner: Mutex<Inner<S>>,
}

struct Inner<S> {
    line: Line,
    state: S,
}

impl<S> WaitQueue<S> {
    const_fn! {
        pub(crate) const fn new(state: S) -> WaitQueue<S> {
            WaitQueue {
                waiters: AtomicUsize::new(0),
                inner: Mutex::new(Inner {
                    line: Line::new(),
                    state,
                }),
            }
        }
    }

    /// Locks the queue.
    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, S> {
        Locked {
            queue: self,
            inner: self.inner.lock(),
            chosen: Chosen::default(),
        }
    }

    /// Whether somebody is in line. Between a notifier's stores before this call and a waiter's loads after it joined, one
    /// side at least sees the other's.
    #[inline]
    pub(crate) fn has_waiters(&self) -> bool {
        fence(Ordering::SeqCst);
        self.waiters.load(Ordering::Relaxed) > 0
    }

    /// How many are in line at this moment: for `Debug`, and for counts that users ask for.
    pub(crate) fn waiters(&self) -> usize {
        self.waiters.load(Ordering::Relaxed)
    }

    /// The state, unless the queue is locked: for `Debug`.
    pub(crate) fn peek<R>(&self, look: impl FnOnce(&S) -> R) -> Option<R> {
        self.inner.try_lock().map(|inner| look(&inner.state))
    }
}

/// Nothing that may panic is done while a queue is locked.
impl<S> UnwindSafe for WaitQueue<S> {}
impl<S> RefUnwindSafe for WaitQueue<S> {}

impl<S> fmt::Debug for WaitQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitQueue")
            .field("waiters", &self.waiters())
            .finish_non_exhaustive()
    }
}

/// A locked queue; the state is behind `Deref`. Whom it has chosen is woken after the unlock.
#[must_use = "the queue is locked until this is dropped"]
pub(crate) struct Locked<'q, S> {
    queue: &'q WaitQueue<S>,
    // Dropped in this order: first the unlock, then the wake-ups.
    inner: MutexGuard<'q, Inner<S>>,
    chosen: Chosen,
}

impl<'q, S> Locked<'q, S> {
    /// Joins the end of the line and unlocks.
    pub(crate) fn enqueue(mut self) -> Waiting<'q, S> {
        let node = Node::take();
        self.inner.line.push_last(node);
        self.joined(node)
    }

    /// Joins the head of the line and unlocks: for one that had its turn and was beaten to what it was woken
    /// for.
    pub(crate) fn enqueue_first(mut self) -> Waiting<'q, S> {
        let node = Node::take();
        self.inner.line.push_first(node);
        self.joined(node)
    }

    fn joined(self, node: &'static Node) -> Waiting<'q, S> {
        self.count(self.waiters() + 1);
        let queue = self.queue;
        drop(self);
        fence(Ordering::SeqCst);
        Waiting {
            queue,
            node: Some(node),
        }
    }

    /// Chooses the first in line and leaves it a message. False if nobody is in line.
    pub(crate) fn notify_one(&mut self, message: u32) -> bool {
        let Some(node) = self.inner.line.pop_first() else {
            return false;
        };
        self.count(self.waiters() - 1);
        node.set_message(message);
        self.chosen.push(node);
        true
    }

    /// Chooses up to `count` waiters, in order. How many there were.
    pub(crate) fn notify(&mut self, count: usize, message: u32) -> usize {
        (0..count).take_while(|_| self.notify_one(message)).count()
    }

    /// Chooses all who are in line. How many there were.
    pub(crate) fn notify_all(&mut self, message: u32) -> usize {
        self.notify(usize::MAX, message)
    }

    /// Moves up to `count` waiters, in order, to the end of another line. They count as chosen: what they are told, they
    /// are told there. How many there were.
    pub(crate) fn move_to<T>(&mut self, other: &mut Locked<'_, T>, count: usize) -> usize {
        let firsts = std::iter::from_fn(|| self.inner.line.pop_first());
        let moved = firsts
            .take(count)
            .map(|node| other.inner.line.push_last(node))
            .count();
        self.count(self.waiters() - moved);
        other.count(other.waiters() + moved);
        moved
    }

    /// How many are in line.
    pub(crate) fn waiters(&self) -> usize {
        self.queue.waiters()
    }

    fn count(&self, waiters: usize) {
        self.queue.waiters.store(waiters, Ordering::Relaxed);
    }

    /// False if the node was chosen before.
    fn remove(&mut self, node: &'static Node) -> bool {
        let removed = self.inner.line.remove(node);
        if removed {
            self.count(self.waiters() - 1);
        }
        removed
    }
}

impl<S> Deref for Locked<'_, S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        &self.inner.state
    }
}

impl<S> DerefMut for Locked<'_, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut S {
        &mut self.inner.state
    }
}

impl<S: fmt::Debug> fmt::Debug for Locked<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked")
            .field("state", &self.inner.state)
            .field("waiters", &self.waiters())
            .finish_non_exhaustive()
    }
}

/// A place in line.
#[must_use = "a place in line is for waiting"]
pub(crate) struct Waiting<'q, S> {
    queue: &'q WaitQueue<S>,
    /// None once it was given back.
    node: Option<&'static Node>,
}

/// A wait that ended by itself: its waiter has left the line, and the queue is locked.
#[derive(Debug)]
pub(crate) struct Left<'q, S> {
    pub(crate) why: WaitError,
    pub(crate) queue: Locked<'q, S>,
}

impl<'q, S> Waiting<'q, S> {
    /// Sleeps until this waiter is chosen, and gives the message.
    ///
    /// # Errors
    ///
    /// When the limit ends the wait before.
    pub(crate) fn wait(mut self, limit: Limit<'_>) -> Result<u32, Left<'q, S>> {
        let node = self.node.expect("a place in line has a node until its end");
        let limit = limit.start();
        let registered = limit.register(&node.parker);
        let why = loop {
            if let Some(message) = node.answer() {
                drop(registered);
                self.finish();
                return Ok(message);
            }
            if let Some(why) = limit.is_over() {
                break why;
            }
            node.parker.park(limit.deadline());
        };
        drop(registered);
        self.leave()
            .map_or_else(|queue| Err(Left { why, queue }), Ok)
    }

    /// Leaves the line. The message, if somebody chose this waiter before.
    pub(crate) fn give_up(mut self) -> Option<u32> {
        self.leave().ok()
    }

    /// The message of this waiter that was chosen before it could leave, or the queue.
    fn leave(&mut self) -> Result<u32, Locked<'q, S>> {
        let node = self.node.expect("a place in line has a node until its end");
        let mut queue = self.queue.lock();
        if queue.remove(node) {
            self.finish();
            return Err(queue);
        }
        drop(queue);
        // Whoever chose it wakes it next.
        let message = loop {
            if let Some(message) = node.answer() {
                break message;
            }
            node.parker.park(None);
        };
        self.finish();
        Ok(message)
    }

    fn finish(&mut self) {
        if let Some(node) = self.node.take() {
            node.give_back();
        }
    }
}

impl<S> Drop for Waiting<'_, S> {
    fn drop(&mut self) {
        if self.node.is_some()
            && let Ok(message) = self.leave()
        {
            self.queue.lock().notify_one(message);
        }
    }
}

impl<S> fmt::Debug for Waiting<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = self.node.and_then(Node::answer);
        f.debug_struct("Waiting").field("chosen", &chosen).finish()
    }
}
