//! `TestSyncManagerTypes`: objects made here and used by a worker. Its pool is in `pools.rs`.

use std::thread;
use std::time::{Duration, Instant};

use multiprocessing::managers::{Acquired, FaultKind};

use crate::support::{LONG, SHORT, fork, with_manager};

fn kind<T: std::fmt::Debug>(result: multiprocessing::managers::Result<T>) -> FaultKind {
    result.unwrap_err().fault_kind().unwrap()
}

#[test]
fn event() {
    with_manager(|manager| {
        let event = manager.event().unwrap();
        event.set().unwrap();
        fork(|| {
            assert!(event.is_set().unwrap());
            assert!(event.wait(None).unwrap());
            event.clear().unwrap();
            assert!(!event.wait(Some(Duration::from_millis(1))).unwrap());
        })
        .join()
        .unwrap();
        assert!(!event.is_set().unwrap());
        let began = Instant::now();
        assert!(!event.wait(Some(SHORT)).unwrap());
        assert!(began.elapsed() >= SHORT);
        let waiter = fork(|| event.wait(Some(LONG)).unwrap());
        event.set().unwrap();
        event.clear().unwrap();
        event.set().unwrap();
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn lock() {
    with_manager(|manager| {
        let lock = manager.lock().unwrap();
        assert_eq!(lock.acquire().unwrap(), Acquired::Clean);
        // Another process may release it.
        fork(|| {
            assert!(lock.locked().unwrap());
            assert_eq!(lock.acquire_timeout(SHORT).unwrap(), None);
            lock.release().unwrap();
        })
        .join()
        .unwrap();
        assert!(!lock.locked().unwrap());
        assert_eq!(kind(lock.release()), FaultKind::Misuse);
        // What a worker leaves locked at its end is free again, and the next is told.
        fork(|| lock.acquire().map(drop).unwrap()).join().unwrap();
        assert_eq!(lock.acquire().unwrap(), Acquired::OwnerDied);
        lock.release().unwrap();
        assert_eq!(lock.lock().unwrap().acquired(), Acquired::Clean);
        assert!(!lock.locked().unwrap(), "the guard has released it");
    });
}

/// The lock's owner is the thread that acquired it, wherever its guard ends.
#[test]
fn a_guard_may_be_dropped_by_another_thread() {
    with_manager(|manager| {
        let lock = manager.rlock().unwrap();
        let guard = lock.lock().unwrap();
        thread::scope(|scope| {
            let dropper = scope.spawn(move || drop(guard));
            dropper.join().unwrap();
            let other = scope.spawn(|| lock.acquire_timeout(Duration::ZERO).unwrap());
            assert_eq!(other.join().unwrap(), Some(Acquired::Clean));
        });
    });
}

#[test]
fn rlock() {
    with_manager(|manager| {
        let lock = manager.rlock().unwrap();
        fork(|| {
            let _ = lock.acquire().unwrap();
            let _ = lock.acquire().unwrap();
            lock.release().unwrap();
            lock.release().unwrap();
            assert_eq!(kind(lock.release()), FaultKind::Misuse);
        })
        .join()
        .unwrap();
        let _ = lock.acquire().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                // Another thread of the same process is another owner.
                assert_eq!(lock.acquire_timeout(Duration::ZERO).unwrap(), None);
                assert_eq!(kind(lock.release()), FaultKind::Misuse);
            });
        });
        lock.release().unwrap();
    });
}

#[test]
fn semaphore() {
    with_manager(|manager| {
        let semaphore = manager.semaphore(1).unwrap();
        let _ = semaphore.acquire().unwrap();
        assert_eq!(semaphore.acquire_timeout(SHORT).unwrap(), None);
        fork(|| semaphore.release().unwrap()).join().unwrap();
        semaphore.release_many(2).unwrap();
        assert_eq!(semaphore.get_value().unwrap(), 3);
        assert_eq!(kind(semaphore.release_many(0)), FaultKind::Value);
    });
}

#[test]
fn bounded_semaphore() {
    with_manager(|manager| {
        let semaphore = manager.bounded_semaphore(1).unwrap();
        fork(|| {
            let _ = semaphore.acquire().unwrap();
            semaphore.release().unwrap();
        })
        .join()
        .unwrap();
        assert_eq!(kind(semaphore.release()), FaultKind::Value);
        assert_eq!(semaphore.get_value().unwrap(), 1);
    });
}

#[test]
fn condition() {
    with_manager(|manager| {
        let condition = manager.condition().unwrap();
        fork(|| {
            let _ = condition.acquire().unwrap();
            condition.release().unwrap();
        })
        .join()
        .unwrap();
        assert_eq!(kind(condition.notify(1)), FaultKind::Misuse);
        assert_eq!(kind(condition.wait(None)), FaultKind::Misuse);

        let stage = manager.value(0).unwrap();
        let worker = fork(|| {
            let _guard = condition.lock().unwrap();
            stage.set(1).unwrap();
            condition.notify_all().unwrap();
            condition
                .wait_for(|| Ok(stage.get()? == 2), Some(LONG))
                .unwrap()
        });
        {
            let _guard = condition.lock().unwrap();
            assert!(
                condition
                    .wait_for(|| Ok(stage.get()? == 1), Some(LONG))
                    .unwrap()
            );
            stage.set(2).unwrap();
            condition.notify(1).unwrap();
        }
        assert!(worker.join().unwrap());
        let _guard = condition.lock().unwrap();
        let began = Instant::now();
        assert!(!condition.wait(Some(SHORT)).unwrap());
        assert!(began.elapsed() >= SHORT);
    });
}

