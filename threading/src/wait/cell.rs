//! Lines of nodes, linked through the nodes themselves.

#![allow(unsafe_code)]

use std::fmt;

use super::node::Node;
use crate::seam::{AtomicUsize, Ordering, UnsafeCell, const_fn};

/// The home of a node that is in no line.
const NOWHERE: usize = 0;
/// The home of a node in a [`Chosen`]. No line has this address.
const CHOSEN: usize = 1;

/// A node's place in a line.
///
/// `home` says who may touch `ends`: it is the address of the [`Line`] in which the node is, and a line touches the ends of
/// its own nodes only, with `&mut` of itself in hand. To join, a node's home must go from `NOWHERE` to the
/// line's, so no two lines can have it.
pub(super) struct Links {
    home: AtomicUsize,
    ends: UnsafeCell<Ends>,
}

#[derive(Debug, Clone, Copy)]
struct Ends {
    before: Option<&'static Node>,
    after: Option<&'static Node>,
}

// SAFETY: `ends` is touched by the owner of the node's home alone, as `Links` says and the two types below see
// to; homes change hands by `home`, which is atomic.
unsafe impl Sync for Links {}
// SAFETY: as above; `Ends` belongs to no thread.
unsafe impl Send for Links {}

impl Links {
    const_fn! {
        pub(super) const fn new() -> Links {
            Links {
                home: AtomicUsize::new(NOWHERE),
                ends: UnsafeCell::new(Ends {
                    before: None,
                    after: None,
                }),
            }
        }
    }

    /// # Panics
    ///
    /// If the node has a home.
    fn enter(&self, home: usize) {
        let entered =
            self.home
                .compare_exchange(NOWHERE, home, Ordering::Acquire, Ordering::Relaxed);
        assert!(entered.is_ok(), "a waiter is in one line at a time");
    }

    fn leave(&self) {
        self.home.store(NOWHERE, Ordering::Release);
    }

    fn is_in(&self, home: usize) -> bool {
        self.home.load(Ordering::Acquire) == home
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

/// A line of waiters. It must not move while somebody is in it.
#[derive(Debug, Default)]
pub(super) struct Line {
    first: Option<&'static Node>,
    last: Option<&'static Node>,
}

impl Line {
    pub(super) const fn new() -> Line {
        Line {
            first: None,
            last: None,
        }
    }

    /// # Panics
    ///
    /// If the node is in a line.
    pub(super) fn push_last(&mut self, node: &'static Node) {
        node.links.enter(self.home());
        let before = self.last.replace(node);
        self.set(node, |ends| {
            *ends = Ends {
                before,
                after: None,
            };
        });
        match before {
            Some(before) => self.set(before, |ends| ends.after = Some(node)),
            None => self.first = Some(node),
        }
    }

    /// # Panics
    ///
    /// If the node is in a line.
    pub(super) fn push_first(&mut self, node: &'static Node) {
        node.links.enter(self.home());
        let after = self.first.replace(node);
        self.set(node, |ends| {
            *ends = Ends {
                before: None,
                after,
            };
        });
        match after {
            Some(after) => self.set(after, |ends| ends.before = Some(node)),
            None => self.last = Some(node),
        }
    }

    pub(super) fn pop_first(&mut self) -> Option<&'static Node> {
        let first = self.first?;
        self.remove(first).then_some(first)
    }

    /// False if the node is not in this line.
    pub(super) fn remove(&mut self, node: &'static Node) -> bool {
        if !node.links.is_in(self.home()) {
            return false;
        }
        let Ends { before, after } = self.ends(node);
        match before {
            Some(before) => self.set(before, |ends| ends.after = after),
            None => self.first = after,
        }
        match after {
            Some(after) => self.set(after, |ends| ends.before = before),
            None => self.last = before,
        }
        node.links.leave();
        true
    }

    fn home(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn ends(&self, node: &'static Node) -> Ends {
        assert!(node.links.is_in(self.home()));
        // SAFETY: the node is in this line, of which nobody else has a reference now: `&mut self` of the callers.
        node.links.ends.with(|ends| unsafe { *ends })
    }

    fn set(&mut self, node: &'static Node, change: impl FnOnce(&mut Ends)) {
        assert!(node.links.is_in(self.home()));
        node.links.ends.with_mut(|ends| {
            // SAFETY: the node is in this line, of which nobody else has a reference now; `change` knows no other way
            // to these ends.
            change(unsafe { &mut *ends });
        });
    }
}

/// Waiters that have been chosen and are to be woken, in order, when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    first: Option<&'static Node>,
    last: Option<&'static Node>,
}

impl Chosen {
    /// # Panics
    ///
    /// If the node is in a line.
    pub(super) fn push(&mut self, node: &'static Node) {
        node.links.enter(CHOSEN);
        Chosen::set_after(node, None);
        match self.last.replace(node) {
            Some(last) => Chosen::set_after(last, Some(node)),
            None => self.first = Some(node),
        }
    }

    fn pop(&mut self) -> Option<&'static Node> {
        let first = self.first?;
        // SAFETY: the node entered `CHOSEN` for this object, which is the only one that knows it: it leaves below.
        self.first = first.links.ends.with(|ends| unsafe { (*ends).after });
        first.links.leave();
        Some(first)
    }

    fn set_after(node: &'static Node, after: Option<&'static Node>) {
        node.links.ends.with_mut(|ends| {
            // SAFETY: called by `push` only, for nodes that entered `CHOSEN` for that object, which is the only one
            // that knows them.
            unsafe { (*ends).after = after };
        });
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        while let Some(node) = self.pop() {
            node.wake();
        }
    }
}
