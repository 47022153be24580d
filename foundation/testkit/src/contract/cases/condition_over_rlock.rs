//! What a condition must do over a lock that its holder may take again.

use std::sync::Arc;
use std::time::Duration;

use super::{BRIEF, EVER};
use crate::contract::{Condition, Crew, Gate, Lock, Outcome, RLock, Refusal, World};

/// A wait releases the lock whole, however often it was taken, and gives it back as it was
/// (`RLockTests.test_release_save_unacquired` and `ConditionTests.test_acquire`, by what they are
/// for).
pub fn wait_releases_all<W: World, C: Condition<Lock: RLock>>() {
    let lock = Arc::new(C::Lock::new());
    let condition = Arc::new(C::new(Arc::clone(&lock)));
    let crew = Crew::<W>::start(1, {
        let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
        move |_| {
            (0..3).for_each(|_| lock.acquire().unwrap());
            condition.wait().unwrap();
            assert_eq!(lock.recursion_count(), 3);
            (0..3).for_each(|_| lock.release().unwrap());
            assert_eq!(lock.release(), Err(Refusal::NotHeld));
        }
    });
    crew.settle();
    (0..2).for_each(|_| lock.acquire().unwrap());
    condition.notify(1).unwrap();
    assert_eq!(lock.recursion_count(), 2);
    (0..2).for_each(|_| lock.release().unwrap());
    crew.join();
    assert!(!lock.locked());
}

/// A wait that ends at its limit gives the lock back as it was, too.
pub fn timeout_restores_all<W: World, C: Condition<Lock: RLock>>() {
    let lock = Arc::new(C::Lock::new());
    let condition = C::new(Arc::clone(&lock));
    (0..3).for_each(|_| lock.acquire().unwrap());
    for limit in [Duration::ZERO, BRIEF] {
        assert_eq!(condition.wait_timeout(limit), Err(Refusal::TimedOut));
        assert_eq!(lock.recursion_count(), 3);
    }
    (0..3).for_each(|_| lock.release().unwrap());
    assert!(!lock.locked());
}

/// That another worker holds the lock is not enough to wait or to notify
/// (`ConditionTests.test_unacquired_wait`, `test_unacquired_notify`).
pub fn another_holds<W: World, C: Condition<Lock: RLock>>() {
    let lock = Arc::new(C::Lock::new());
    let condition = C::new(Arc::clone(&lock));
    let (held, gate) = (Gate::new(), Gate::new());
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
    let calls: [Outcome; 4] = [
        condition.wait(),
        condition.wait_timeout(EVER),
        condition.notify(1),
        condition.notify_all(),
    ];
    assert_eq!(calls, [Err(Refusal::NotHeld); 4]);
    gate.open();
    crew.join();
}
