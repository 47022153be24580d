//! Who waits, and what ends it.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{CancelToken, PriorityQueue, Queue, SimpleQueue};

/// Until a queue's `Debug` has this in it.
fn await_debug(queue: &impl std::fmt::Debug, text: &str) {
    while !format!("{queue:?}").contains(text) {
        thread::yield_now();
    }
}

#[test]
fn a_token_wakes_getters_putters_and_joiners() {
    guarded(|| {
        let token = CancelToken::new();
        let (full, empty, simple) = (Queue::new(1), Queue::<u8>::new(0), SimpleQueue::<u8>::new());
        full.put(1).unwrap();
        thread::scope(|scope| {
            let putter = scope.spawn(|| full.put_timeout(2, &token));
            let getter = scope.spawn(|| empty.get_timeout(token.within(Duration::MAX)));
            let simple_getter = scope.spawn(|| simple.get_timeout(&token));
            let joiner = scope.spawn(|| full.join_timeout(&token));
            await_debug(&full, "putters: 1, joiners: 1");
            await_debug(&empty, "getters: 1");
            await_debug(&simple, "getters: 1");
            token.cancel();
            let error = putter.join().unwrap().unwrap_err();
            assert!(error.is_cancelled());
            assert_eq!(error.into_item(), 2);
            assert!(getter.join().unwrap().unwrap_err().is_cancelled());
            assert!(simple_getter.join().unwrap().unwrap_err().is_cancelled());
            assert!(joiner.join().unwrap().unwrap_err().is_cancelled());
        });
        assert!(format!("{full:?}").ends_with("getters: 0, putters: 0, joiners: 0 }"));
        // Nothing is left of them: the queues work on.
        full.get().unwrap();
        full.task_done().unwrap();
        full.join();
        empty.put(3).unwrap();
        assert_eq!(empty.get(), Ok(3));
    });
}

#[test]
fn waits_last_as_long_as_they_may() {
    guarded(|| {
        let wait = Duration::from_millis(20);
        let queue = Queue::new(1);
        queue.put(1).unwrap();
        let start = Instant::now();
        assert!(queue.put_timeout(2, wait).unwrap_err().is_timed_out());
        assert!(queue.join_timeout(start + 2 * wait).is_err());
        assert!(start.elapsed() >= 2 * wait);
        queue.get().unwrap();
        let start = Instant::now();
        assert!(queue.get_timeout(wait).unwrap_err().is_timed_out());
        assert!(start.elapsed() >= wait);
    });
}

#[test]
fn getters_that_sleep_are_woken_in_order() {
    guarded(|| {
        let queue = Queue::new(0);
        thread::scope(|scope| {
            let getters: Vec<_> = (1..=3)
                .map(|count| {
                    let getter = scope.spawn(|| queue.get());
                    await_debug(&queue, &format!("getters: {count}"));
                    getter
                })
                .collect();
            for (item, getter) in getters.into_iter().enumerate() {
                queue.put(item).unwrap();
                assert_eq!(getter.join().unwrap(), Ok(item));
            }
        });
    });
}

#[test]
fn join_returns_for_a_moment_that_is_over() {
    guarded(|| {
        let queue = Queue::new(0);
        queue.put(1).unwrap();
        thread::scope(|scope| {
            let joiner = scope.spawn(|| queue.join());
            await_debug(&queue, "joiners: 1");
            queue.task_done().unwrap();
            queue.put(2).unwrap();
            joiner.join().unwrap();
        });
        assert_eq!(queue.unfinished_tasks(), 1);
    });
}

/// Greater than all others as long as it is asked nicely.
#[derive(Debug, PartialEq, Eq)]
struct Touchy(u32);

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(self.0 != 0 && other.0 != 0, "compared with zero");
        self.0.cmp(&other.0)
    }
}

/// The panic is the caller's; what it put is there, and those who wait learn of it.
#[test]
fn a_comparison_that_panics_leaves_a_queue_that_works() {
    guarded(|| {
        let queue = PriorityQueue::new(2);
        queue.put(Touchy(1)).unwrap();
        let put = catch_unwind(AssertUnwindSafe(|| queue.put(Touchy(0))));
        assert!(put.is_err());
        assert_eq!((queue.qsize(), queue.unfinished_tasks()), (2, 2));
        assert!(queue.try_put(Touchy(2)).unwrap_err().is_full());
        thread::scope(|scope| {
            let joiner = scope.spawn(|| queue.join());
            await_debug(&queue, "joiners: 1");
            queue.shutdown_immediate();
            joiner.join().unwrap();
        });
        assert_eq!((queue.qsize(), queue.unfinished_tasks()), (0, 0));
    });
}
