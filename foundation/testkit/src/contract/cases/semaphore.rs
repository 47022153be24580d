//! What semaphores of both kinds must do: CPython's `BaseSemaphoreTests`.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BRIEF, EVER, HANDS, quiet_panic, tiny};
use crate::contract::{Counter, Crew, Refusal, Semaphore, World};

/// How many permits can be had without waiting.
#[track_caller]
pub(super) fn assert_permits<S: Semaphore>(semaphore: &S, expected: usize) {
    let taken = (0..=expected)
        .take_while(|_| semaphore.try_acquire().is_ok())
        .count();
    assert_eq!(taken, expected, "permits without waiting, or one more");
    if expected > 0 {
        semaphore.release(expected).unwrap();
    }
}

/// It has as many permits as it was made with, none included
/// (`BaseSemaphoreTests.test_constructor`).
pub fn constructor<W: World, S: Semaphore>() {
    for permits in [0, 1, 7] {
        assert_permits(&S::new(permits), permits);
    }
}

/// Each permit is taken and given back (`BaseSemaphoreTests.test_acquire`).
pub fn acquire<W: World, S: Semaphore>() {
    for permits in [1, 2] {
        let semaphore = S::new(permits);
        (0..permits).for_each(|_| semaphore.acquire().unwrap());
        assert_eq!(semaphore.try_acquire(), Err(Refusal::WouldBlock));
        (0..permits).for_each(|_| semaphore.release(1).unwrap());
        assert_permits(&semaphore, permits);
    }
}

/// One whose permits are taken may be destroyed (`BaseSemaphoreTests.test_acquire_destroy`).
pub fn acquire_destroy<W: World, S: Semaphore>() {
    let semaphore = S::new(1);
    semaphore.acquire().unwrap();
    drop(semaphore);
}

/// A permit is had without waiting as long as there are any (`BaseSemaphoreTests.test_try_acquire`).
pub fn try_acquire<W: World, S: Semaphore>() {
    let semaphore = S::new(2);
    semaphore.try_acquire().unwrap();
    semaphore.try_acquire().unwrap();
    assert_eq!(semaphore.try_acquire(), Err(Refusal::WouldBlock));
    semaphore.release(1).unwrap();
    semaphore.try_acquire().unwrap();
}

/// Of many workers that may not wait, as many get permits as there are
/// (`BaseSemaphoreTests.test_try_acquire_contended`).
pub fn try_acquire_contended<W: World, S: Semaphore>() {
    let (semaphore, taken) = (Arc::new(S::new(4)), Counter::new());
    semaphore.acquire().unwrap();
    let crew = Crew::<W>::start(HANDS, {
        let (semaphore, taken) = (Arc::clone(&semaphore), taken.clone());
        move |_| {
            for _ in 0..2 {
                if semaphore.try_acquire().is_ok() {
                    taken.add();
                }
            }
        }
    });
    crew.join();
    assert_eq!(taken.get(), 3);
    assert_eq!(semaphore.try_acquire(), Err(Refusal::WouldBlock));
}

/// As many workers pass as permits are released one by one
/// (`BaseSemaphoreTests.test_acquire_contended`).
pub fn acquire_contended<W: World, S: Semaphore>() {
    released::<W, S>(|semaphore, permits| (0..permits).for_each(|_| semaphore.release(1).unwrap()));
}

/// As many workers pass as permits are released at once
/// (`BaseSemaphoreTests.test_multirelease`).
pub fn multirelease<W: World, S: Semaphore>() {
    released::<W, S>(|semaphore, permits| semaphore.release(permits as usize).unwrap());
}

/// Ten workers take two permits each, of which there are never more than seven.
fn released<W: World, S: Semaphore>(release: impl Fn(&S, u32)) {
    let (semaphore, taken) = (Arc::new(S::new(7)), Counter::new());
    semaphore.acquire().unwrap();
    let crew = Crew::<W>::start(10, {
        let (semaphore, taken) = (Arc::clone(&semaphore), taken.clone());
        move |_| {
            for _ in 0..2 {
                semaphore.acquire().unwrap();
                taken.add();
            }
        }
    });
    for (permits, total) in [(0, 6), (7, 13), (6, 19)] {
        if permits > 0 {
            release(&semaphore, permits);
        }
        crew.settle();
        assert_eq!(taken.get(), total);
    }
    assert_eq!(semaphore.try_acquire(), Err(Refusal::WouldBlock));
    release(&semaphore, 1);
    crew.join();
    assert_eq!(taken.get(), 20);
}

