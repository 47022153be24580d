//! The end of an executor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

use manyways_testkit::guarded;
use threading::futures::{Pending, ThreadPoolExecutor};
use threading::{Event, WaitError};

use super::{LONG, SHORT, number, occupy, pool_of};

#[test]
fn a_task_that_comes_too_late_is_given_back() {
    guarded(|| {
        let pool = pool_of(1);
        pool.shutdown(Pending::Run);
        let error = pool.submit(|| "still of use").unwrap_err();
        assert!(error.reason().is_shutdown());
        assert!(error.to_string().contains("shut down"));
        assert_eq!(error.into_task()(), "still of use");
        pool.shutdown(Pending::Cancel);
    });
}

#[test]
fn what_is_pending_is_run_first() {
    guarded(|| {
        let pool = pool_of(2);
        let tasks: Vec<_> = (0..50).map(|n| pool.submit(move || n).unwrap()).collect();
        pool.shutdown(Pending::Run);
        assert_eq!(number(&pool, "workers"), 0);
        assert!(tasks.iter().all(|task| task.done()));
        assert!(
            tasks
                .into_iter()
                .map(|task| task.result().unwrap())
                .eq(0..50)
        );
    });
}

#[test]
fn what_is_pending_is_cancelled() {
    guarded(|| {
        let pool = pool_of(2);
        let blockers = [(); 2].map(|()| occupy(&pool));
        let pending: Vec<_> = (0..50).map(|_| pool.submit(|| ()).unwrap()).collect();
        let cancelled = Arc::new(AtomicUsize::new(0));
        for future in &pending {
            let count = cancelled.clone();
            future.add_done_callback(move |outcome| {
                assert!(outcome.unwrap_err().is_cancelled());
                count.fetch_add(1, Ordering::Relaxed);
            });
        }
        pool.shutdown_nowait(Pending::Cancel);
        assert_eq!(cancelled.load(Ordering::Relaxed), 50);
        assert!(pending.iter().all(|future| future.cancelled()));
        for (go, blocker) in blockers {
            go.set();
            blocker.result().unwrap();
        }
    });
}

#[test]
fn a_limit_for_the_end() {
    guarded(|| {
        let pool = pool_of(1);
        let (go, blocker) = occupy(&pool);
        let start = Instant::now();
        let ended = pool.shutdown_timeout(Pending::Run, SHORT);
        assert_eq!(ended, Err(WaitError::TimedOut));
        assert!(start.elapsed() >= SHORT);
        go.set();
        assert_eq!(pool.shutdown_timeout(Pending::Run, LONG), Ok(()));
        assert!(blocker.done());
    });
}

#[test]
fn dropped_it_waits_for_its_tasks() {
    guarded(|| {
        let pool = pool_of(3);
        let tasks: Vec<_> = (0..30_i32)
            .map(|n| pool.submit(move || n.abs()).unwrap())
            .collect();
        drop(pool);
        assert!(tasks.iter().all(|task| task.done()));
    });
}

#[test]
fn detached_it_does_not_wait_and_its_tasks_are_done() {
    guarded(|| {
        let pool = pool_of(1);
        let (go, blocker) = occupy(&pool);
        let behind = pool.submit(|| 5).unwrap();
        pool.detach();
        assert!(!blocker.done());
        go.set();
        assert_eq!(behind.result().unwrap(), 5);
    });
}

#[test]
fn without_waiting_the_tasks_are_done_too() {
    guarded(|| {
        let pool = pool_of(2);
        let results = pool.map(i32::abs, -5..5);
        pool.shutdown_nowait(Pending::Run);
        let results: Vec<_> = results.map(Result::unwrap).collect();
        assert_eq!(results, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
    });
}

#[test]
fn an_executor_that_was_never_used_ends() {
    guarded(|| {
        pool_of(3).shutdown(Pending::Run);
        drop(pool_of(3));
        pool_of(3).detach();
    });
}

#[test]
fn a_task_may_shut_its_executor_down() {
    guarded(|| {
        let pool = Arc::new(pool_of(2));
        let inner = pool.clone();
        let refused = pool.submit(move || {
            inner.shutdown(Pending::Run);
            inner.submit(|| ()).is_err()
        });
        assert!(refused.unwrap().result().unwrap());
    });
}

/// Its last owner may be a task of its own, which cannot wait for itself.
#[test]
fn a_task_may_drop_its_executor() {
    guarded(|| {
        let pool = Arc::new(pool_of(1));
        let (given, own) = (Arc::new(Event::new()), Arc::new(OnceLock::new()));
        let task = {
            let (given, own) = (given.clone(), own.clone());
            move || {
                given.wait();
                drop(own);
            }
        };
        let future = pool.submit(task).unwrap();
        assert!(own.set(pool).is_ok());
        drop(own);
        given.set();
        future.result().unwrap();
    });
}

/// Each task is run, or given back; none is lost between the two.
#[test]
fn submissions_that_race_with_the_end() {
    guarded(|| {
        for _ in 0..100 {
            let (pool, ran) = (pool_of(2), AtomicUsize::new(0));
            let ran: Arc<AtomicUsize> = Arc::new(ran);
            let start = std::sync::Barrier::new(3);
            let taken: usize = thread::scope(|scope| {
                let submitters = [(); 2].map(|()| {
                    scope.spawn(|| {
                        start.wait();
                        submit_until_refused(&pool, &ran)
                    })
                });
                start.wait();
                pool.shutdown_nowait(Pending::Run);
                submitters.into_iter().map(|s| s.join().unwrap()).sum()
            });
            drop(pool);
            assert_eq!(ran.load(Ordering::Relaxed), taken);
        }
    });
}

/// How many tasks were taken. Waits for each.
fn submit_until_refused(pool: &ThreadPoolExecutor, ran: &Arc<AtomicUsize>) -> usize {
    let mut taken = Vec::new();
    loop {
        let ran = ran.clone();
        match pool.submit(move || ran.fetch_add(1, Ordering::Relaxed)) {
            Ok(future) => taken.push(future),
            Err(_) => break,
        }
    }
    let count = taken.len();
    for future in taken {
        future.result().unwrap();
    }
    count
}
