//! The locks under loom. `wait::model` says how to run it.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::{Lock, RLock};
use crate::wait::{CancelToken, WaitError};

/// At most so many preemptions: the whole space takes hours.
fn bounded(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// After all threads are done: nobody is in line, and the lock works.
fn is_idle(lock: &Lock<u32>) -> bool {
    lock.raw.waiters() == 0 && lock.try_lock().is_some()
}

#[test]
fn two_threads_exclude_each_other() {
    bounded(4, || {
        let lock = Arc::new(Lock::new(0));
        let other = {
            let lock = lock.clone();
            thread::spawn(move || *lock.lock() += 1)
        };
        *lock.lock() += 1;
        other.join().unwrap();
        assert_eq!(*lock.lock(), 2);
        assert!(is_idle(&lock));
    });
}

/// With three, one that was woken is beaten by one that comes later, and is handed the lock.
#[test]
fn three_threads_wake_and_hand_over() {
    bounded(2, || {
        let lock = Arc::new(Lock::new(0));
        let others = [(); 2].map(|()| {
            let lock = lock.clone();
            thread::spawn(move || *lock.lock() += 1)
        });
        for _ in 0..2 {
            *lock.lock() += 1;
        }
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(*lock.lock(), 4);
        assert!(is_idle(&lock));
    });
}

/// One gives up at any moment, and the one behind it in line gets the lock.
#[test]
fn one_that_gives_up_takes_no_wake_up_with_it() {
    bounded(2, || {
        let lock = Arc::new(Lock::new(0));
        let guard = lock.lock();
        let brief = {
            let lock = lock.clone();
            thread::spawn(move || match lock.lock_timeout(Duration::ZERO) {
                Ok(mut guard) => *guard += 1,
                Err(why) => assert_eq!(why, WaitError::TimedOut),
            })
        };
        let lasting = {
            let lock = lock.clone();
            thread::spawn(move || *lock.lock() += 10)
        };
        drop(guard);
        brief.join().unwrap();
        lasting.join().unwrap();
        assert!(*lock.lock() >= 10);
        assert!(is_idle(&lock));
    });
}

#[test]
fn a_cancelled_wait_returns_while_the_lock_stays_held() {
    bounded(3, || {
        let (lock, token) = (Arc::new(Lock::new(0)), CancelToken::new());
        let guard = lock.lock();
        let waiter = {
            let (lock, token) = (lock.clone(), token.clone());
            thread::spawn(move || lock.lock_timeout(&token).map(drop))
        };
        token.cancel();
        assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
        drop(guard);
        assert!(is_idle(&lock));
    });
}

#[test]
fn a_reentrant_lock_excludes_others_until_its_last_release() {
    bounded(3, || {
        let lock = Arc::new(RLock::new(std::cell::Cell::new(0)));
        let twice = |lock: &RLock<std::cell::Cell<u32>>| {
            let outer = lock.lock();
            let before = outer.get();
            let inner = lock.lock();
            inner.set(before + 1);
            drop(outer);
            inner.set(before + 2);
        };
        let other = {
            let lock = lock.clone();
            thread::spawn(move || twice(&lock))
        };
        twice(&lock);
        other.join().unwrap();
        assert_eq!(lock.lock().get(), 4);
    });
}
