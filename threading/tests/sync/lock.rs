//! `Lock`, with guards and by hand. The cases that all locks share are in the contract suite.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{CancelToken, Lock, WaitError};

use crate::support::{assert_place, await_shown};

#[test]
fn threads_exclude_each_other() {
    guarded(|| {
        let (total, inside) = (Lock::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        let mut total = total.lock();
                        assert!(!inside.swap(true, Ordering::Relaxed));
                        *total += 1;
                        inside.store(false, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(total.into_inner(), 20_000);
    });
}

#[test]
fn what_is_held_cannot_be_taken_and_what_is_free_can() {
    guarded(|| {
        let mut lock = Lock::new(1);
        assert!(!lock.locked());
        let guard = lock.lock();
        assert!(lock.locked());
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(lock.try_lock().is_some_and(|data| *data == 1));
        *lock.get_mut() = 2;
        assert_eq!(lock.into_inner(), 2);
    });
}

#[test]
fn a_time_limit_ends_a_wait() {
    guarded(|| {
        let lock = Lock::new(());
        let guard = lock.lock();
        let (start, limit) = (Instant::now(), Duration::from_millis(20));
        assert_eq!(lock.lock_timeout(limit).err(), Some(WaitError::TimedOut));
        assert!(start.elapsed() >= limit);
        let late = lock.lock_timeout(Instant::now() + limit).err();
        assert_eq!(late, Some(WaitError::TimedOut));
        drop(guard);
        assert!(lock.lock_timeout(Duration::ZERO).is_ok());
        assert!(lock.lock_timeout(Duration::MAX).is_ok());
    });
}

#[test]
fn a_token_ends_a_wait_and_forbids_more() {
    guarded(|| {
        let (lock, token) = (Lock::new(()), CancelToken::new());
        let guard = lock.lock();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| lock.lock_timeout(&token).err());
            await_shown(&lock, "waiters: 1");
            token.cancel();
            assert_eq!(waiter.join().unwrap(), Some(WaitError::Cancelled));
        });
        drop(guard);
        assert_eq!(lock.lock_timeout(&token).err(), Some(WaitError::Cancelled));
        assert!(!lock.locked());
    });
}

#[test]
fn waiters_get_it_one_after_the_other() {
    guarded(|| {
        let lock = Lock::new(0);
        let guard = lock.lock();
        thread::scope(|scope| {
            for place in 1..=5 {
                let lock = &lock;
                scope.spawn(move || *lock.lock() += 1);
                await_shown(lock, &format!("waiters: {place}"));
            }
            drop(guard);
        });
        assert_eq!(*lock.lock(), 5);
        await_shown(&lock, "waiters: 0");
    });
}

/// A thread that takes the lock again the moment it has released it does not keep it for itself.
#[test]
fn one_that_waits_gets_its_turn() {
    guarded(|| {
        let (lock, done) = (Lock::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            let greedy = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let mut turns = lock.lock();
                    let end = Instant::now() + Duration::from_micros(100);
                    while Instant::now() < end {}
                    *turns += 1;
                }
            });
            for _ in 0..20 {
                drop(lock.lock());
            }
            done.store(true, Ordering::Relaxed);
            greedy.join().unwrap();
        });
    });
}

#[test]
fn any_thread_may_release_by_hand() {
    guarded(|| {
        let lock = Lock::new(());
        lock.acquire();
        thread::scope(|scope| {
            scope.spawn(|| lock.release().unwrap());
            lock.acquire();
            assert!(!lock.try_acquire());
            scope.spawn(|| {
                assert_eq!(lock.acquire_timeout(Duration::MAX), Ok(()));
                lock.release().unwrap();
            });
            lock.release().unwrap();
        });
        assert!(lock.try_acquire());
        lock.release().unwrap();
    });
}

