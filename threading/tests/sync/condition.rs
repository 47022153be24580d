//! `Condition`, with both locks.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{CancelToken, Condition, Lock, RLock, WaitError};

use crate::support::await_shown;

#[test]
fn waiters_are_notified_in_the_order_in_which_they_came() {
    guarded(|| {
        let (order, condition) = (Lock::new(Vec::new()), Condition::new());
        thread::scope(|scope| {
            for place in 0..5 {
                let (order, condition) = (&order, &condition);
                scope.spawn(move || {
                    let mut order = order.lock();
                    condition.wait(&mut order);
                    order.push(place);
                });
                await_shown(condition, &format!("waiters: {}", place + 1));
            }
            for place in 0..5 {
                assert_eq!(condition.notify(&order.lock(), 1), 1);
                while order.lock().len() <= place {
                    thread::yield_now();
                }
            }
        });
        assert_eq!(order.into_inner(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn as_many_are_notified_as_were_asked_for() {
    guarded(|| {
        let (awake, condition) = (Lock::new(0), Condition::new());
        assert_eq!(condition.notify(&awake.lock(), 3), 0, "kept for nobody");
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let mut awake = awake.lock();
                    condition.wait(&mut awake);
                    *awake += 1;
                });
            }
            await_shown(&condition, "waiters: 6");
            let wake = |notify: &dyn Fn() -> usize, expected, in_all| {
                assert_eq!(notify(), expected);
                while *awake.lock() != in_all {
                    thread::yield_now();
                }
            };
            wake(&|| condition.notify(&awake.lock(), 0), 0, 0);
            wake(&|| condition.notify(&awake.lock(), 1), 1, 1);
            wake(&|| condition.notify(&awake.lock(), 2), 2, 3);
            wake(&|| condition.notify_all(&awake.lock()), 3, 6);
            assert_eq!(condition.notify_all(&awake.lock()), 0);
        });
    });
}

#[test]
fn a_wait_takes_the_lock_again_whatever_ends_it() {
    guarded(|| {
        let (lock, condition, token) = (Lock::new(0), Condition::new(), CancelToken::new());
        let mut guard = lock.lock();
        let (start, limit) = (Instant::now(), Duration::from_millis(20));
        let late = condition.wait_timeout(&mut guard, limit);
        assert_eq!(late, Err(WaitError::TimedOut));
        assert!(start.elapsed() >= limit);
        assert!(lock.try_lock().is_none());
        thread::scope(|scope| {
            scope.spawn(|| {
                drop(lock.lock());
                token.cancel();
            });
            let cancelled = condition.wait_timeout(&mut guard, &token);
            assert_eq!(cancelled, Err(WaitError::Cancelled));
        });
        assert!(lock.try_lock().is_none());
        let at_once = condition.wait_timeout(&mut guard, token.within(limit));
        assert_eq!(at_once, Err(WaitError::Cancelled));
    });
}

#[test]
fn wait_for_asks_first_after_each_notification_and_at_the_end() {
    guarded(|| {
        let (lock, condition) = (Lock::new(0), Condition::new());
        let mut asked = 0;
        condition.wait_for(&mut lock.lock(), |_| {
            asked += 1;
            true
        });
        assert_eq!(asked, 1);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let mut asked = 0;
                condition.wait_for(&mut lock.lock(), |value| {
                    asked += 1;
                    **value == 3
                });
                asked
            });
            for _ in 0..3 {
                await_shown(&condition, "waiters: 1");
                let mut value = lock.lock();
                *value += 1;
                condition.notify_all(&value);
            }
            assert_eq!(waiter.join().unwrap(), 4);
        });
        let mut asked = 0;
        let limit = Duration::from_millis(5);
        let late = condition.wait_for_timeout(&mut lock.lock(), limit, |_| {
            asked += 1;
            asked == 2
        });
        assert_eq!((late, asked), (Ok(()), 2), "the last answer counts");
        let late = condition.wait_for_timeout(&mut lock.lock(), limit, |_| false);
        assert_eq!(late, Err(WaitError::TimedOut));
    });
}

#[test]
fn the_limit_of_wait_for_is_for_the_whole() {
    guarded(|| {
        let (lock, condition) = (Lock::new(false), Condition::new());
        thread::scope(|scope| {
            let notifier = scope.spawn(|| {
                loop {
                    let stop = lock.lock();
                    if *stop {
                        break;
                    }
                    condition.notify_all(&stop);
                }
            });
            let mut guard = lock.lock();
            let limit = Duration::from_millis(50);
            let late = condition.wait_for_timeout(&mut guard, limit, |_| false);
            assert_eq!(late, Err(WaitError::TimedOut));
            *guard = true;
            drop(guard);
            notifier.join().unwrap();
        });
    });
}