#[test]
fn barrier() {
    with_manager(|manager| {
        let barrier = manager.barrier(5).unwrap();
        fork(|| {
            assert_eq!(barrier.parties().unwrap(), 5);
            barrier.reset().unwrap();
        })
        .join()
        .unwrap();

        let three = manager.barrier(3).unwrap();
        for _ in 0..3 {
            let others: Vec<_> = (0..2)
                .map(|_| fork(|| three.wait(Some(LONG)).unwrap()))
                .collect();
            let mut places = vec![three.wait(Some(LONG)).unwrap()];
            places.extend(others.into_iter().map(|other| other.join().unwrap()));
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2]);
        }
        assert_eq!(kind(three.wait(Some(SHORT))), FaultKind::BrokenBarrier);
        assert!(three.is_broken().unwrap());
        assert_eq!(kind(three.wait(None)), FaultKind::BrokenBarrier);
        three.reset().unwrap();
        assert!(!three.is_broken().unwrap());

        let waiter = fork(|| kind(three.wait(None)) == FaultKind::BrokenBarrier);
        while three.n_waiting().unwrap() == 0 {
            thread::yield_now();
        }
        three.abort().unwrap();
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn queue() {
    with_manager(|manager| {
        for queue in [
            manager.queue::<i64>(2).unwrap(),
            manager.joinable_queue(2).unwrap(),
        ] {
            queue.put(5).unwrap();
            queue.put(6).unwrap();
            fork(|| {
                assert_eq!(queue.qsize().unwrap(), 2);
                assert!(queue.is_full().unwrap() && !queue.is_empty().unwrap());
                assert!(!queue.put_timeout(7, Duration::ZERO).unwrap());
                assert_eq!(queue.get().unwrap(), 5);
                assert!(!queue.is_empty().unwrap());
                assert_eq!(queue.get().unwrap(), 6);
                assert!(queue.is_empty().unwrap());
            })
            .join()
            .unwrap();
            assert!(queue.is_empty().unwrap() && !queue.is_full().unwrap());
        }
    });
}

#[test]
fn joinable_queue() {
    with_manager(|manager| {
        let queue = manager.joinable_queue::<i64>(0).unwrap();
        (0..10).for_each(|number| queue.put(number).unwrap());
        assert!(!queue.join(Some(SHORT)).unwrap());
        let workers: Vec<_> = (0..2)
            .map(|_| {
                fork(|| {
                    while queue.get_timeout(Duration::ZERO).unwrap().is_some() {
                        queue.task_done().unwrap();
                    }
                })
            })
            .collect();
        assert!(queue.join(Some(LONG)).unwrap());
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn list() {
    with_manager(|manager| {
        let list = manager.list::<i64>([]).unwrap();
        list.append(5).unwrap();
        fork(|| {
            assert_eq!(list.get(0).unwrap(), 5);
            assert_eq!((list.count(5).unwrap(), list.index(5).unwrap()), (1, 0));
            list.sort().unwrap();
            list.reverse().unwrap();
            assert_eq!(list.iter().count(), 1);
            assert_eq!(list.pop_at(0).unwrap(), 5);
        })
        .join()
        .unwrap();
        assert!(list.is_empty().unwrap());
    });
}

#[test]
fn dict() {
    with_manager(|manager| {
        let dict = manager.dict::<String, i64>([]).unwrap();
        dict.insert("foo", 5).unwrap();
        fork(|| {
            assert_eq!(dict.len().unwrap(), 1);
            assert_eq!(dict.get("foo").unwrap(), Some(5));
            assert_eq!(dict.items().unwrap(), [("foo".to_owned(), 5)]);
            assert_eq!(dict.keys().unwrap(), ["foo"]);
            assert_eq!(dict.values().unwrap(), [5]);
            assert_eq!(dict.popitem().unwrap(), Some(("foo".to_owned(), 5)));
        })
        .join()
        .unwrap();
        assert_eq!(dict.len().unwrap(), 0);
    });
}

#[test]
fn value() {
    with_manager(|manager| {
        let value = manager.value(1).unwrap();
        fork(|| {
            assert_eq!(value.get().unwrap(), 1);
            value.set(2).unwrap();
        })
        .join()
        .unwrap();
        assert_eq!(value.get().unwrap(), 2);
    });
}

#[test]
fn array() {
    with_manager(|manager| {
        let array = manager.array([0, 1]).unwrap();
        fork(|| {
            assert_eq!((array.get(0).unwrap(), array.get(1).unwrap()), (0, 1));
            assert_eq!(array.len().unwrap(), 2);
            assert_eq!(array.to_vec().unwrap(), [0, 1]);
            array.set_slice(0, [7, 8]).unwrap();
        })
        .join()
        .unwrap();
        assert_eq!(array.slice(Some(-1), None).unwrap(), [8]);
        assert_eq!(kind(array.set_slice(1, [1, 2])), FaultKind::Index);
    });
}

#[test]
fn namespace() {
    with_manager(|manager| {
        let space = manager.namespace().unwrap();
        space.set("x", 0).unwrap();
        space.set("y", 1).unwrap();
        fork(|| {
            assert_eq!(space.get::<i64>("x").unwrap(), 0);
            assert_eq!(space.get::<i64>("y").unwrap(), 1);
        })
        .join()
        .unwrap();
    });
}
