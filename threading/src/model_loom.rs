//! Conditions, events, semaphores and barriers under loom, with two threads and few preemptions; `model_shuttle` tries more
//! threads. `wait::model` says how to run it.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use crate::{Barrier, Condition, Event, Lock, Semaphore};

/// At most so many preemptions: the whole space takes hours.
fn bounded(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Runs `work` in another thread with what the caller shares with it.
fn beside<S, R>(shared: &Arc<S>, work: impl FnOnce(&S) -> R + 'static) -> thread::JoinHandle<R>
where
    S: 'static,
    R: 'static,
{
    let shared = shared.clone();
    thread::spawn(move || work(&shared))
}

/// The waiter moves from the condition's line to the lock's, and is woken by the release.
#[test]
fn model_condition() {
    bounded(3, || {
        let shared = Arc::new((Lock::new(false), Condition::new()));
        let waiter = beside(&shared, |(ready, changed)| {
            changed.wait_for(&mut ready.lock(), |ready| **ready);
        });
        let (ready, changed) = &*shared;
        let mut guard = ready.lock();
        *guard = true;
        changed.notify(&guard, 1);
        drop(guard);
        waiter.join().unwrap();
        assert!(ready.try_lock().is_some());
    });
}

/// A wait that is over returns with the lock, whether it was notified at the same moment or not.
#[test]
fn model_condition_with_a_wait_that_is_over() {
    bounded(3, || {
        let shared = Arc::new((Lock::new(0), Condition::new()));
        let waiter = beside(&shared, |(count, changed)| {
            let mut count = count.lock();
            let notified = changed.wait_timeout(&mut count, Duration::ZERO).is_ok();
            *count += 1;
            usize::from(notified)
        });
        let (count, changed) = &*shared;
        let mut guard = count.lock();
        let notified = changed.notify(&guard, 1);
        *guard += 1;
        drop(guard);
        assert_eq!(waiter.join().unwrap(), notified);
        assert_eq!(*count.lock(), 2);
    });
}

#[test]
fn model_event() {
    bounded(3, || {
        let shared = Arc::new((Event::new(), Event::new()));
        let waiter = beside(&shared, |(event, gone)| {
            event.wait();
            gone.set();
        });
        let (event, gone) = &*shared;
        event.set();
        gone.wait();
        event.clear();
        assert!(!event.is_set());
        waiter.join().unwrap();
    });
}

#[test]
fn model_semaphore() {
    bounded(2, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let takers = [
            beside(&semaphore, |semaphore| {
                semaphore.acquire();
                true
            }),
            beside(&semaphore, |semaphore| {
                semaphore.acquire_timeout(Duration::ZERO).is_ok()
            }),
        ];
        semaphore.release_many(2).unwrap();
        let taken = takers.map(|taker| taker.join().unwrap());
        assert!(taken[0]);
        assert_eq!(semaphore.permits(), usize::from(!taken[1]));
    });
}

#[test]
fn model_barrier() {
    bounded(3, || {
        let barrier = Arc::new(Barrier::with_action(2, thread::yield_now));
        let other = beside(&barrier, |barrier| barrier.wait_timeout(Duration::ZERO));
        let mine = barrier.wait();
        let other = other.join().unwrap();
        assert_eq!(mine.is_ok(), other.is_ok());
        assert_eq!(barrier.is_broken(), mine.is_err());
    });
}
