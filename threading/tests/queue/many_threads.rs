//! Several threads on each side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use threading::{LifoQueue, PriorityQueue, Queue, SimpleQueue};

const PUTTERS: u64 = 3;
const SHARE: u64 = 4_000;

/// From each putter the items come in order, and all items come once. What `get` gives ends with none.
fn ordered(put: impl Fn(u64) + Sync, get: impl Fn() -> Option<u64> + Sync, end: impl Fn()) {
    let items = thread::scope(|scope| {
        let getters: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| std::iter::from_fn(&get).collect::<Vec<_>>()))
            .collect();
        let putters: Vec<_> = (0..PUTTERS)
            .map(|putter| {
                let put = &put;
                scope.spawn(move || (0..SHARE).for_each(|n| put(putter * SHARE + n)))
            })
            .collect();
        putters
            .into_iter()
            .for_each(|putter| putter.join().unwrap());
        end();
        let items = getters.into_iter().map(|getter| getter.join().unwrap());
        items.collect::<Vec<_>>()
    });
    for items in &items {
        for putter in 0..PUTTERS {
            let own = items.iter().filter(|item| **item / SHARE == putter);
            assert!(own.is_sorted());
        }
    }
    let mut all = items.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..PUTTERS * SHARE));
}

#[test]
fn bounded() {
    guarded(|| {
        for maxsize in [1, 2, 7, 64, usize::MAX] {
            let queue = Queue::new(maxsize);
            let put = |n| queue.put(n).unwrap();
            ordered(put, || queue.get().ok(), || queue.shutdown());
        }
    });
}

#[test]
fn unbounded() {
    guarded(|| {
        let queue = Queue::new(0);
        let put = |n| queue.put(n).unwrap();
        ordered(put, || queue.get().ok(), || queue.shutdown());
    });
}

#[test]
fn simple() {
    guarded(|| {
        let queue = SimpleQueue::new();
        let end = || (0..3).for_each(|_| queue.put(None));
        ordered(|n| queue.put(Some(n)), || queue.get(), end);
    });
}

/// Waits that end too early, on both sides, lose nothing and give nothing twice.
#[test]
fn short_waits() {
    guarded(|| {
        let queue = Queue::new(2);
        let brief = Duration::from_micros(20);
        let put = |mut n| {
            while let Err(error) = queue.put_timeout(n, brief) {
                assert!(error.is_timed_out());
                n = error.into_item();
            }
        };
        let get = || {
            loop {
                match queue.get_timeout(brief) {
                    Ok(item) => break Some(item),
                    Err(error) if error.is_shutdown() => break None,
                    Err(error) => assert!(error.is_timed_out()),
                }
            }
        };
        ordered(put, get, || queue.shutdown());
    });
}

/// The sum of what is got, by threads that report each item as done while others join.
fn tasks(
    put: impl Fn(u64) + Sync,
    get: impl Fn() -> Option<u64> + Sync,
    join: impl Fn() + Sync,
    end: impl Fn(),
) {
    let sum = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(n) = get() {
                    sum.fetch_add(n, Relaxed);
                }
            });
        }
        for _ in 0..20 {
            (0..100).for_each(&put);
            join();
        }
        end();
    });
    assert_eq!(sum.into_inner(), 20 * 4950);
}

#[test]
fn join_waits_for_all_that_was_put() {
    guarded(|| {
        let fifo = Queue::new(5);
        let got = AtomicU64::new(0);
        let get = || {
            let n = fifo.get().ok()?;
            got.fetch_add(1, Relaxed);
            fifo.task_done().unwrap();
            Some(n)
        };
        let join = || {
            fifo.join();
            assert_eq!(got.load(Relaxed) % 100, 0);
        };
        tasks(|n| fifo.put(n).unwrap(), get, join, || fifo.shutdown());

        let lifo = LifoQueue::new(5);
        let get = || {
            let n = lifo.get().ok()?;
            lifo.task_done().unwrap();
            Some(n)
        };
        tasks(
            |n| lifo.put(n).unwrap(),
            get,
            || lifo.join(),
            || lifo.shutdown(),
        );

        let priority = PriorityQueue::new(0);
        let get = || {
            let n = priority.get().ok()?;
            priority.task_done().unwrap();
            Some(n)
        };
        let join = || priority.join();
        tasks(
            |n| priority.put(n).unwrap(),
            get,
            join,
            || priority.shutdown(),
        );
    });
}

/// Whenever the end comes: each item was got, thrown away or given back, and all who wait come back.
#[test]
fn an_immediate_end_in_the_middle() {
    guarded(|| {
        for round in 0..16 {
            let queue = Queue::new(if round % 2 == 0 { 3 } else { 0 });
            let item = Arc::new(());
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| while queue.put(item.clone()).is_ok() {});
                    scope.spawn(|| {
                        while queue.get().is_ok() {
                            queue.task_done().unwrap();
                        }
                    });
                }
                // This thread is another getter, until it has enough.
                for _ in 0..round * round {
                    queue.get().unwrap();
                    queue.task_done().unwrap();
                }
                queue.shutdown_immediate();
                assert!(queue.get().unwrap_err().is_shutdown());
                queue.join();
            });
            assert_eq!((queue.qsize(), queue.unfinished_tasks()), (0, 0));
            assert!(queue.task_done().is_err());
            assert_eq!(Arc::strong_count(&item), 1);
        }
    });
}
