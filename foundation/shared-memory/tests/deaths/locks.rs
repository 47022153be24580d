//! Locks and events.

use std::time::Duration;

use manyways_shared_memory::{Event, Lock, RLock, Taken, WaitError};

use super::support::death::Victim;
use super::support::{self, Child, after, patience};
use super::{MANY, ROUNDS, delay, in_all_ways, is_news};

#[test]
fn a_lock_is_held() {
    in_all_ways(ROUNDS, "lock held", |way, news| {
        let lock = Lock::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = lock.acquire(None).unwrap();
            ready();
        });
        // One that sleeps already, and one that comes later.
        let sleeper = Child::start(|stream| {
            let taken = lock.acquire(patience());
            support::tell(stream, u8::from(is_news(taken)));
            lock.release().unwrap();
        });
        sleeper.await_sleep();
        let died = victim.die(way, || {
            assert_eq!(
                lock.acquire(after(Duration::from_millis(70))),
                Err(WaitError::TimedOut)
            );
        });
        let mut sleeper = sleeper;
        assert_eq!(sleeper.hear(), 1, "the sleeper gets the news");
        news.came(died);
        assert_eq!(lock.acquire(patience()), Ok(Taken::Clean));
        sleeper.finish();
    });
}

#[test]
fn a_lock_is_waited_for() {
    in_all_ways(ROUNDS, "lock waited for", |way, news| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = lock.acquire(None).unwrap();
        });
        victim.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        lock.release().unwrap();
        assert_eq!(lock.acquire(patience()), Ok(Taken::Clean));
        news.came(died);
    });
}

#[test]
fn a_lock_is_handed_to_the_dying() {
    in_all_ways(MANY, "lock woken for", |way, news| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = lock.acquire(None).unwrap();
        });
        let mut other = Child::start(|stream| {
            let _ = lock.acquire(patience()).unwrap();
            lock.release().unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        lock.release().unwrap();
        delay();
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
        let _ = lock.acquire(patience()).unwrap();
    });
}

#[test]
fn a_reentrant_lock_is_held() {
    in_all_ways(ROUNDS, "reentrant lock held", |way, news| {
        let lock = RLock::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = (lock.acquire(None).unwrap(), lock.acquire(None).unwrap());
            ready();
        });
        let died = victim.die(way, || assert!(lock.try_acquire().is_err()));
        assert!(is_news(lock.acquire(patience())));
        news.came(died);
        assert_eq!(lock.depth(), 1);
        lock.release().unwrap();
        assert_eq!(lock.acquire(None), Ok(Taken::Clean));
    });
}

#[test]
fn an_event_is_waited_for() {
    in_all_ways(ROUNDS, "event waited for", |way, news| {
        let event = Event::new().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            assert!(event.wait(None));
        });
        let other = Child::start(|_| assert!(event.wait(patience())));
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        event.set();
        other.finish();
        news.came(died);
    });
}
