//! What a lock must do that its holder may take again: CPython's `RLockTests`.

use std::sync::Arc;

use super::EVER;
use crate::contract::{Counter, Crew, Gate, RLock, Refusal, World};

/// Its holder takes it again without waiting, and it is free after as many releases
/// (`RLockTests.test_reacquire`).
pub fn reacquire<W: World, L: RLock>() {
    let lock = L::new();
    lock.acquire().unwrap();
    lock.acquire().unwrap();
    lock.try_acquire().unwrap();
    lock.acquire_timeout(EVER).unwrap();
    for _ in 0..4 {
        assert!(lock.locked());
        lock.release().unwrap();
    }
    assert!(!lock.locked());
}

/// To release it while it is free is refused, also after it was held
/// (`RLockTests.test_release_unacquired`).
pub fn release_unacquired<W: World, L: RLock>() {
    let lock = L::new();
    assert_eq!(lock.release(), Err(Refusal::NotHeld));
    for (acquire, release) in [(2, 1), (1, 2)] {
        (0..acquire).for_each(|_| lock.acquire().unwrap());
        (0..release).for_each(|_| lock.release().unwrap());
    }
    assert_eq!(lock.release(), Err(Refusal::NotHeld));
    assert!(!lock.locked());
}

/// The count is that of the calling worker alone (`RLockTests.test_recursion_count`,
/// `test__is_owned`).
pub fn recursion_count<W: World, L: RLock>() {
    let (lock, looks, gate) = (Arc::new(L::new()), Counter::new(), Gate::new());
    assert_eq!(lock.recursion_count(), 0);
    for count in 1..=3 {
        lock.acquire().unwrap();
        assert_eq!(lock.recursion_count(), count);
    }
    let crew = Crew::<W>::start(1, {
        let (lock, looks, gate) = (Arc::clone(&lock), looks.clone(), gate.clone());
        move |_| {
            assert_eq!(lock.recursion_count(), 0);
            looks.add();
            lock.acquire().unwrap();
            assert_eq!(lock.recursion_count(), 1);
            looks.add();
            gate.pass();
            lock.release().unwrap();
        }
    });
    looks.wait_for(1);
    for count in (0..3).rev() {
        assert_eq!(
            looks.get(),
            1,
            "the worker passes a lock that is held still"
        );
        lock.release().unwrap();
        assert_eq!(lock.recursion_count(), count);
    }
    looks.wait_for(2);
    assert_eq!(lock.recursion_count(), 0);
    assert!(lock.locked());
    gate.open();
    crew.join();
}

/// Only its holder may release it (`RLockTests.test_different_thread`).
pub fn different_thread<W: World, L: RLock>() {
    let (lock, held, gate) = (Arc::new(L::new()), Gate::new(), Gate::new());
    let crew = Crew::<W>::start(1, {
        let (lock, held, gate) = (Arc::clone(&lock), held.clone(), gate.clone());
        move |_| {
            lock.acquire().unwrap();
            held.open();
            gate.pass();
            lock.release().unwrap();
        }
    });
    held.pass();
    assert_eq!(lock.release(), Err(Refusal::NotHeld));
    assert_eq!(lock.try_acquire(), Err(Refusal::WouldBlock));
    gate.open();
    crew.join();
    assert!(!lock.locked());
}

/// Who waits gets it after the last of the holder's releases and not before.
pub fn last_release<W: World, L: RLock>() {
    let (lock, passed) = (Arc::new(L::new()), Counter::new());
    lock.acquire().unwrap();
    lock.acquire().unwrap();
    let crew = Crew::<W>::start(1, {
        let (lock, passed) = (Arc::clone(&lock), passed.clone());
        move |_| {
            lock.acquire().unwrap();
            passed.add();
            lock.release().unwrap();
        }
    });
    crew.settle();
    lock.release().unwrap();
    crew.settle();
    assert_eq!(passed.get(), 0);
    lock.release().unwrap();
    crew.join();
    assert_eq!(passed.get(), 1);
}

/// Guards nest, and the outermost gives the lock back.
pub fn nested_with<W: World, L: RLock>() {
    let lock = L::new();
    let inside = lock.with(|| lock.with(|| lock.recursion_count()));
    assert_eq!(inside, 2);
    assert!(!lock.locked());
}
