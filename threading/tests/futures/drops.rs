//! What is dropped, when, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use manyways_testkit::guarded;
use threading::futures::{Pending, promise};

use super::{await_number, occupy, pool_of};

/// Counts its drops.
#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new() -> (Counted, Arc<AtomicUsize>) {
        let drops = Arc::new(AtomicUsize::new(0));
        (Counted(drops.clone()), drops)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // Long enough for those who look too early.
        thread::yield_now();
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn count(drops: &AtomicUsize) -> usize {
    drops.load(Ordering::Relaxed)
}

#[test]
fn what_a_task_captured_is_gone_before_the_future_is_done() {
    guarded(|| {
        let pool = pool_of(2);
        for panics in [false, true].repeat(100) {
            let (captured, drops) = Counted::new();
            let future = pool.submit(move || {
                let _captured = captured;
                assert!(!panics);
            });
            let outcome = future.unwrap().result();
            assert_eq!((outcome.is_err(), count(&drops)), (panics, 1));
        }
    });
}

#[test]
fn a_cancelled_task_is_dropped_by_the_one_who_cancels() {
    guarded(|| {
        let pool = pool_of(1);
        let (go, blocker) = occupy(&pool);
        let (captured, drops) = Counted::new();
        let future = pool.submit(move || drop(captured)).unwrap();
        assert!(future.cancel());
        assert_eq!(count(&drops), 1);
        let (captured, drops) = Counted::new();
        let _future = pool.submit(move || drop(captured)).unwrap();
        pool.shutdown_nowait(Pending::Cancel);
        assert_eq!(count(&drops), 1);
        go.set();
        blocker.result().unwrap();
    });
}

#[test]
fn a_result_is_dropped_once_by_its_last_owner() {
    guarded(|| {
        let pool = pool_of(1);
        // Taken.
        let (result, drops) = Counted::new();
        let result = pool.submit(move || result).unwrap().result().unwrap();
        assert_eq!(count(&drops), 0);
        drop(result);
        assert_eq!(count(&drops), 1);
        // Not taken.
        let (result, drops) = Counted::new();
        let future = pool.submit(move || result).unwrap();
        future.wait();
        await_number(&pool, "idle", 1);
        assert_eq!(count(&drops), 0);
        drop(future);
        assert_eq!(count(&drops), 1);
        // Not waited for.
        let (go, blocker) = occupy(&pool);
        let (result, drops) = Counted::new();
        drop(pool.submit(move || result).unwrap());
        go.set();
        blocker.result().unwrap();
        drop(pool);
        assert_eq!(count(&drops), 1);
    });
}

#[test]
fn a_promise_keeps_nothing() {
    guarded(|| {
        let (result, drops) = Counted::new();
        let (promise, future) = promise();
        assert!(promise.set_result(result).is_ok());
        drop(future);
        assert_eq!(count(&drops), 1);
        let (result, drops) = Counted::new();
        let (promise, future) = threading::futures::promise();
        drop(future);
        assert!(promise.set_result(result).is_ok());
        assert_eq!(count(&drops), 1);
    });
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor's");
    }
}

#[test]
fn a_destructor_that_panics_takes_no_thread_with_it() {
    guarded(|| {
        let pool = pool_of(1);
        // Of what is captured: the task's panic.
        let bomb = Bomb;
        let captured = pool.submit(move || {
            let _bomb = &bomb;
        });
        let error = captured.unwrap().result().unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "a destructor's");
        // Of a result that nobody waits for.
        let (go, blocker) = occupy(&pool);
        drop(pool.submit(|| Bomb).unwrap());
        // Of a task that is cancelled.
        let bomb = Bomb;
        let cancelled = pool.submit(move || drop(bomb)).unwrap();
        assert!(cancelled.cancel());
        assert!(cancelled.result().unwrap_err().is_cancelled());
        go.set();
        blocker.result().unwrap();
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
        assert_eq!(super::number(&pool, "workers"), 1);
    });
}
