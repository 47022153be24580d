//! Semaphores, conditions and barriers.

use std::time::Instant;

use super::{bounded, process, with_death_at_each_step};
use crate::barrier::{Barrier, BarrierError};
use crate::condition::Condition;
use crate::lock::Taken;
use crate::seam::in_process;
use crate::semaphore::{Permits, Semaphore};

#[test]
fn every_permit_is_taken() {
    bounded(2, || {
        let semaphore = Semaphore::new(0, None, Permits::Returned).unwrap();
        let takers = [1, 2].map(|number| {
            let semaphore = semaphore.clone();
            process(number, None, move || semaphore.acquire(None).unwrap())
        });
        semaphore.release(1).unwrap();
        semaphore.release(1).unwrap();
        for taker in takers {
            assert_eq!(taker.join().unwrap(), Ok(Taken::Clean));
        }
        assert_eq!(semaphore.value(), 0);
    });
}

/// Whenever one dies, its permit is there for another.
#[test]
fn a_permit_outlives_its_holder() {
    with_death_at_each_step(2, |steps| {
        let semaphore = Semaphore::new(1, Some(1), Permits::Returned).unwrap();
        let victim = {
            let semaphore = semaphore.clone();
            process(1, steps, move || {
                let _ = semaphore.acquire(None).unwrap();
                semaphore.release(1).unwrap();
            })
        };
        let _ = semaphore.acquire(None).unwrap();
        semaphore.release(1).unwrap();
        let has_died = victim.join().unwrap().is_err();
        let _ = semaphore.try_acquire().unwrap();
        assert!(semaphore.try_acquire().unwrap_err().is_timed_out());
        !has_died
    });
}

/// Two wait and one is told; should it die before its wait has returned, the other is told.
#[test]
fn a_notification_outlives_who_was_told() {
    with_death_at_each_step(2, |steps| {
        let condition: &'static Condition = Box::leak(Box::new(Condition::of_places(3)));
        let enqueue = |number| in_process(number, None, || condition.enqueue().unwrap()).unwrap();
        let [first, second] = [1, 2].map(enqueue);
        let victim = process(1, steps, move || first.wait(None).unwrap());
        let other = process(2, None, move || second.wait(None).unwrap());
        let told = condition.notify(1).unwrap();
        assert_eq!(told, 1);
        let has_died = victim.join().unwrap().is_err();
        if !has_died {
            assert_eq!(condition.notify(1), Ok(1));
        }
        // Told by the first notification, passed on or not, or by the second.
        other.join().unwrap().unwrap();
        !has_died
    });
}

/// The one that notifies dies; the next that does finds the line whole.
#[test]
fn a_line_outlives_who_notifies() {
    with_death_at_each_step(2, |steps| {
        let condition: &'static Condition = Box::leak(Box::new(Condition::of_places(3)));
        let waiter = in_process(1, None, || condition.enqueue().unwrap()).unwrap();
        let waiter = process(1, None, move || waiter.wait(None).unwrap());
        let victim = process(2, steps, move || condition.notify(1).unwrap());
        let mine = condition.notify(1).unwrap();
        waiter.join().unwrap().unwrap();
        let theirs = victim.join().unwrap();
        assert!(mine + theirs.unwrap_or(0) <= 1);
        theirs.is_ok()
    });
}

/// A wait that is over in time is told or not told, never half.
#[test]
fn a_deadline_and_a_notification() {
    bounded(3, || {
        let condition: &'static Condition = Box::leak(Box::new(Condition::of_places(2)));
        let waiter = in_process(1, None, || condition.enqueue().unwrap()).unwrap();
        let waiter = process(1, None, move || waiter.wait(Some(Instant::now())).is_ok());
        let told = condition.notify(1).unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(told == 1));
        assert_eq!(condition.waiters(), 0);
    });
}

#[test]
fn all_meet() {
    bounded(2, || {
        let barrier = Barrier::new(2).unwrap();
        let other = {
            let barrier = barrier.clone();
            process(1, None, move || {
                [(); 2].map(|()| barrier.wait(None, || ()).unwrap())
            })
        };
        let mine = [(); 2].map(|()| barrier.wait(None, || ()).unwrap());
        let theirs = other.join().unwrap().unwrap();
        assert!((0..2).all(|round| mine[round] + theirs[round] == 1));
    });
}

/// Whenever a party dies, the other's wait ends: with a meeting, or the news.
#[test]
fn a_barrier_outlives_its_parties() {
    with_death_at_each_step(2, |steps| {
        let barrier = Barrier::new(2).unwrap();
        let [victim, other] = [(1, steps), (2, None)].map(|(number, steps)| {
            let barrier = barrier.clone();
            process(number, steps, move || barrier.wait(None, || ()))
        });
        let victim = victim.join().unwrap();
        if victim.is_err() {
            barrier.abort().unwrap(); // One that died before it came is not known.
        }
        let other = other.join().unwrap().unwrap();
        match victim {
            Ok(met) => assert!(met.is_ok() && other.is_ok()),
            Err(_) => assert!(
                matches!(other, Ok(_) | Err(BarrierError::Broken(_))),
                "{other:?}"
            ),
        }
        victim.is_ok()
    });
}
