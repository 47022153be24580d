//! Every item is dropped once, whatever becomes of its queue.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;

use manyways_testkit::guarded;
use threading::{LifoQueue, PriorityQueue, Queue, SimpleQueue};

/// Items enough for more than two blocks of an unbounded queue.
const ITEMS: u32 = 100;
/// One for each kind of store.
const BOUNDS: [usize; 3] = [0, ITEMS as usize, usize::MAX];

/// Counts drops, and has those of every third item panic if it is told to.
#[derive(Debug, Default)]
struct Drops {
    count: AtomicUsize,
    panic: AtomicBool,
}

impl Drops {
    fn items(&self) -> impl Iterator<Item = Item<'_>> {
        (0..ITEMS).map(|number| Item(number, self))
    }

    fn count(&self) -> u32 {
        self.count.load(Relaxed) as u32
    }
}

#[derive(Debug)]
struct Item<'a>(u32, &'a Drops);

impl Drop for Item<'_> {
    fn drop(&mut self) {
        self.1.count.fetch_add(1, Relaxed);
        assert!(
            !self.0.is_multiple_of(3) || !self.1.panic.load(Relaxed),
            "the drop of item {}",
            self.0
        );
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Item<'_> {}

impl PartialOrd for Item<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[test]
fn what_is_left_in_a_queue_is_dropped_with_it() {
    guarded(|| {
        let drops = Drops::default();
        for maxsize in BOUNDS {
            let before = drops.count();
            let (fifo, lifo) = (Queue::new(maxsize), LifoQueue::new(maxsize));
            let (priority, simple) = (PriorityQueue::new(maxsize), SimpleQueue::new());
            drops.items().for_each(|item| fifo.put(item).unwrap());
            drops.items().for_each(|item| lifo.put(item).unwrap());
            drops.items().for_each(|item| priority.put(item).unwrap());
            drops.items().for_each(|item| simple.put(item));
            for _ in 0..40 {
                drop((fifo.get(), lifo.get(), priority.get(), simple.get()));
            }
            assert_eq!(drops.count() - before, 160);
            drop((fifo, lifo, priority, simple));
            assert_eq!(drops.count() - before, 4 * ITEMS);
        }
    });
}

#[test]
fn what_a_shutdown_throws_away_is_dropped_by_it() {
    guarded(|| {
        let drops = Drops::default();
        for maxsize in BOUNDS {
            let before = drops.count();
            let (fifo, lifo) = (Queue::new(maxsize), LifoQueue::new(maxsize));
            let priority = PriorityQueue::new(maxsize);
            drops.items().for_each(|item| fifo.put(item).unwrap());
            drops.items().for_each(|item| lifo.put(item).unwrap());
            drops.items().for_each(|item| priority.put(item).unwrap());
            let kept = (fifo.get(), lifo.get(), priority.get());
            fifo.shutdown_immediate();
            lifo.shutdown_immediate();
            priority.shutdown_immediate();
            assert_eq!(drops.count() - before, 3 * (ITEMS - 1));
            let unfinished = [
                fifo.unfinished_tasks(),
                lifo.unfinished_tasks(),
                priority.unfinished_tasks(),
            ];
            assert_eq!(unfinished, [1; 3]);
            fifo.shutdown_immediate();
            drop((fifo, lifo, priority, kept));
            assert_eq!(drops.count() - before, 3 * ITEMS);
        }
    });
}

fn panics(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    *panic.downcast().unwrap()
}

#[test]
fn drops_that_panic_keep_no_item_and_no_thread() {
    guarded(|| {
        for maxsize in BOUNDS {
            let drops = Drops::default();
            let queue = Queue::new(maxsize);
            drops.items().for_each(|item| queue.put(item).unwrap());
            drops.panic.store(true, Relaxed);
            thread::scope(|scope| {
                scope.spawn(|| queue.join());
                let panic = panics(|| queue.shutdown_immediate());
                assert_eq!(panic, "the drop of item 0");
            });
            assert_eq!((drops.count(), queue.qsize()), (ITEMS, 0));
        }
    });
}

#[test]
fn drops_that_panic_with_their_queue() {
    guarded(|| {
        for maxsize in BOUNDS {
            let drops = Drops::default();
            let (fifo, simple) = (Queue::new(maxsize), SimpleQueue::new());
            let (lifo, priority) = (LifoQueue::new(maxsize), PriorityQueue::new(maxsize));
            drops.items().for_each(|item| fifo.put(item).unwrap());
            drops.items().for_each(|item| simple.put(item));
            drops.items().for_each(|item| lifo.put(item).unwrap());
            drops.items().for_each(|item| priority.put(item).unwrap());
            drops.panic.store(true, Relaxed);
            assert_eq!(panics(|| drop(fifo)), "the drop of item 0");
            assert_eq!(panics(|| drop(simple)), "the drop of item 0");
            assert!(panics(|| drop(lifo)).starts_with("the drop of item "));
            assert!(panics(|| drop(priority)).starts_with("the drop of item "));
            assert_eq!(drops.count(), 4 * ITEMS);
        }
    });
}

/// A drop may use the queue that throws its item away.
#[test]
fn items_that_use_their_queue_as_they_go() {
    struct Last<'a>(&'a Queue<Option<Last<'a>>>);
    impl Drop for Last<'_> {
        fn drop(&mut self) {
            assert!(self.0.put(None).unwrap_err().is_shutdown());
            assert_eq!((self.0.qsize(), self.0.unfinished_tasks()), (0, 0));
        }
    }
    guarded(|| {
        // Leaked, as its items refer to it.
        let queue: &Queue<_> = Box::leak(Box::new(Queue::new(2)));
        queue.put(Some(Last(queue))).unwrap();
        queue.shutdown_immediate();
        assert!(queue.get().is_err_and(|error| error.is_shutdown()));
    });
}

/// An error gives its item back, and drops it once.
#[test]
fn items_that_were_refused() {
    guarded(|| {
        let drops = Drops::default();
        let queue = Queue::new(1);
        let mut items = drops.items();
        queue.put(items.next().unwrap()).unwrap();
        let error = queue.try_put(items.next().unwrap()).unwrap_err();
        assert_eq!((error.item().0, drops.count()), (1, 0));
        let item = error.into_item();
        assert_eq!((item.0, drops.count()), (1, 0));
        drop(item);
        assert_eq!(drops.count(), 1);
    });
}
