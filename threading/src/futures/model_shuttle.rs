//! Whole executors under shuttle, which tries many random schedules: submission against shutdown.
//!
//! `RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p threading --lib model_shuttle`

use std::sync::Arc;

use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use super::{Pending, ReturnWhen, ThreadPoolExecutor, as_completed, wait};
use crate::wait::Limit;

fn check(model: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(model, 1000);
}

fn pool_of(max_workers: usize) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(max_workers);
    builder.build().unwrap()
}

/// How many of some tasks were taken; waits for those.
fn submit_some(pool: &ThreadPoolExecutor, ran: &Arc<AtomicUsize>) -> usize {
    let tasks = (0..3).map(|_| {
        let ran = ran.clone();
        pool.submit(move || ran.fetch_add(1, Ordering::Relaxed))
    });
    let taken: Vec<_> = tasks.filter_map(Result::ok).collect();
    let count = taken.len();
    for future in taken {
        future.result().unwrap();
    }
    count
}

#[test]
fn a_task_is_run_or_given_back() {
    check(|| {
        let (pool, ran) = (Arc::new(pool_of(2)), Arc::new(AtomicUsize::new(0)));
        let submitters = [(); 2].map(|()| {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || submit_some(&pool, &ran))
        });
        pool.shutdown(Pending::Run);
        let taken = submitters.map(|submitter| submitter.join().unwrap());
        assert_eq!(ran.load(Ordering::Relaxed), taken.into_iter().sum());
        assert!(pool.submit(|| ()).is_err());
    });
}

#[test]
fn a_task_is_run_cancelled_or_given_back() {
    check(|| {
        let (pool, ran) = (Arc::new(pool_of(1)), Arc::new(AtomicUsize::new(0)));
        let submitter = {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || {
                let tasks = (0..3).map(|_| {
                    let ran = ran.clone();
                    pool.submit(move || ran.fetch_add(1, Ordering::Relaxed))
                });
                let taken: Vec<_> = tasks.filter_map(Result::ok).collect();
                let results = taken.into_iter().map(|future| future.result());
                results.filter(Result::is_ok).count()
            })
        };
        pool.shutdown(Pending::Cancel);
        assert_eq!(ran.load(Ordering::Relaxed), submitter.join().unwrap());
    });
}

#[test]
fn all_is_done_and_all_threads_end() {
    check(|| {
        let (pool, ran) = (pool_of(3), Arc::new(AtomicUsize::new(0)));
        assert_eq!(submit_some(&pool, &ran), 3);
        assert_eq!(submit_some(&pool, &ran), 3);
        drop(pool);
        assert_eq!(ran.load(Ordering::Relaxed), 6);
    });
}

#[test]
fn an_initializer_that_panics_leaves_nobody_waiting() {
    check(|| {
        let builder = ThreadPoolExecutor::builder().max_workers(2);
        let builder = builder.initializer(|| panic!("no database"));
        let pool = Arc::new(builder.build().unwrap());
        let submitters = [(); 2].map(|()| {
            let pool = pool.clone();
            thread::spawn(move || match pool.submit(|| ()) {
                Ok(future) => assert!(future.result().unwrap_err().is_broken_pool()),
                Err(refused) => assert!(refused.reason().panic_report().is_some()),
            })
        });
        submitters.into_iter().for_each(|s| s.join().unwrap());
    });
}

#[test]
fn waits_for_several() {
    check(|| {
        let pool = pool_of(2);
        let tasks = [(); 3].map(|()| pool.submit(|| ()).unwrap());
        let sorted = wait(tasks, ReturnWhen::FirstCompleted, Limit::NEVER);
        assert!(!sorted.done.is_empty());
        assert_eq!(as_completed(sorted.not_done).count(), 3 - sorted.done.len());
    });
}

#[test]
fn tasks_that_wait_for_tasks() {
    check(|| {
        let pool = Arc::new(pool_of(1));
        let inner = pool.clone();
        let outer = pool.submit(move || {
            let tasks = [1, 2].map(|n| inner.submit(move || n).unwrap());
            tasks.map(|task| task.result().unwrap())
        });
        assert_eq!(outer.unwrap().result().unwrap(), [1, 2]);
    });
}
