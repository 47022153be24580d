//! What becomes of the items of queues that do not copy them: CPython's
//! `BaseSimpleQueueTest.test_references`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{HANDS, tiny};
use crate::contract::{Crew, Item, Queue, Refusal, World};

fn filled<Q: Queue<Item>>(living: &Arc<AtomicU32>) -> Q {
    let queue = Q::new(HANDS as usize);
    (0..HANDS).for_each(|number| queue.put(Item::new(number, living)).unwrap());
    assert_eq!(living.load(Ordering::SeqCst), HANDS);
    queue
}

/// An item belongs to whoever took it, and the queue keeps nothing of it
/// (`BaseSimpleQueueTest.test_references`).
pub fn references<W: World, Q: Queue<Item>>() {
    let living = Arc::default();
    let queue = filled::<Q>(&living);
    for left in (0..HANDS).rev() {
        drop(queue.get().unwrap());
        assert_eq!(living.load(Ordering::SeqCst), left);
    }
}

/// A queue that is destroyed destroys what is in it.
pub fn destroyed<W: World, Q: Queue<Item>>() {
    let living = Arc::default();
    let queue = filled::<Q>(&living);
    drop(queue.get().unwrap());
    drop(queue);
    assert_eq!(living.load(Ordering::SeqCst), 0);
}

/// An immediate end destroys what is in the queue, and one that drains does not.
pub fn shutdown<W: World, Q: Queue<Item>>() {
    let living = Arc::default();
    let queue = filled::<Q>(&living);
    queue.shutdown(false);
    assert_eq!(living.load(Ordering::SeqCst), HANDS);
    queue.shutdown(true);
    assert_eq!(living.load(Ordering::SeqCst), 0);
}

/// An item that is refused does not stay behind.
pub fn refused<W: World, Q: Queue<Item>>() {
    let living = Arc::default();
    let queue = filled::<Q>(&living);
    let outcomes = [
        queue.try_put(Item::new(7, &living)),
        queue.put_timeout(Item::new(7, &living), tiny(1)),
    ];
    assert_eq!(outcomes, [Err(Refusal::Full), Err(Refusal::TimedOut)]);
    queue.shutdown(false);
    assert_eq!(queue.put(Item::new(7, &living)), Err(Refusal::ShutDown));
    assert_eq!(living.load(Ordering::SeqCst), HANDS);
}

/// Items that pass between workers are destroyed once each.
pub fn passed_on<W: World, Q: Queue<Item>>() {
    const EACH: u32 = 100;
    let living = Arc::default();
    let queue = Arc::new(Q::new(3));
    let mut crew = Crew::<W>::new();
    for hand in 0..2 {
        let (puts, living) = (Arc::clone(&queue), Arc::clone(&living));
        crew.hire(move || {
            (0..EACH)
                .for_each(|number| puts.put(Item::new(hand * EACH + number, &living)).unwrap());
        });
        let gets = Arc::clone(&queue);
        crew.hire(move || (0..EACH).for_each(|_| drop(gets.get().unwrap())));
    }
    crew.join();
    assert_eq!(living.load(Ordering::SeqCst), 0);
}
