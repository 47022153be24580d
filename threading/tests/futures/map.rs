//! Maps.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use manyways_testkit::guarded;
use threading::futures::{MapError, Pending};
use threading::{CancelToken, Event, WaitError};

use super::{LONG, SHORT, await_number, number, occupy, pool_of};

#[test]
fn results_come_in_the_order_of_the_items() {
    guarded(|| {
        let pool = pool_of(3);
        let powers = pool.map(|(b, e)| u32::pow(b, e), (0..10).zip(0..10));
        let powers = powers.collect::<Result<Vec<_>, _>>().unwrap();
        assert!(
            powers
                .into_iter()
                .eq((0..10).zip(0..10).map(|(b, e)| u32::pow(b, e)))
        );
    });
}

#[test]
fn an_item_that_fails_is_an_error_in_its_place() {
    guarded(|| {
        let pool = pool_of(2);
        let quotients = pool.map(|(a, b): (u32, u32)| a / b, [(4, 2), (1, 0), (9, 3)]);
        let quotients: Vec<_> = quotients.collect();
        assert_eq!(*quotients[0].as_ref().unwrap(), 2);
        let error = quotients[1].as_ref().unwrap_err();
        assert!(
            error
                .panic_report()
                .unwrap()
                .message()
                .contains("divide by zero")
        );
        assert_eq!(*quotients[2].as_ref().unwrap(), 3);
    });
}

#[test]
fn the_limit_is_for_the_whole_and_cancels_the_rest() {
    guarded(|| {
        let (pool, ran) = (pool_of(1), Arc::new(AtomicUsize::new(0)));
        let (go, count) = (Arc::new(Event::new()), ran.clone());
        let event = go.clone();
        let map = pool.map(
            move |n| {
                count.fetch_add(1, Ordering::Relaxed);
                if n == 1 {
                    event.wait();
                }
                n
            },
            0..10,
        );
        // The limit counts from the call, and is for the one that waits.
        while ran.load(Ordering::Relaxed) < 2 {
            std::thread::yield_now();
        }
        let results: Vec<_> = map.timeout(SHORT).collect();
        assert_eq!(results.len(), 2);
        assert_eq!(*results[0].as_ref().unwrap(), 0);
        let over = results[1].as_ref().unwrap_err();
        assert!(matches!(over, MapError::Unfinished(WaitError::TimedOut)));
        go.set();
        drop(pool);
        assert_eq!(ran.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn a_token_ends_it() {
    guarded(|| {
        let (pool, token) = (pool_of(1), CancelToken::new());
        let mut map = pool.map(|n| n, 0..3).timeout(token.within(LONG));
        assert_eq!(map.next().unwrap().unwrap(), 0);
        token.cancel();
        let over = map.next().unwrap().unwrap_err();
        assert!(matches!(over, MapError::Unfinished(WaitError::Cancelled)));
        assert!(map.next().is_none());
    });
}

#[test]
fn all_is_submitted_before_a_result_is_asked_for() {
    guarded(|| {
        let (pool, finished) = (pool_of(2), Arc::new(Mutex::new(Vec::new())));
        let notes = finished.clone();
        let map = pool.map(move |n| notes.lock().unwrap().push(n), 0..10);
        pool.shutdown(Pending::Run);
        finished.lock().unwrap().sort_unstable();
        assert!(finished.lock().unwrap().iter().copied().eq(0..10));
        assert_eq!(map.count(), 10);
    });
}

/// An iterator that counts what was taken from it.
fn counted(taken: &Arc<AtomicUsize>) -> impl Iterator<Item = usize> + use<> {
    let taken = taken.clone();
    (0..).inspect(move |_| {
        taken.fetch_add(1, Ordering::Relaxed);
    })
}

#[test]
fn a_buffer_bounds_what_is_taken_ahead() {
    guarded(|| {
        let (pool, taken) = (pool_of(2), Arc::new(AtomicUsize::new(0)));
        let mut map = pool.map_buffered(3, |n| n * 2, counted(&taken));
        assert_eq!(taken.load(Ordering::Relaxed), 3);
        for n in 0..50 {
            assert_eq!(map.next().unwrap().unwrap(), n * 2);
            assert_eq!(taken.load(Ordering::Relaxed), n + 4);
        }
        assert_eq!(number(&map, "ahead"), 3);
    });
}

#[test]
fn without_a_buffer_an_item_is_taken_when_it_is_asked_for() {
    guarded(|| {
        let (pool, taken) = (pool_of(2), Arc::new(AtomicUsize::new(0)));
        let mut map = pool.map_buffered(0, |n| n, counted(&taken));
        assert_eq!(taken.load(Ordering::Relaxed), 0);
        assert_eq!(map.next().unwrap().unwrap(), 0);
        assert_eq!(map.next().unwrap().unwrap(), 1);
        assert_eq!(taken.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn an_empty_one_and_one_shorter_than_its_buffer() {
    guarded(|| {
        let pool = pool_of(1);
        assert_eq!(pool.map_buffered(5, |n: u32| n, []).count(), 0);
        let short = pool.map_buffered(5, |n| n, 0..3);
        assert_eq!(short.size_hint(), (1, Some(3)));
        assert_eq!(short.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2]);
    });
}

#[test]
fn after_a_shutdown_it_gives_what_was_taken_then_why_it_ends() {
    guarded(|| {
        let pool = pool_of(1);
        let mut map = pool.map_buffered(3, |n| n, 0..);
        pool.shutdown(Pending::Run);
        assert_eq!(map.next().unwrap().unwrap(), 0);
        assert_eq!(map.next().unwrap().unwrap(), 1);
        assert_eq!(map.next().unwrap().unwrap(), 2);
        let error = map.next().unwrap().unwrap_err();
        assert!(matches!(error, MapError::Refused(why) if why.is_shutdown()));
        assert!(map.next().is_none());
    });
}

#[test]
fn dropped_it_cancels_what_has_not_begun() {
    guarded(|| {
        let (pool, ran) = (pool_of(1), Arc::new(AtomicUsize::new(0)));
        let (go, blocker) = occupy(&pool);
        let count = ran.clone();
        let map = pool.map(move |_| count.fetch_add(1, Ordering::Relaxed), 0..10);
        drop(map);
        go.set();
        blocker.result().unwrap();
        await_number(&pool, "queued", 0);
        drop(pool);
        assert_eq!(ran.load(Ordering::Relaxed), 0);
    });
}
