//! `Event`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{CancelToken, Event, WaitError};

use crate::support::await_shown;

#[test]
fn it_stays_set_until_it_is_cleared() {
    guarded(|| {
        let event = Event::default();
        assert!(!event.is_set());
        event.clear();
        for _ in 0..2 {
            event.set();
            event.set();
            assert!(event.is_set());
            event.wait();
            assert_eq!(event.wait_timeout(Duration::ZERO), Ok(()));
            event.clear();
            assert!(!event.is_set());
            let late = event.wait_timeout(Duration::ZERO);
            assert_eq!(late, Err(WaitError::TimedOut));
        }
    });
}

#[test]
fn setting_lets_all_go() {
    guarded(|| {
        let event = Event::new();
        thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| event.wait());
            }
            await_shown(&event, "set: false, waiters: 5");
            event.set();
        });
        assert_eq!(format!("{event:?}"), "Event { set: true, waiters: 0 }");
    });
}

/// CPython's `test_set_and_clear`: who waited when it was set returns, though it is cleared at once.
#[test]
fn clearing_at_once_keeps_nobody_back() {
    guarded(|| {
        let event = Event::new();
        for _ in 0..100 {
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| event.wait());
                }
                await_shown(&event, "waiters: 3");
                event.set();
                event.clear();
            });
            assert!(!event.is_set());
        }
    });
}

#[test]
fn limits_end_waits() {
    guarded(|| {
        let (event, token) = (Event::new(), CancelToken::new());
        let (start, limit) = (Instant::now(), Duration::from_millis(20));
        assert_eq!(event.wait_timeout(limit), Err(WaitError::TimedOut));
        assert!(start.elapsed() >= limit);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| event.wait_timeout(token.within(Duration::MAX)));
            await_shown(&event, "waiters: 1");
            token.cancel();
            assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
        });
        event.set();
        assert_eq!(event.wait_timeout(&token), Err(WaitError::Cancelled));
        assert!(!event.is_set() || event.wait_timeout(limit).is_ok());
    });
}

/// What was done before a set is seen after the clear that undoes it, so that "wait, clear, look" misses nothing.
#[test]
fn wait_clear_look_misses_nothing() {
    guarded(|| {
        let (event, work) = (Event::new(), AtomicUsize::new(0));
        let all = 20_000;
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..all / 2 {
                        work.fetch_add(1, Ordering::Relaxed);
                        event.set();
                    }
                });
            }
            let mut seen = 0;
            while seen < all {
                event.wait();
                event.clear();
                seen = work.load(Ordering::Relaxed);
            }
        });
    });
}
