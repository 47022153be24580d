//! Locks and events.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};

use super::{bounded, process, with_death_at_each_step};
use crate::event::Event;
use crate::lock::{Lock, Taken};

/// Adds one without an atomic addition, under the lock.
fn add_one(lock: &Lock, count: &AtomicU32) -> Taken {
    let taken = lock.acquire(None).unwrap();
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    lock.release().unwrap();
    taken
}

#[test]
fn one_at_a_time() {
    bounded(2, || {
        let (lock, count) = (Lock::new().unwrap(), Arc::new(AtomicU32::new(0)));
        let others = [1, 2].map(|number| {
            let (lock, count) = (lock.clone(), count.clone());
            process(number, None, move || add_one(&lock, &count))
        });
        assert_eq!(add_one(&lock, &count), Taken::Clean);
        for other in others {
            assert_eq!(other.join().unwrap(), Ok(Taken::Clean));
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
        assert!(!lock.is_held());
    });
}

/// Two survivors get the lock, whenever the third dies; one of them gets the news if it held the lock, and nobody else.
#[test]
fn the_news_of_a_death_come_once() {
    with_death_at_each_step(2, |steps| {
        let (lock, count) = (Lock::new().unwrap(), Arc::new(AtomicU32::new(0)));
        let [victim, other] = [(1, steps), (2, None)].map(|(number, steps)| {
            let (lock, count) = (lock.clone(), count.clone());
            process(number, steps, move || add_one(&lock, &count))
        });
        let mine = add_one(&lock, &count);
        let other = other.join().unwrap().unwrap();
        let has_died = victim.join().unwrap().is_err();
        let last = lock.try_acquire().unwrap();
        let news = [mine, other, last]
            .iter()
            .filter(|taken| **taken != Taken::Clean)
            .count();
        assert!(news <= usize::from(has_died));
        !has_died
    });
}

#[test]
fn an_event_is_not_missed() {
    bounded(2, || {
        let event = Event::new().unwrap();
        let waiters = [1, 2].map(|number| {
            let event = event.clone();
            process(number, None, move || event.wait(None))
        });
        event.set();
        event.clear();
        event.set();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), Ok(true));
        }
    });
}

/// One that sets the event dies in the midst of it; the next makes it whole.
#[test]
fn an_event_outlives_who_sets_it() {
    with_death_at_each_step(3, |steps| {
        let event = Event::new().unwrap();
        let [waiter, victim] = [(1, None), (2, steps)].map(|(number, steps)| {
            let event = event.clone();
            process(number, steps, move || {
                if number == 1 {
                    assert!(event.wait(None));
                } else {
                    event.set();
                }
            })
        });
        event.set();
        waiter.join().unwrap().unwrap();
        victim.join().unwrap().is_ok()
    });
}