#[test]
fn a_release_of_a_free_lock_is_an_error_that_names_the_line() {
    guarded(|| {
        let lock = Lock::new(());
        let misuse = lock.release().unwrap_err();
        assert_place(misuse, 1);
        let misuse = lock.held().unwrap_err();
        assert_place(misuse, 1);
        assert!(lock.try_acquire(), "nothing was changed");
        assert!(lock.held().is_ok());
        lock.release().unwrap();
        lock.release().unwrap_err();
    });
}

#[test]
fn a_guard_whose_lock_was_released_by_hand_panics() {
    guarded(|| {
        let lock = Lock::new(());
        let guard = lock.lock();
        lock.release().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| drop(guard))).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(message.contains("released by hand"), "{message}");
        assert!(!lock.locked());
    });
}

#[test]
fn a_panic_releases_and_poisons() {
    guarded(|| {
        let lock = Lock::new(0);
        thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let mut data = lock.lock();
                *data = 1;
                panic!("half-way");
            });
            holder.join().unwrap_err();
        });
        assert!(lock.is_poisoned() && !lock.locked());
        for _ in 0..2 {
            assert_eq!(*lock.lock(), 1, "it can be taken all the same");
            assert!(lock.try_lock().is_some());
            assert!(lock.lock_timeout(Duration::ZERO).is_ok());
        }
        assert!(format!("{lock:?}").contains("poisoned: true"));
        lock.clear_poison();
        drop(lock.lock());
        assert!(!lock.is_poisoned());
    });
}

#[test]
fn a_poisoned_lock_still_wakes_its_waiters() {
    guarded(|| {
        let lock = Lock::new(0);
        let guard = lock.lock();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| *lock.lock());
            await_shown(&lock, "waiters: 1");
            let poisons = catch_unwind(AssertUnwindSafe(|| {
                let _guard = guard;
                panic!("half-way");
            }));
            poisons.unwrap_err();
            assert_eq!(waiter.join().unwrap(), 0);
        });
        assert!(lock.is_poisoned());
    });
}

#[test]
fn a_lock_taken_and_released_while_panicking_is_not_poisoned() {
    struct Cleanup<'a>(&'a Lock<u32>);
    impl Drop for Cleanup<'_> {
        fn drop(&mut self) {
            *self.0.lock() += 1;
        }
    }
    guarded(|| {
        let lock = Lock::new(0);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _cleanup = Cleanup(&lock);
            panic!("elsewhere");
        }));
        panic.unwrap_err();
        assert!(!lock.is_poisoned());
        assert_eq!(*lock.lock(), 1);
    });
}

#[test]
fn data_without_a_size() {
    guarded(|| {
        let lock: Box<Lock<[u8]>> = Box::new(Lock::new([1, 2, 3]));
        lock.lock()[0] = 7;
        assert_eq!(&*lock.lock(), [7, 2, 3]);
    });
}

#[test]
fn debug_shows_live_numbers() {
    guarded(|| {
        let lock = Lock::new(5);
        assert_eq!(
            format!("{lock:?}"),
            "Lock { data: 5, locked: false, waiters: 0, poisoned: false }"
        );
        let guard = lock.lock();
        assert_eq!(
            format!("{lock:?} {guard:?} {guard}"),
            "Lock { data: <locked>, locked: true, waiters: 0, poisoned: false } 5 5"
        );
    });
}

/// Timed waits that give up at the moment of a release, for a while.
#[test]
fn nothing_is_lost_between_releases_and_time_outs() {
    guarded(|| {
        let lock = Lock::new(0_u32);
        let taken: u32 = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let lock = &lock;
                    scope.spawn(move || {
                        let mut taken = 0;
                        for round in 0..2_000 {
                            let limit = Duration::from_micros((thread * 7 + round) % 40);
                            if let Ok(mut total) = lock.lock_timeout(limit) {
                                *total += 1;
                                taken += 1;
                            }
                        }
                        taken
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(*lock.lock(), taken);
        assert!(taken > 0);
        await_shown(&lock, "waiters: 0");
    });
}
