//! `RLock`, with guards and by hand.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use threading::{CancelToken, RLock, WaitError};

use crate::support::{assert_place, await_shown};

#[test]
fn its_holder_takes_it_again_and_others_wait_for_the_last_release() {
    guarded(|| {
        let lock = RLock::new(RefCell::new(Vec::new()));
        thread::scope(|scope| {
            let outer = lock.lock();
            let inner = lock.try_lock().unwrap();
            let timed = lock.lock_timeout(Duration::ZERO).unwrap();
            let other = scope.spawn(|| lock.lock().borrow_mut().push("other"));
            await_shown(&lock, "waiters: 1");
            drop(outer);
            timed.borrow_mut().push("holder");
            drop(timed);
            assert!(lock.is_owned());
            inner.borrow_mut().push("holder");
            drop(inner);
            other.join().unwrap();
        });
        assert!(!lock.is_owned() && !lock.locked());
        assert_eq!(
            lock.into_inner().into_inner(),
            ["holder", "holder", "other"]
        );
    });
}

#[test]
fn threads_exclude_each_other() {
    guarded(|| {
        let total = RLock::new(Cell::new(0));
        let add = || {
            let total = total.lock();
            total.set(total.get() + 1);
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let _outer = total.lock();
                        add();
                        add();
                    }
                });
            }
        });
        assert_eq!(total.lock().get(), 16_000);
    });
}

#[test]
fn others_are_refused() {
    guarded(|| {
        let (lock, token) = (RLock::new(()), CancelToken::new());
        let _guard = lock.lock();
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(lock.locked() && !lock.is_owned());
                assert!(lock.try_lock().is_none());
                assert!(!lock.try_acquire());
                let late = lock.lock_timeout(Duration::from_millis(5)).err();
                assert_eq!(late, Some(WaitError::TimedOut));
            });
            let waiter = scope.spawn(|| lock.acquire_timeout(&token));
            await_shown(&lock, "waiters: 1");
            token.cancel();
            assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
        });
    });
}

#[test]
fn by_hand_only_the_holder_releases() {
    guarded(|| {
        let lock = RLock::new(());
        lock.acquire();
        assert!(lock.try_acquire());
        assert_eq!(lock.acquire_timeout(Duration::ZERO), Ok(()));
        thread::scope(|scope| {
            scope.spawn(|| {
                let misuse = lock.release().unwrap_err();
                assert_place(misuse, 1);
                let misuse = lock.held().unwrap_err();
                assert_place(misuse, 1);
            });
        });
        for _ in 0..3 {
            assert!(lock.held().is_ok());
            lock.release().unwrap();
        }
        let misuse = lock.release().unwrap_err();
        assert_place(misuse, 1);
    });
}

#[test]
fn a_guard_whose_lock_was_released_by_hand_panics() {
    guarded(|| {
        let lock = RLock::new(());
        let guard = lock.lock();
        lock.release().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| drop(guard))).unwrap_err();
        assert!(panic.downcast_ref::<&str>().unwrap().contains("by hand"));
    });
}

#[test]
fn a_panic_releases_and_poisons() {
    guarded(|| {
        let lock = RLock::new(());
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _outer = lock.lock();
            let _inner = lock.lock();
            panic!("half-way");
        }));
        panic.unwrap_err();
        assert!(lock.is_poisoned() && !lock.locked());
        lock.clear_poison();
        assert!(!lock.is_poisoned());
    });
}

#[test]
fn debug_shows_live_numbers() {
    guarded(|| {
        let mut lock = RLock::new(5);
        *lock.get_mut() = 6;
        let guards = [lock.lock(), lock.lock()];
        let me = threading::get_ident();
        assert_eq!(
            format!("{lock:?} {guards:?}"),
            format!(
                "RLock {{ data: 6, owner: {me}, count: 2, waiters: 0, poisoned: false }} [6, 6]"
            )
        );
    });
}
