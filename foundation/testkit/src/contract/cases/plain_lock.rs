//! What a lock must do that is taken once and released by anyone: CPython's `LockTests`.

use std::sync::Arc;

use super::BRIEF;
use crate::contract::{Counter, Crew, Lock, Refusal, World};

/// Its holder, too, waits for it until someone releases it (`LockTests.test_reacquire`).
pub fn reacquire<W: World, L: Lock>() {
    let (lock, passed) = (Arc::new(L::new()), Counter::new());
    let crew = Crew::<W>::start(1, {
        let (lock, passed) = (Arc::clone(&lock), passed.clone());
        move |_| {
            for _ in 0..2 {
                lock.acquire().unwrap();
                passed.add();
            }
        }
    });
    crew.settle();
    assert_eq!(passed.get(), 1);
    lock.release().unwrap();
    crew.join();
    assert_eq!(passed.get(), 2);
    lock.release().unwrap();
}

/// Its holder, too, is refused it when it may not wait.
pub fn try_reacquire<W: World, L: Lock>() {
    let lock = L::new();
    lock.acquire().unwrap();
    assert_eq!(lock.try_acquire(), Err(Refusal::WouldBlock));
    lock.release().unwrap();
    assert!(!lock.locked());
}

/// Another worker may release it (`LockTests.test_different_thread`).
pub fn different_thread<W: World, L: Lock>() {
    let lock = Arc::new(L::new());
    lock.acquire().unwrap();
    let released = Arc::clone(&lock);
    Crew::<W>::start(1, move |_| released.release().unwrap()).join();
    assert!(!lock.locked());
    lock.acquire().unwrap();
    lock.release().unwrap();
}

/// A wait that ended at its limit leaves it as it was (`LockTests.test_state_after_timeout`).
pub fn state_after_timeout<W: World, L: Lock>() {
    let lock = L::new();
    lock.acquire().unwrap();
    assert_eq!(lock.acquire_timeout(BRIEF / 4), Err(Refusal::TimedOut));
    assert!(lock.locked());
    lock.release().unwrap();
    assert!(!lock.locked());
    lock.try_acquire().unwrap();
}

/// To release it while it is free is refused, and leaves it free and usable
/// (`ThreadingExceptionTests.test_releasing_unacquired_lock`).
pub fn release_unacquired<W: World, L: Lock>() {
    let lock = L::new();
    for _ in 0..2 {
        assert_eq!(lock.release(), Err(Refusal::NotHeld));
        assert!(!lock.locked());
        lock.acquire().unwrap();
        assert_eq!(lock.try_acquire(), Err(Refusal::WouldBlock));
        lock.release().unwrap();
    }
}
