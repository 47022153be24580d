//! Waits for several futures.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use manyways_testkit::guarded;
use threading::futures::{Future, ReturnWhen, promise, wait};
use threading::{CancelToken, Event, Limit, WaitError};

use super::{LONG, SHORT, await_number, number, occupy, pool_of};

fn done(result: u32) -> Future<u32> {
    let (promise, future) = promise();
    promise.set_result(result).unwrap();
    future
}

fn failed() -> Future<u32> {
    let (promise, future) = promise();
    promise.set_exception("no luck").unwrap();
    future
}

fn cancelled() -> Future<u32> {
    let (_promise, future) = promise();
    assert!(future.cancel());
    future
}

#[test]
fn the_same_future_twice() {
    guarded(|| {
        let future = done(1);
        let sorted = wait([&future, &future], ReturnWhen::AllCompleted, Limit::NEVER);
        assert_eq!((sorted.done.len(), sorted.not_done.len()), (2, 0));
    });
}

#[test]
fn none_at_all() {
    guarded(|| {
        for when in [
            ReturnWhen::FirstCompleted,
            ReturnWhen::FirstException,
            ReturnWhen::AllCompleted,
        ] {
            let sorted = wait(Vec::<Future<()>>::new(), when, Limit::NEVER);
            assert_eq!(sorted.done.len() + sorted.not_done.len(), 0);
            assert_eq!(sorted.ended, Ok(()));
        }
    });
}

#[test]
fn the_first_that_is_completed_while_it_waits() {
    guarded(|| {
        let ((_one, first), (two, second)) = (promise(), promise());
        let (begun, futures) = (Event::new(), [first, second]);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                begun.set();
                wait(&futures, ReturnWhen::FirstCompleted, LONG)
            });
            begun.wait();
            two.set_result(2).unwrap();
            let sorted = waiter.join().unwrap();
            assert_eq!(sorted.ended, Ok(()));
            assert_eq!(*sorted.done[0].result_ref().unwrap(), 2);
            assert!(!sorted.not_done[0].done());
        });
    });
}

#[test]
fn some_were_completed_before() {
    guarded(|| {
        let (_promise, pending) = promise();
        let sorted = wait(
            [cancelled(), pending, done(1)],
            ReturnWhen::FirstCompleted,
            Limit::NEVER,
        );
        assert_eq!((sorted.done.len(), sorted.not_done.len()), (2, 1));
        assert!(sorted.done[0].cancelled());
    });
}

#[test]
fn the_first_to_fail() {
    guarded(|| {
        let ((one, first), (two, second), (_three, third)) = (promise(), promise(), promise());
        let futures = [first, second, third];
        thread::scope(|scope| {
            let waiter = scope.spawn(|| wait(&futures, ReturnWhen::FirstException, LONG));
            one.set_result(1).unwrap();
            two.set_exception("no luck").unwrap();
            let sorted = waiter.join().unwrap();
            assert_eq!(sorted.ended, Ok(()));
            assert_eq!((sorted.done.len(), sorted.not_done.len()), (2, 1));
        });
    });
}

#[test]
fn a_task_that_panics_has_failed() {
    guarded(|| {
        let pool = pool_of(2);
        let (go, blocker) = occupy(&pool);
        let panics = pool.submit(|| panic!("no luck")).unwrap();
        let sorted = wait([&blocker, &panics], ReturnWhen::FirstException, LONG);
        assert_eq!(sorted.ended, Ok(()));
        assert!(sorted.done[0].exception().unwrap().panic_report().is_some());
        go.set();
    });
}

#[test]
fn what_was_cancelled_has_not_failed() {
    guarded(|| {
        let (_promise, pending) = promise();
        let futures = [cancelled(), done(1), pending];
        let sorted = wait(&futures, ReturnWhen::FirstException, SHORT);
        assert_eq!(sorted.ended, Err(WaitError::TimedOut));
        assert_eq!(sorted.done.len(), 2);
    });
}

#[test]
fn one_had_failed_before() {
    guarded(|| {
        let (_promise, pending) = promise();
        let sorted = wait(
            [pending, failed()],
            ReturnWhen::FirstException,
            Limit::NEVER,
        );
        assert_eq!((sorted.done.len(), sorted.not_done.len()), (1, 1));
    });
}

#[test]
fn all_of_them() {
    guarded(|| {
        let pool = pool_of(3);
        let (go, blocker) = occupy(&pool);
        let panics = pool.submit(|| panic!("no luck")).unwrap();
        let futures = [blocker, panics];
        thread::scope(|scope| {
            let waiter = scope.spawn(|| wait(&futures, ReturnWhen::AllCompleted, Limit::NEVER));
            await_number(&futures[0], "waiters", 1);
            go.set();
            assert_eq!(waiter.join().unwrap().done.len(), 2);
        });
        let futures = [cancelled(), failed(), done(1)];
        let sorted = wait(futures, ReturnWhen::FirstException, Limit::NEVER);
        assert!(sorted.not_done.is_empty());
    });
}

#[test]
fn a_limit_sorts_what_there_is() {
    guarded(|| {
        let (_promise, pending) = promise();
        for when in [ReturnWhen::FirstException, ReturnWhen::AllCompleted] {
            let start = Instant::now();
            let futures = [&done(1), &pending];
            let sorted = wait(futures, when, SHORT);
            assert!(start.elapsed() >= SHORT);
            assert_eq!(sorted.ended, Err(WaitError::TimedOut));
            assert_eq!((sorted.done.len(), sorted.not_done.len()), (1, 1));
        }
        let token = CancelToken::new();
        token.cancel();
        let sorted = wait([done(1)], ReturnWhen::AllCompleted, &token);
        assert_eq!(sorted.ended, Err(WaitError::Cancelled));
        assert_eq!(sorted.done.len(), 1);
    });
}

/// A wait that is over leaves nothing with the futures that it waited for: else a loop of waits would grow.
#[test]
fn a_wait_that_is_over_is_forgotten() {
    guarded(|| {
        let ((promise, future), token) = (promise::<u32>(), Arc::new(Event::new()));
        for _ in 0..1000 {
            let _ = wait(
                [&future],
                ReturnWhen::FirstCompleted,
                std::time::Duration::ZERO,
            );
        }
        let event = token.clone();
        future.add_done_callback(move |_| event.set());
        assert_eq!(number(&future, "callbacks"), 1);
        assert_eq!(number(&future, "watchers"), 0);
        promise.set_result(1).unwrap();
        assert!(token.is_set());
    });
}

/// Many threads wait for futures that are completed at the same moment.
#[test]
fn completions_that_race_are_all_seen() {
    guarded(|| {
        let pool = pool_of(4);
        for _ in 0..50 {
            let go = Arc::new(Event::new());
            let futures: Vec<_> = (0..4)
                .map(|_| {
                    let go = go.clone();
                    pool.submit(move || go.wait()).unwrap()
                })
                .collect();
            go.set();
            let sorted = wait(futures, ReturnWhen::FirstException, Limit::NEVER);
            assert_eq!(sorted.done.len(), 4);
        }
    });
}

#[test]
fn futures_of_several_types_by_reference_and_with_keys() {
    guarded(|| {
        use threading::futures::Waitable;

        let (number, text) = (done(1), promise::<String>());
        let futures: [&dyn Waitable; 2] = [&number, &text.1];
        assert_eq!(
            wait(futures, ReturnWhen::FirstCompleted, LONG).done.len(),
            1
        );
        let sorted = wait([("key", number)], ReturnWhen::AllCompleted, LONG);
        assert_eq!(sorted.done[0].0, "key");
    });
}
