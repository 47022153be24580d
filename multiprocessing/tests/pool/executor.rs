//! `ProcessPoolExecutor`.

use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::Pool;
use multiprocessing::pool::{Pending, ProcessPoolExecutor};

use crate::support::{Marks, mark_and_wait_for, square, workers};

fn waits(path: String, mark: u32) -> u32 {
    mark_and_wait_for(&path, &mark.to_string(), "go");
    mark
}

fn release(marks: &Marks) {
    std::fs::write(format!("{}/go", marks.path()), "").unwrap();
}

#[test]
fn submit() {
    guarded(|| {
        let executor = ProcessPoolExecutor::new(2).unwrap();
        assert_eq!(
            executor.submit(u32::pow, (2, 8)).unwrap().result().unwrap(),
            256
        );
        let future = executor
            .submit(|| -> u8 { panic!("on purpose") }, ())
            .unwrap();
        let error = future.exception().unwrap().unwrap();
        assert_eq!(error.panic_report().unwrap().message(), "on purpose");
        assert!(future.result().is_err());
    });
}

#[test]
fn map() {
    guarded(|| {
        let executor = ProcessPoolExecutor::new(2).unwrap();
        for chunksize in [0, 1, 3, 50] {
            let squares = executor.map(square, 0..40, chunksize).unwrap();
            assert!(squares.map(Result::unwrap).eq((0..40).map(square)));
        }
    });
}

/// `test_map_exception`; here the others come all the same.
#[test]
fn map_with_a_failure() {
    guarded(|| {
        let executor = ProcessPoolExecutor::new(2).unwrap();
        let results = executor.map(|n: u32| 10 / (n - 5), 4..8, 1);
        let results: Vec<_> = results.unwrap().map(Result::ok).collect();
        assert_eq!(results, [None, None, Some(10), Some(5)]);
    });
}

/// `test_map_timeout`.
#[test]
fn map_with_a_timeout() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let items = (0..2).map(|n| (marks.path(), n));
        let mut results = executor.map(|(path, n)| waits(path, n), items, 1).unwrap();
        let late = results.next_timeout(Duration::from_millis(5)).unwrap();
        assert!(late.unwrap_err().is_timeout());
        release(&marks);
        assert_eq!(
            results
                .next_timeout(Duration::from_secs(50))
                .unwrap()
                .unwrap(),
            0
        );
    });
}

/// `test_shutdown_race_issue12456`, `test_submit_after_interpreter_shutdown` and their kin.
#[test]
fn shutdown() {
    guarded(|| {
        let executor = ProcessPoolExecutor::new(2).unwrap();
        let futures: Vec<_> = (0..50)
            .map(|n| executor.submit(square, (n,)).unwrap())
            .collect();
        executor.shutdown(Pending::Run).unwrap();
        executor.shutdown(Pending::Run).unwrap();
        assert!(workers().is_empty());
        assert!(futures.iter().all(|future| future.done()));
        assert!(executor.submit(square, (1,)).unwrap_err().is_closed());
        assert!(executor.map(square, [1], 1).unwrap_err().is_closed());
    });
}

/// `test_hang_gh83386`: the executor is let go while tasks run; they are done.
#[test]
fn shutdown_without_waiting() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let future = executor.submit(waits, (marks.path(), 1)).unwrap();
        let after = executor.submit(square, (3,)).unwrap();
        executor.shutdown_nowait(Pending::Run);
        assert!(executor.submit(square, (1,)).unwrap_err().is_closed());
        assert!(!future.done());
        release(&marks);
        assert_eq!((future.result().unwrap(), after.result().unwrap()), (1, 9));
    });
}

/// `test_cancel_futures`.
#[test]
fn shutdown_that_cancels() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(2).unwrap();
        let running: Vec<_> = (0..2)
            .map(|n| executor.submit(waits, (marks.path(), n)).unwrap())
            .collect();
        marks.wait_for(2);
        let futures: Vec<_> = (0..50)
            .map(|n| executor.submit(square, (n,)).unwrap())
            .collect();
        executor.shutdown_nowait(Pending::Cancel);
        release(&marks);
        executor.shutdown(Pending::Run).unwrap();
        assert!(running.into_iter().all(|future| future.result().is_ok()));
        let cancelled = futures.iter().filter(|future| future.cancelled()).count();
        assert!((44..=50).contains(&cancelled), "{cancelled}"); // Few were at the workers already.
        assert!(futures.iter().all(|future| future.done()));
    });
}

#[test]
fn a_drop_waits_for_all_tasks() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let leave = |path: String, n: u32| std::fs::write(format!("{path}/{n}"), "").unwrap();
        for n in 0..20 {
            drop(executor.submit(leave, (marks.path(), n)).unwrap());
        }
        drop(executor);
        assert_eq!(marks.count(), 20);
    });
}

/// `test_init`: a failing initializer fails all futures.
#[test]
fn a_failing_initializer() {
    guarded(|| {
        let builder = Pool::builder()
            .processes(2)
            .initializer(|| panic!("no key"));
        let executor = ProcessPoolExecutor::from_builder(builder).unwrap();
        if let Ok(future) = executor.submit(square, (1,)) {
            let error = future.result().unwrap_err();
            assert!(
                error.is_broken_pool() && error.to_string().contains("no key"),
                "{error}"
            );
        }
        let refused = || {
            executor
                .submit(square, (2,))
                .and_then(|future| future.result())
        };
        assert!(refused().unwrap_err().is_broken_pool());
    });
}

/// `test_hang_gh94440`, `test_gh105829`: tasks and ends in quick succession.
#[test]
fn many_short_executors() {
    guarded(|| {
        for n in 0..30 {
            let executor = ProcessPoolExecutor::new(2).unwrap();
            let futures: Vec<_> = (0..n)
                .map(|n| executor.submit(square, (n,)).unwrap())
                .collect();
            drop(executor);
            assert!(
                futures
                    .into_iter()
                    .map(|future| future.result().unwrap())
                    .eq((0..n).map(square))
            );
        }
    });
}
