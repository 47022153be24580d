//! What becomes of the items of a simple queue that does not copy them: CPython's
//! `BaseSimpleQueueTest.test_references`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::HANDS;
use crate::contract::{Item, SimpleQueue, World};

/// An item belongs to whoever took it, and the queue keeps nothing of it
/// (`BaseSimpleQueueTest.test_references`).
pub fn references<W: World, Q: SimpleQueue<Item>>() {
    let living = Arc::default();
    let queue = Q::new();
    (0..HANDS).for_each(|number| queue.put(Item::new(number, &living)).unwrap());
    for left in (0..HANDS).rev() {
        drop(queue.get().unwrap());
        assert_eq!(living.load(Ordering::SeqCst), left);
    }
}

/// A queue that is destroyed destroys what is in it.
pub fn destroyed<W: World, Q: SimpleQueue<Item>>() {
    let living = Arc::default();
    let queue = Q::new();
    (0..HANDS).for_each(|number| queue.put(Item::new(number, &living)).unwrap());
    drop(queue.get().unwrap());
    drop(queue);
    assert_eq!(living.load(Ordering::SeqCst), 0);
}