#[test]
fn an_rlock_is_released_wholly_and_taken_as_often_again() {
    guarded(|| {
        let (lock, condition) = (RLock::new(AtomicUsize::new(0)), Condition::new());
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let outer = lock.lock();
                let mut inner = lock.lock();
                condition.wait_for(&mut inner, |value| value.load(Ordering::Relaxed) == 1);
                assert!(format!("{lock:?}").contains("count: 2"));
                drop(inner);
                assert!(lock.is_owned());
                drop(outer);
                assert!(!lock.is_owned());
            });
            await_shown(&condition, "waiters: 1");
            let guard = lock.lock();
            guard.store(1, Ordering::Relaxed);
            condition.notify(&guard, 1);
            drop(guard);
            waiter.join().unwrap();
        });
    });
}

#[test]
fn locks_that_were_acquired_by_hand() {
    guarded(|| {
        let (lock, rlock) = (Lock::new(()), RLock::new(()));
        let (condition, other) = (Condition::new(), Condition::new());
        thread::scope(|scope| {
            let waiters = [
                scope.spawn(|| {
                    lock.acquire();
                    condition.wait(&mut lock.held().unwrap());
                    lock.release().unwrap();
                }),
                scope.spawn(|| {
                    rlock.acquire();
                    rlock.acquire();
                    other.wait(&mut rlock.held().unwrap());
                    rlock.release().unwrap();
                    rlock.release().unwrap();
                }),
            ];
            await_shown(
                &(&condition, &other),
                "waiters: 1 }, Condition { waiters: 1",
            );
            lock.acquire();
            assert_eq!(condition.notify_all(&lock.held().unwrap()), 1);
            lock.release().unwrap();
            rlock.acquire();
            assert_eq!(other.notify_all(&rlock.held().unwrap()), 1);
            rlock.release().unwrap();
            for waiter in waiters {
                waiter.join().unwrap();
            }
        });
    });
}

#[test]
fn a_second_lock_at_the_same_time_is_a_panic() {
    guarded(|| {
        let (one, two, condition) = (Lock::new(()), Lock::new(()), Condition::new());
        thread::scope(|scope| {
            scope.spawn(|| condition.wait(&mut one.lock()));
            await_shown(&condition, "waiters: 1");
            let wrong: [&dyn Fn(); 2] = [&|| condition.wait(&mut two.lock()), &|| {
                assert_eq!(condition.notify(&two.lock(), 1), 0);
            }];
            for wrong in wrong {
                let panic = catch_unwind(AssertUnwindSafe(wrong)).unwrap_err();
                let message = panic.downcast_ref::<&str>().unwrap();
                assert!(message.contains("another one"), "{message}");
            }
            condition.notify(&one.lock(), 1);
        });
        let late = condition.wait_timeout(&mut two.lock(), Duration::ZERO);
        assert_eq!(late, Err(WaitError::TimedOut), "later it may be another");
    });
}

#[test]
fn a_wait_behind_a_guard_whose_lock_was_released_by_hand_is_a_panic() {
    guarded(|| {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let mut guard = lock.lock();
        lock.release().unwrap();
        let wait = AssertUnwindSafe(|| condition.wait(&mut guard));
        catch_unwind(wait).unwrap_err();
        await_shown(&condition, "waiters: 0");
        lock.acquire(); // For the guard to release.
    });
}

/// Producers and consumers whose waits time out all the time: each item comes out once.
#[test]
fn no_notification_is_lost_on_a_wait_that_times_out() {
    const ITEMS: usize = 3_000;
    guarded(|| {
        let (items, arrived, left) = (
            Lock::new(VecDeque::new()),
            Condition::new(),
            Condition::new(),
        );
        let taken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while taken.load(Ordering::Relaxed) < ITEMS {
                        let mut items = items.lock();
                        let brief = Duration::from_micros(30);
                        let _ =
                            arrived.wait_for_timeout(&mut items, brief, |items| !items.is_empty());
                        if items.pop_front().is_some() {
                            taken.fetch_add(1, Ordering::Relaxed);
                            left.notify(&items, 1);
                        }
                    }
                });
            }
            for item in 0..ITEMS {
                let mut items = items.lock();
                left.wait_for(&mut items, |items| items.len() < 4);
                items.push_back(item);
                arrived.notify(&items, 1);
            }
        });
        assert_eq!(taken.into_inner(), ITEMS);
    });
}
