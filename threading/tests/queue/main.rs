//! Queues, as their users see them.

mod contract;
mod drops;
mod errors;
mod many_threads;
mod reference;
mod waits;

use std::panic::{RefUnwindSafe, UnwindSafe};

use manyways_testkit::guarded;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use threading::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue};

/// A cell may pass from thread to thread, and may not be seen by two: enough for items.
type Item = std::cell::Cell<u8>;

assert_impl_all!(Queue<Item>: Send, Sync, UnwindSafe, RefUnwindSafe, Unpin);
assert_impl_all!(LifoQueue<Item>: Send, Sync, UnwindSafe, RefUnwindSafe, Unpin);
assert_impl_all!(PriorityQueue<Item>: Send, Sync, UnwindSafe, RefUnwindSafe, Unpin);
assert_impl_all!(SimpleQueue<Item>: Send, Sync, UnwindSafe, RefUnwindSafe, Unpin);
assert_impl_all!(Iter<'_, Queue<Item>>: Send, Sync, Clone);
assert_impl_all!(PutError<Item>: Send, std::error::Error);
assert_impl_all!(GetError: Send, Sync, std::error::Error);

/// What may not leave its thread may not be put into a queue that others see.
type Bound = std::rc::Rc<u8>;

assert_not_impl_any!(Queue<Bound>: Send, Sync);
assert_not_impl_any!(LifoQueue<Bound>: Send, Sync);
assert_not_impl_any!(PriorityQueue<Bound>: Send, Sync);
assert_not_impl_any!(SimpleQueue<Bound>: Send, Sync);

#[test]
fn a_panic_in_a_thread_leaves_its_queues_to_others() {
    guarded(|| {
        let queue = Queue::new(2);
        let panic = std::panic::catch_unwind(|| {
            queue.put(1).unwrap();
            panic!("the putter's own");
        });
        assert!(panic.is_err());
        assert_eq!(queue.get(), Ok(1));
    });
}

#[test]
fn debug_shows_live_numbers() {
    guarded(|| {
        let queue = Queue::new(3);
        queue.put(7).unwrap();
        queue.put(8).unwrap();
        queue.get().unwrap();
        assert_eq!(
            format!("{queue:?}"),
            "Queue { qsize: 1, maxsize: 3, unfinished_tasks: 2, shutdown: false, getters: 0, putters: 0, joiners: 0 }"
        );
        let simple = SimpleQueue::new();
        simple.put(7);
        assert_eq!(
            format!("{simple:?}"),
            "SimpleQueue { qsize: 1, getters: 0 }"
        );
        let iter = format!("{:?}", simple.iter());
        assert_eq!(iter, "Iter { queue: SimpleQueue { qsize: 1, getters: 0 } }");
    });
}

#[test]
fn loops_end_with_the_queue() {
    guarded(|| {
        let (fifo, lifo, priority) = (Queue::new(0), LifoQueue::new(0), PriorityQueue::new(0));
        for item in [2, 3, 1] {
            fifo.put(item).unwrap();
            lifo.put(item).unwrap();
            priority.put(item).unwrap();
        }
        fifo.shutdown();
        lifo.shutdown();
        priority.shutdown();
        assert_eq!(fifo.iter().take(1).collect::<Vec<_>>(), [2]);
        assert_eq!((&fifo).into_iter().collect::<Vec<_>>(), [3, 1]);
        assert_eq!(lifo.iter().collect::<Vec<_>>(), [1, 3, 2]);
        assert_eq!(priority.iter().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(fifo.iter().next(), None);
    });
}

/// A bound that is no power of two is kept exactly, again and again.
#[test]
fn bounds_are_exact() {
    guarded(|| {
        for maxsize in [1, 2, 3, 5, 1000] {
            let queue = Queue::new(maxsize);
            for round in 0..3 {
                for item in 0..maxsize {
                    assert!(!queue.full());
                    queue.try_put(item + round).unwrap();
                }
                assert!(queue.full());
                assert!(queue.try_put(0).unwrap_err().is_full());
                // Not a whole round, so that the next one begins at another slot.
                let left = maxsize.min(2 * round);
                for item in 0..maxsize - left {
                    assert_eq!(queue.try_get(), Ok(item + round));
                }
                (0..left).for_each(|_| assert!(queue.try_get().is_ok()));
                assert_eq!((queue.maxsize(), queue.qsize()), (maxsize, 0));
            }
        }
    });
}

/// A bound costs no memory that its items do not need, and is kept however large the items are.
#[test]
fn bounds_may_be_beyond_memory() {
    guarded(|| {
        for maxsize in [1 << 40, usize::MAX / 2, usize::MAX] {
            let queue = Queue::new(maxsize);
            (0..10).for_each(|item| queue.put(item).unwrap());
            assert_eq!((queue.maxsize(), queue.qsize()), (maxsize, 10));
            assert!(!queue.full());
            queue.shutdown();
            assert!(queue.iter().eq(0..10));
            drop((
                LifoQueue::<u8>::new(maxsize),
                PriorityQueue::<u8>::new(maxsize),
            ));
        }
        let large = Queue::new(LARGE_BOUND);
        for number in 0..LARGE_BOUND {
            assert!(!large.full());
            large.try_put([number; LARGE_ITEM]).unwrap();
        }
        assert!(large.full());
        assert!(large.try_put([0; LARGE_ITEM]).unwrap_err().is_full());
        assert_eq!(large.get().unwrap()[LARGE_ITEM - 1], 0);
        assert!(!large.full());
    });
}

/// Items of 64 KiB, of which fewer than this need more than a ring may have from the start.
const LARGE_ITEM: usize = (64 << 10) / size_of::<usize>();
const LARGE_BOUND: usize = 300;
