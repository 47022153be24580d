//! `Semaphore` and `BoundedSemaphore`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{BoundedSemaphore, CancelToken, Semaphore, WaitError};

use crate::support::{assert_place, await_shown};

#[test]
fn permits_are_taken_and_added() {
    guarded(|| {
        let semaphore = Semaphore::new(2);
        semaphore.acquire();
        assert!(semaphore.try_acquire());
        assert!(!semaphore.try_acquire());
        assert!(semaphore.try_permit().is_none());
        semaphore.release();
        semaphore.release_many(3).unwrap();
        assert_eq!(semaphore.permits(), 4);
        let permit = semaphore.permit();
        assert_eq!(semaphore.permits(), 3);
        drop(permit);
        semaphore.try_permit().unwrap().forget();
        let permit = semaphore.permit_timeout(Duration::ZERO).unwrap();
        assert_eq!(semaphore.permits(), 2);
        drop(permit);
        assert_eq!(
            format!("{semaphore:?}"),
            "Semaphore { permits: 3, waiters: 0 }"
        );
    });
}

#[test]
fn as_many_go_on_as_there_are_permits() {
    guarded(|| {
        let (semaphore, passed) = (Semaphore::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    semaphore.acquire();
                    passed.fetch_add(1, Ordering::Relaxed);
                });
            }
            await_shown(&semaphore, "waiters: 6");
            for (count, in_all) in [(1, 1), (2, 3), (3, 6)] {
                semaphore.release_many(count).unwrap();
                while passed.load(Ordering::Relaxed) < in_all {
                    thread::yield_now();
                }
                await_shown(&semaphore, &format!("permits: 0, waiters: {}", 6 - in_all));
            }
        });
        assert_eq!(passed.into_inner(), 6);
    });
}

#[test]
fn no_more_are_inside_than_permits() {
    guarded(|| {
        let (semaphore, inside) = (Semaphore::new(3), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let _permit = semaphore.permit();
                        assert!(inside.fetch_add(1, Ordering::Relaxed) < 3);
                        inside.fetch_sub(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(semaphore.permits(), 3);
    });
}

#[test]
fn limits_end_waits() {
    guarded(|| {
        let (semaphore, token) = (Semaphore::new(0), CancelToken::new());
        let (start, limit) = (Instant::now(), Duration::from_millis(20));
        assert_eq!(semaphore.acquire_timeout(limit), Err(WaitError::TimedOut));
        assert!(start.elapsed() >= limit);
        thread::scope(|scope| {
            let waiter = scope.spawn(|| semaphore.acquire_timeout(&token));
            await_shown(&semaphore, "waiters: 1");
            token.cancel();
            assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
        });
        semaphore.release();
        assert_eq!(semaphore.acquire_timeout(&token), Err(WaitError::Cancelled));
        assert_eq!(semaphore.acquire_timeout(limit), Ok(()));
    });
}

#[test]
fn one_that_waits_gets_its_turn() {
    guarded(|| {
        let (semaphore, turns) = (Semaphore::new(1), AtomicUsize::new(0));
        thread::scope(|scope| {
            let greedy = scope.spawn(|| {
                while turns.load(Ordering::Relaxed) < 20 {
                    let _permit = semaphore.permit();
                    let end = Instant::now() + Duration::from_micros(100);
                    while Instant::now() < end {}
                }
            });
            while turns.fetch_add(1, Ordering::Relaxed) < 20 {
                drop(semaphore.permit());
            }
            greedy.join().unwrap();
        });
    });
}

#[test]
fn nothing_is_lost_between_releases_and_time_outs() {
    guarded(|| {
        let semaphore = Semaphore::new(2);
        thread::scope(|scope| {
            for thread in 0..4 {
                let semaphore = &semaphore;
                scope.spawn(move || {
                    for round in 0..2_000 {
                        let limit = Duration::from_micros((thread * 7 + round) % 40);
                        drop(semaphore.permit_timeout(limit));
                    }
                });
            }
        });
        assert_eq!(
            format!("{semaphore:?}"),
            "Semaphore { permits: 2, waiters: 0 }"
        );
        assert!(semaphore.try_acquire());
    });
}

#[test]
fn wrong_numbers_are_errors_that_name_the_line() {
    guarded(|| {
        let semaphore = Semaphore::new(1);
        let misuse = semaphore.release_many(0).unwrap_err();
        assert_place(misuse, 1);
        let misuse = semaphore.release_many(usize::MAX).unwrap_err();
        assert_place(misuse, 1);
        assert_eq!(semaphore.permits(), 1);
        let too_many = catch_unwind(|| Semaphore::new(usize::MAX));
        too_many.unwrap_err();
    });
}

#[test]
fn a_bounded_semaphore_notices_a_release_too_many() {
    guarded(|| {
        let semaphore = BoundedSemaphore::new(2);
        let misuse = semaphore.release().unwrap_err();
        assert_place(misuse, 1);
        assert!(semaphore.try_acquire());
        let misuse = semaphore.release_many(2).unwrap_err();
        assert_place(misuse, 1);
        assert_eq!(semaphore.permits(), 1, "none was added");
        assert_eq!(semaphore.acquire_timeout(Duration::ZERO), Ok(()));
        semaphore.release_many(2).unwrap();
        assert_eq!((semaphore.permits(), semaphore.bound()), (2, 2));
        assert_eq!(
            format!("{semaphore:?}"),
            "BoundedSemaphore { permits: 2, bound: 2, waiters: 0 }"
        );
    });
}

#[test]
fn permits_of_a_bounded_semaphore_come_back() {
    guarded(|| {
        let semaphore = BoundedSemaphore::new(1);
        let permit = semaphore.permit();
        assert!(semaphore.try_permit().is_none());
        let late = semaphore.permit_timeout(Duration::from_millis(1));
        assert_eq!(late.err(), Some(WaitError::TimedOut));
        drop(permit);
        let permit = semaphore.try_permit().unwrap();
        semaphore.release().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| drop(permit))).unwrap_err();
        assert!(panic.downcast_ref::<&str>().unwrap().contains("by hand"));
    });
}