/// A release of no permits is refused (`threading.Semaphore.release` of CPython).
pub fn release_of_none<W: World, S: Semaphore>() {
    let semaphore = S::new(2);
    semaphore.acquire().unwrap();
    assert_eq!(semaphore.release(0), Err(Refusal::InvalidValue));
    assert_eq!(semaphore.release(1), Ok(()));
    assert_permits(&semaphore, 2);
}

/// A limited wait gets a permit if there is one, and ends at its limit if not
/// (`BaseSemaphoreTests.test_acquire_timeout`).
pub fn acquire_timeout<W: World, S: Semaphore>() {
    let semaphore = S::new(2);
    semaphore.acquire_timeout(Duration::MAX).unwrap();
    semaphore.acquire_timeout(Duration::ZERO).unwrap();
    let none = semaphore.acquire_timeout(Duration::ZERO);
    assert_eq!(none, Err(Refusal::TimedOut));
    semaphore.release(1).unwrap();
    semaphore.acquire_timeout(EVER).unwrap();
    let begin = Instant::now();
    assert_eq!(semaphore.acquire_timeout(BRIEF), Err(Refusal::TimedOut));
    assert!(begin.elapsed() >= BRIEF);
    semaphore.release(2).unwrap();
    assert_permits(&semaphore, 2);
}

/// One with one permit lets a second worker wait until the first gives it back
/// (`BaseSemaphoreTests.test_default_value`).
pub fn one_permit<W: World, S: Semaphore>() {
    let (semaphore, passed) = (Arc::new(S::new(1)), Counter::new());
    semaphore.acquire().unwrap();
    let crew = Crew::<W>::start(1, {
        let (semaphore, passed) = (Arc::clone(&semaphore), passed.clone());
        move |_| {
            semaphore.acquire_timeout(EVER).unwrap();
            passed.add();
            semaphore.release(1).unwrap();
        }
    });
    crew.settle();
    assert_eq!(passed.get(), 0);
    semaphore.release(1).unwrap();
    crew.join();
    assert_permits(&*semaphore, 1);
}

/// A guard gives its permit back at its end, and also when a panic passes it
/// (`BaseSemaphoreTests.test_with`).
pub fn with<W: World, S: Semaphore>() {
    let semaphore = S::new(2);
    semaphore.with(|| {
        assert_permits(&semaphore, 1);
        semaphore.with(|| assert_permits(&semaphore, 0));
        assert_permits(&semaphore, 1);
    });
    assert_permits(&semaphore, 2);
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| semaphore.with(quiet_panic)));
    assert!(panicked.is_err());
    assert_permits(&semaphore, 2);
}

/// Never more workers are inside than there were permits.
pub fn admission<W: World, S: Semaphore>() {
    const PERMITS: u32 = 2;
    let semaphore = Arc::new(S::new(PERMITS as usize));
    let (entered, left) = (Counter::new(), Counter::new());
    let crew = Crew::<W>::start(HANDS, {
        let (semaphore, entered, left) = (Arc::clone(&semaphore), entered.clone(), left.clone());
        move |_| {
            for _ in 0..50 {
                semaphore.acquire().unwrap();
                entered.add();
                // Read in this order, the difference is at most what it was at the first reading.
                let before = entered.get();
                assert!(before - left.get().min(before) <= PERMITS);
                std::thread::yield_now();
                left.add();
                semaphore.release(1).unwrap();
            }
        }
    });
    crew.join();
    assert_eq!(entered.get(), 50 * HANDS);
    assert_permits(&*semaphore, PERMITS as usize);
}

/// A waiter that gave up does not take along a permit that is released later, however close.
pub fn timeouts_race_releases<W: World, S: Semaphore>() {
    let semaphore = Arc::new(S::new(1));
    let crew = Crew::<W>::start(HANDS, {
        let semaphore = Arc::clone(&semaphore);
        move |hand| {
            for round in 0..100 {
                let outcome = match hand {
                    0 => semaphore.acquire(),
                    _ => semaphore.acquire_timeout(tiny(round + hand)),
                };
                if outcome.is_ok() {
                    std::thread::yield_now();
                    semaphore.release(1).unwrap();
                }
            }
        }
    });
    crew.join();
    assert_permits(&*semaphore, 1);
}
