//! Futures in the order in which they are done.

use manyways_testkit::guarded;
use threading::futures::{as_completed, as_completed_timeout, promise};
use threading::{CancelToken, WaitError};

use super::{SHORT, number, occupy, pool_of};

#[test]
fn first_those_that_are_done_then_each_when_it_is() {
    guarded(|| {
        let promised: Vec<_> = (0..4).map(|_| promise()).collect();
        let (mut promises, futures): (Vec<_>, Vec<_>) = promised.into_iter().unzip();
        promises.remove(2).set_result("third").unwrap();
        let mut completed = as_completed(futures);
        assert_eq!(completed.len(), 4);
        assert_eq!(completed.next().unwrap().result().unwrap(), "third");
        promises.remove(2).set_result("fourth").unwrap();
        promises.remove(0).set_result("first").unwrap();
        assert_eq!(completed.next().unwrap().result().unwrap(), "fourth");
        assert_eq!(completed.next().unwrap().result().unwrap(), "first");
        drop(promises);
        assert!(
            completed
                .next()
                .unwrap()
                .result()
                .unwrap_err()
                .is_abandoned()
        );
        assert!(completed.next().is_none());
    });
}

#[test]
fn it_waits_for_those_that_run() {
    guarded(|| {
        let pool = pool_of(2);
        let (go, slow) = occupy(&pool);
        let quick = pool.submit(|| ()).unwrap();
        let names: Vec<_> = as_completed([("slow", slow), ("quick", quick)])
            .map(|(name, future)| {
                go.set();
                future.result().unwrap();
                name
            })
            .collect();
        assert_eq!(names, ["quick", "slow"]);
    });
}

#[test]
fn the_limit_is_for_the_whole() {
    guarded(|| {
        let ((one, first), (_two, second)) = (promise(), promise::<u32>());
        let mut completed = as_completed_timeout([&first, &second], SHORT);
        one.set_result(1).unwrap();
        assert!(completed.next().unwrap().unwrap().done());
        assert_eq!(completed.next().unwrap().unwrap_err(), WaitError::TimedOut);
        assert!(completed.next().is_none());
        assert_eq!(completed.into_unfinished().len(), 1);
        assert_eq!(number(&second, "watchers"), 0);

        let token = CancelToken::new();
        token.cancel();
        let mut completed = as_completed_timeout([first], &token);
        assert_eq!(completed.next().unwrap().unwrap_err(), WaitError::Cancelled);
    });
}

#[test]
fn the_same_future_twice() {
    guarded(|| {
        let (promise, future) = promise();
        let completed = as_completed([&future, &future]);
        promise.set_result(1).unwrap();
        assert_eq!(completed.count(), 2);
    });
}

#[test]
fn dropped_it_is_forgotten() {
    guarded(|| {
        let (_promise, future) = promise::<u32>();
        let completed = as_completed([&future]);
        assert_eq!(number(&future, "watchers"), 1);
        assert!(format!("{completed:?}").contains("left: 1"));
        drop(completed);
        assert_eq!(number(&future, "watchers"), 0);
    });
}

#[test]
fn a_worker_does_what_nobody_has_begun() {
    guarded(|| {
        let pool = std::sync::Arc::new(pool_of(1));
        let inner = pool.clone();
        let sum = pool.submit(move || {
            let parts = (0..10).map(|n| inner.submit(move || n).unwrap());
            let parts: Vec<_> = parts.collect();
            as_completed(parts)
                .map(|part| part.result().unwrap())
                .sum::<u32>()
        });
        assert_eq!(sum.unwrap().result().unwrap(), 45);
    });
}
