//! Locks and events between processes that live.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_shared_memory::{Event, Lock, Misuse, Place, RLock, Taken};
use manyways_testkit::guarded;
use support::sys::words;
use support::{Child, after, hear, patience, tell};

/// Adds one without an atomic addition: two at a time lose one.
fn add_one(counter: &AtomicU64) {
    let old = counter.load(Ordering::Relaxed);
    counter.store(std::hint::black_box(old) + 1, Ordering::Relaxed);
}

#[test]
fn one_at_a_time() {
    guarded(|| {
        const EACH: u64 = 20_000;
        let lock = Lock::new().unwrap();
        let place = Place::new(8, 8).unwrap();
        let count = || {
            for _ in 0..EACH {
                assert_eq!(lock.acquire(patience()).unwrap(), Taken::Clean);
                add_one(&words(&place)[0]);
                lock.release().unwrap();
            }
        };
        let children: Vec<_> = (0..3).map(|_| Child::start(|_| count())).collect();
        thread::scope(|scope| {
            scope.spawn(count);
            scope.spawn(count);
        });
        children.into_iter().for_each(Child::finish);
        assert_eq!(words(&place)[0].load(Ordering::Relaxed), 5 * EACH);
    });
}

#[test]
fn any_process_may_release() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        Child::start(|_| lock.release().unwrap()).finish();
        assert_eq!(lock.release(), Err(Misuse::NotHeld));
        assert_eq!(lock.try_acquire(), Ok(Taken::Clean));
    });
}

#[test]
fn a_wait_ends_at_its_deadline_and_not_before() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let event = Event::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        for milliseconds in [0, 5, 120] {
            let limit = Duration::from_millis(milliseconds);
            let start = Instant::now();
            assert!(lock.acquire(after(limit)).unwrap_err().is_timed_out());
            assert!(start.elapsed() >= limit);
            let start = Instant::now();
            assert!(!event.wait(after(limit)));
            assert!(start.elapsed() >= limit);
        }
        lock.release().unwrap();
    });
}

#[test]
fn a_sleeper_is_woken_by_the_release() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let child = Child::start(|_| {
            assert_eq!(lock.acquire(patience()).unwrap(), Taken::Clean);
            lock.release().unwrap();
        });
        child.await_sleep();
        lock.release().unwrap();
        child.finish();
        assert!(!lock.is_held());
    });
}

#[test]
fn a_reentrant_lock_belongs_to_a_thread() {
    guarded(|| {
        let lock = RLock::new().unwrap();
        for _ in 0..3 {
            assert_eq!(lock.acquire(None), Ok(Taken::Clean));
        }
        // The forking thread's copy in the child is another owner.
        Child::start(|_| {
            assert_eq!(lock.release(), Err(Misuse::NotOwner));
            assert!(lock.try_acquire().unwrap_err().is_timed_out());
        })
        .finish();
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(!lock.is_mine());
                assert!(
                    lock.acquire(after(Duration::ZERO))
                        .unwrap_err()
                        .is_timed_out()
                );
            });
        });
        assert_eq!(lock.release_all(), Ok(3));
        Child::start(|_| {
            assert_eq!(lock.acquire(None), Ok(Taken::Clean));
            assert_eq!(lock.acquire(None), Ok(Taken::Clean));
            lock.release().unwrap();
            assert_eq!(lock.depth(), 1);
            lock.release().unwrap();
        })
        .finish();
        assert_eq!((lock.depth(), lock.release()), (0, Err(Misuse::NotOwner)));
    });
}

#[test]
fn an_event_wakes_all() {
    guarded(|| {
        let event = Event::new().unwrap();
        let children: Vec<_> = (0..4)
            .map(|_| Child::start(|_| assert!(event.wait(patience()))))
            .collect();
        children.iter().for_each(Child::await_sleep);
        event.set();
        event.clear(); // Those that slept saw it all the same.
        children.into_iter().for_each(Child::finish);
        assert!(!event.is_set());
    });
}

#[test]
fn events_there_and_back() {
    guarded(|| {
        let (there, back) = (Event::new().unwrap(), Event::new().unwrap());
        let rounds = 2000;
        let child = Child::start(|_| {
            for _ in 0..rounds {
                assert!(there.wait(patience()));
                there.clear();
                back.set();
            }
        });
        for _ in 0..rounds {
            there.set();
            assert!(back.wait(patience()));
            back.clear();
        }
        child.finish();
    });
}

/// Threads fork while others take part in segments, make them and drop them: no child hangs, and none is taken for its
/// parent.
#[test]
fn forks_at_any_moment() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let is_done = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    let other = Lock::new_at(Place::new(20_000, 8).unwrap()).unwrap();
                    let _ = other.acquire(None).unwrap();
                    other.release().unwrap();
                }
            });
            for _ in 0..200 {
                let mut child = Child::start(|stream| {
                    let _ = lock.acquire(patience()).unwrap();
                    tell(stream, 1);
                    hear(stream);
                    lock.release().unwrap();
                });
                child.hear();
                assert!(lock.try_acquire().unwrap_err().is_timed_out());
                child.tell(1);
                child.finish();
            }
            is_done.store(true, Ordering::Relaxed);
        });
    });
}
