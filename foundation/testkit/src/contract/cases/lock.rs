//! What locks of both kinds must do: CPython's `BaseLockTests`.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BRIEF, EVER, HANDS, quiet_panic, tells, tiny};
use crate::contract::{Counter, Crew, Lock, Refusal, Register, World};

/// A new lock is free (`BaseLockTests.test_constructor`).
pub fn constructor<W: World, L: Lock>() {
    assert!(!L::new().locked());
}

/// `Debug` tells whether it is held (`BaseLockTests.test_repr`, `test_locked_repr`).
pub fn debug<W: World, L: Lock>() {
    let lock = L::new();
    tells(&lock, "held", || lock.acquire().unwrap());
}

/// A lock that is held may be destroyed (`BaseLockTests.test_acquire_destroy`).
pub fn acquire_destroy<W: World, L: Lock>() {
    let lock = L::new();
    lock.acquire().unwrap();
    drop(lock);
}

/// It is held from `acquire` to `release`, again and again (`BaseLockTests.test_acquire_release`).
pub fn acquire_release<W: World, L: Lock>() {
    let lock = L::new();
    for _ in 0..3 {
        lock.acquire().unwrap();
        assert!(lock.locked());
        lock.release().unwrap();
        assert!(!lock.locked());
    }
}

/// A free lock can be had without waiting (`BaseLockTests.test_try_acquire`).
pub fn try_acquire<W: World, L: Lock>() {
    let lock = L::new();
    for _ in 0..3 {
        lock.try_acquire().unwrap();
        assert!(lock.locked());
        lock.release().unwrap();
    }
}

/// A worker that may not wait is refused a lock that another holds
/// (`BaseLockTests.test_try_acquire_contended`).
pub fn try_acquire_contended<W: World, L: Lock>() {
    let lock = Arc::new(L::new());
    lock.acquire().unwrap();
    let tries = Arc::clone(&lock);
    Crew::<W>::start(1, move |_| {
        assert_eq!(tries.try_acquire(), Err(Refusal::WouldBlock));
    })
    .join();
    assert!(lock.locked());
    lock.release().unwrap();
}

/// Nobody passes a lock that is held, and all do, one after the other, once it is released
/// (`BaseLockTests.test_acquire_contended`).
pub fn acquire_contended<W: World, L: Lock>() {
    let (lock, passed) = (Arc::new(L::new()), Counter::new());
    lock.acquire().unwrap();
    let crew = Crew::<W>::start(HANDS, {
        let (lock, passed) = (Arc::clone(&lock), passed.clone());
        move |_| {
            lock.acquire().unwrap();
            passed.add();
            lock.release().unwrap();
        }
    });
    crew.settle();
    assert_eq!(passed.get(), 0);
    lock.release().unwrap();
    crew.join();
    assert_eq!(passed.get(), HANDS);
    assert!(!lock.locked());
}

/// One worker at a time is between `acquire` and `release`.
pub fn mutual_exclusion<W: World, L: Lock>() {
    const ROUNDS: u32 = 100;
    let (lock, sum) = (Arc::new(L::new()), Register::new());
    let crew = Crew::<W>::start(HANDS, {
        let (lock, sum) = (Arc::clone(&lock), sum.clone());
        move |_| {
            for _ in 0..ROUNDS {
                lock.acquire().unwrap();
                sum.add_slowly();
                lock.release().unwrap();
            }
        }
    });
    crew.join();
    assert_eq!(sum.get(), HANDS * ROUNDS);
}

/// A guard releases the lock at its end, and also when a panic passes it
/// (`BaseLockTests.test_with`).
pub fn with<W: World, L: Lock>() {
    let lock = Arc::new(L::new());
    assert!(lock.with(|| lock.locked()));
    assert_others_get::<W, L>(&lock);
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| lock.with(quiet_panic)));
    assert!(panicked.is_err());
    assert_others_get::<W, L>(&lock);
}

/// A limited wait ends at its limit without the lock, and takes a free lock at once, however long
/// the limit (`BaseLockTests.test_timeout`).
pub fn timeout<W: World, L: Lock>() {
    let lock = Arc::new(L::new());
    for limit in [Duration::ZERO, EVER, Duration::MAX] {
        lock.acquire_timeout(limit).unwrap();
        assert!(lock.locked());
        lock.release().unwrap();
    }
    lock.acquire().unwrap();
    let waits = Arc::clone(&lock);
    Crew::<W>::start(1, move |_| {
        assert_eq!(
            waits.acquire_timeout(Duration::ZERO),
            Err(Refusal::TimedOut)
        );
        let begin = Instant::now();
        assert_eq!(waits.acquire_timeout(BRIEF), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= BRIEF);
    })
    .join();
    lock.release().unwrap();
    assert_others_get::<W, L>(&lock);
}

/// A limited wait gets a lock that is released in time.
pub fn timeout_in_time<W: World, L: Lock>() {
    let lock = Arc::new(L::new());
    lock.acquire().unwrap();
    let waits = Arc::clone(&lock);
    let crew = Crew::<W>::start(1, move |_| {
        waits.acquire_timeout(EVER).unwrap();
        waits.release().unwrap();
    });
    crew.settle();
    lock.release().unwrap();
    crew.join();
    assert!(!lock.locked());
}

/// A waiter that gave up does not take along a release that comes later, however close.
pub fn timeouts_race_releases<W: World, L: Lock>() {
    const ROUNDS: u32 = 100;
    let (lock, sum, taken) = (Arc::new(L::new()), Register::new(), Counter::new());
    let mut crew = Crew::<W>::new();
    for hand in 0..HANDS {
        let (lock, sum, taken) = (Arc::clone(&lock), sum.clone(), taken.clone());
        crew.hire(move || {
            for round in 0..ROUNDS {
                let outcome = match hand {
                    0 => lock.acquire(),
                    _ => lock.acquire_timeout(tiny(round + hand)),
                };
                if outcome.is_ok() {
                    sum.add_slowly();
                    taken.add();
                    lock.release().unwrap();
                }
            }
        });
    }
    crew.join();
    assert_eq!(sum.get(), taken.get());
    assert!(!lock.locked());
}

fn assert_others_get<W: World, L: Lock>(lock: &Arc<L>) {
    assert!(!lock.locked());
    let lock = Arc::clone(lock);
    Crew::<W>::start(1, move |_| {
        lock.acquire().unwrap();
        lock.release().unwrap();
    })
    .join();
}
