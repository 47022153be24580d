//! Futures, and waiting for several.

use std::sync::mpsc;
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::pool::{Future, ProcessPoolExecutor, ReturnWhen, as_completed, wait};

use crate::support::{Marks, mark_and_wait_for, next, square, wait_until};

fn waits(path: String, other: &'static str) -> &'static str {
    mark_and_wait_for(&path, "waits", other);
    other
}

/// A task that is done when the mark "go" is there.
fn stuck(executor: &ProcessPoolExecutor, marks: &Marks) -> Future<u64> {
    let task = |path: String| {
        waits(path, "go");
        7
    };
    executor.submit(task, (marks.path(),)).unwrap()
}

fn release(marks: &Marks) {
    std::fs::write(format!("{}/go", marks.path()), "").unwrap();
}

/// `test_running`, `test_done`, `test_cancelled`, `test_cancel`.
#[test]
fn states() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let running = stuck(&executor, &marks);
        marks.wait_for(1);
        let others: Vec<_> = (0..5)
            .map(|n| executor.submit(square, (n,)).unwrap())
            .collect();
        let last = &others[4];
        assert!(running.running() && !running.done() && !running.cancelled() && !running.cancel());
        assert!(!last.running() && !last.done() && !last.cancelled());
        assert!(
            last.cancel() && last.cancel() && last.cancelled() && last.done() && !last.running()
        );
        let error = last.exception().unwrap().unwrap();
        assert!(
            error.is_cancelled() && error.to_string().contains("cancelled before it had begun"),
            "{error}"
        );
        release(&marks);
        wait_until(|| running.done());
        assert!(!running.running() && !running.cancel());
        assert_eq!(running.result().unwrap(), 7);
        let results: Vec<_> = others
            .into_iter()
            .map(|other| other.result().ok())
            .collect();
        assert_eq!(results, [Some(0), Some(1), Some(4), Some(9), None]);
    });
}

/// `test_result_with_timeout`, `test_exception_with_timeout`.
#[test]
fn timeouts() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let mut future = stuck(&executor, &marks);
        let moment = Duration::from_millis(5);
        assert!(future.result_timeout(moment).unwrap_err().is_timeout());
        assert!(future.exception_timeout(moment).unwrap_err().is_timeout());
        release(&marks);
        assert!(future.exception().unwrap().is_none());
        assert_eq!(future.result_timeout(Duration::ZERO).unwrap(), 7);
        assert!(future.exception().is_err(), "the result was taken");
    });
}

/// `test_done_callback_with_result`, `..._with_exception`, `..._already_successful`, `..._with_cancel`.
#[test]
fn done_callbacks() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let (sender, receiver) = mpsc::channel();
        let tell = |name: &'static str| {
            let sender = sender.clone();
            move |result: Result<&u64, &multiprocessing::PoolError>| {
                sender.send((name, result.ok().copied())).unwrap();
            }
        };
        let running = stuck(&executor, &marks);
        let fails = executor
            .submit(|| -> u64 { panic!("on purpose") }, ())
            .unwrap();
        let cancelled: Vec<_> = (0..5)
            .map(|n| executor.submit(square, (n,)).unwrap())
            .collect();
        running.add_done_callback(|_| panic!("a callback's own"));
        running.add_done_callback(tell("done"));
        fails.add_done_callback(tell("failed"));
        cancelled[4].add_done_callback(tell("cancelled"));
        marks.wait_for(1);
        assert!(cancelled[4].cancel());
        assert_eq!(next(&receiver), ("cancelled", None));
        release(&marks);
        assert_eq!(next(&receiver), ("done", Some(7)));
        assert_eq!(next(&receiver), ("failed", None));
        running.add_done_callback(tell("late"));
        assert_eq!(next(&receiver), ("late", Some(7)));
        assert_eq!(running.result().unwrap(), 7);
    });
}

/// `test_first_completed`, `test_first_exception`, `test_all_completed`, `test_timeout`.
#[test]
fn waiting_for_several() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(2).unwrap();
        let slow = stuck(&executor, &marks);
        marks.wait_for(1);
        let quick = executor.submit(square, (3,)).unwrap();
        let fails = executor
            .submit(|| -> u64 { panic!("on purpose") }, ())
            .unwrap();
        let both = [&slow, &quick];
        let waited = wait(both, ReturnWhen::FirstCompleted, None);
        assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
        let waited = wait([&slow, &quick, &fails], ReturnWhen::FirstException, None);
        assert_eq!((waited.done.len(), waited.not_done.len()), (2, 1));
        let waited = wait(
            both,
            ReturnWhen::AllCompleted,
            Some(Duration::from_millis(5)),
        );
        assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
        release(&marks);
        let waited = wait(
            [("slow", slow), ("quick", quick)],
            ReturnWhen::AllCompleted,
            None,
        );
        assert!(waited.not_done.is_empty());
        let results: Vec<_> = waited
            .done
            .into_iter()
            .map(|(name, future)| (name, future.result().unwrap()))
            .collect();
        assert_eq!(results, [("slow", 7), ("quick", 9)]);
        assert!(
            wait(Vec::<Future<u8>>::new(), ReturnWhen::AllCompleted, None)
                .done
                .is_empty()
        );
    });
}

/// `TestAsCompleted`.
#[test]
fn as_they_get_done() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(2).unwrap();
        let slow = stuck(&executor, &marks);
        marks.wait_for(1);
        let quick = executor.submit(square, (3,)).unwrap();
        let mut completed = as_completed([("slow", slow), ("quick", quick)]);
        let (name, quick) = completed.next().unwrap();
        assert_eq!((name, quick.result().unwrap()), ("quick", 9));
        assert!(completed.next_timeout(Duration::from_millis(5)).is_none());
        release(&marks);
        let (name, slow) = completed.next().unwrap();
        assert_eq!((name, slow.result().unwrap()), ("slow", 7));
        assert!(completed.next().is_none() && completed.into_unfinished().is_empty());
    });
}

#[test]
fn what_is_not_waited_for_any_more() {
    guarded(|| {
        let marks = Marks::new();
        let executor = ProcessPoolExecutor::new(1).unwrap();
        let futures = [
            stuck(&executor, &marks),
            executor.submit(square, (2,)).unwrap(),
        ];
        let mut completed = as_completed(futures);
        assert!(completed.next_timeout(Duration::from_millis(5)).is_none());
        let futures = completed.into_unfinished();
        assert_eq!(futures.len(), 2);
        release(&marks);
        assert_eq!(
            as_completed(futures)
                .map(|future| future.result().unwrap())
                .sum::<u64>(),
            11
        );
    });
}
