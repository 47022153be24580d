//! Semaphores, conditions and barriers.

use std::time::Duration;

use manyways_shared_memory::{Barrier, BarrierError, Condition, Permits, Semaphore, Taken};

use super::support::death::{Victim, Way};
use super::support::{self, Child, after, patience};
use super::{MANY, ROUNDS, delay, in_all_ways, is_news};

#[test]
fn permits_are_held() {
    in_all_ways(ROUNDS, "permits held", |way, news| {
        let semaphore = Semaphore::new(2, Some(2), Permits::Returned).unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = (
                semaphore.acquire(None).unwrap(),
                semaphore.acquire(None).unwrap(),
            );
            ready();
        });
        let died = victim.die(way, || {
            assert!(semaphore.acquire(after(Duration::from_millis(70))).is_err());
        });
        assert!(is_news(semaphore.acquire(patience())));
        news.came(died);
        assert_eq!(
            (semaphore.acquire(None), semaphore.value()),
            (Ok(Taken::Clean), 0)
        );
        semaphore.release(2).unwrap();
        assert!(semaphore.release(1).is_err());
    });
}

#[test]
fn permits_are_waited_for() {
    in_all_ways(MANY, "permits woken for", |way, news| {
        let semaphore = Semaphore::new(0, None, Permits::Returned).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = semaphore.acquire(None).unwrap();
        });
        let mut other = Child::start(|stream| {
            let _ = semaphore.acquire(patience()).unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        semaphore.release(1).unwrap();
        delay();
        // It had the permit and gives it back by its death, or it had not.
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
    });
}

#[test]
fn a_notification_goes_to_the_dying() {
    in_all_ways(MANY, "condition woken for", |way, news| {
        let condition = Condition::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let waiter = condition.enqueue().unwrap();
            ready();
            waiter.wait(None).unwrap();
            // What it was told for is not done: it dies before.
            let _unused = condition.enqueue().unwrap();
            loop {
                std::thread::park();
            }
        });
        victim.await_sleep();
        let mut other = Child::start(|stream| {
            let waiter = condition.enqueue().unwrap();
            support::tell(stream, 1);
            waiter.wait(patience()).unwrap();
            support::tell(stream, 2);
        });
        other.hear();
        other.await_sleep();
        if way == Way::StopThenKill {
            // Certainly told, and certainly not returned.
            let died = victim.die(way, || assert_eq!(condition.notify(1), Ok(1)));
            other.hear();
            news.came(died);
        } else {
            assert_eq!(condition.notify(1), Ok(1));
            let died = victim.die(way, || ());
            drop(victim);
            // The victim may have got it. The dead are passed over.
            assert!(condition.notify(1).unwrap() <= 1);
            other.hear();
            news.came(died);
        }
        other.finish();
    });
}

#[test]
fn a_condition_is_waited_for() {
    in_all_ways(ROUNDS, "condition waited for", |way, news| {
        let condition = Condition::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let waiter = condition.enqueue().unwrap();
            ready();
            waiter.wait(None).unwrap();
        });
        let waiter = condition.enqueue().unwrap();
        let died = victim.die(way, || ());
        drop(victim);
        assert_eq!(condition.notify(1), Ok(1));
        waiter.wait(patience()).unwrap();
        news.came(died);
        assert_eq!((condition.waiters(), condition.notify_all()), (0, Ok(0)));
    });
}

#[test]
fn a_party_waits() {
    in_all_ways(ROUNDS, "barrier", |way, news| {
        let barrier = Barrier::new(3).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            barrier.wait(None, || ()).unwrap();
        });
        let mut other = Child::start(|stream| {
            let end = barrier.wait(patience(), || ());
            assert!(matches!(end, Err(BarrierError::Broken(Some(_)))), "{end:?}");
            support::tell(stream, 1);
        });
        support::await_that("both wait", || barrier.waiting() == 2);
        victim.await_sleep();
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
        assert!(barrier.is_broken());
        barrier.reset().unwrap();
        assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    });
}

/// The last that came dies while it acts for all.
#[test]
fn a_party_acts() {
    in_all_ways(ROUNDS, "barrier's action", |way, news| {
        let barrier = Barrier::new(2).unwrap();
        let mut other = Child::start(|stream| {
            let end = barrier.wait(patience(), || ());
            assert!(matches!(end, Err(BarrierError::Broken(Some(_)))), "{end:?}");
            support::tell(stream, 1);
        });
        support::await_that("the other waits", || barrier.waiting() == 1);
        let mut victim = Victim::start(|ready| {
            let act = || {
                ready();
                loop {
                    std::thread::park();
                }
            };
            barrier.wait(None, act).unwrap();
        });
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
    });
}
