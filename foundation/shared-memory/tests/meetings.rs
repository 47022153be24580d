//! Semaphores, conditions and barriers between processes that live.

mod support;

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_shared_memory::{
    Barrier, BarrierError, Condition, EnqueueError, Lock, Permits, Place, ReleaseError, Semaphore,
    Taken,
};
use manyways_testkit::guarded;
use support::sys::words;
use support::{Child, after, await_quick_round, await_that, patience};

fn semaphore(permits: u32) -> Semaphore {
    Semaphore::new(permits, None, Permits::Returned).unwrap()
}

#[test]
fn so_many_at_a_time() {
    guarded(|| {
        const PERMITS: u64 = 3;
        for on_death in [Permits::Returned, Permits::Kept] {
            let semaphore = Semaphore::new(PERMITS as u32, Some(PERMITS as u32), on_death).unwrap();
            let place = Place::new(16, 8).unwrap();
            let [now, most] = words(&place) else {
                panic!("two words")
            };
            let children: Vec<_> = (0..5)
                .map(|_| {
                    Child::start(|_| {
                        for _ in 0..500 {
                            assert_eq!(semaphore.acquire(patience()).unwrap(), Taken::Clean);
                            most.fetch_max(
                                now.fetch_add(1, Ordering::SeqCst) + 1,
                                Ordering::SeqCst,
                            );
                            thread::yield_now();
                            now.fetch_sub(1, Ordering::SeqCst);
                            semaphore.release(1).unwrap();
                        }
                    })
                })
                .collect();
            children.into_iter().for_each(Child::finish);
            let most = most.load(Ordering::SeqCst);
            assert!(most <= PERMITS, "{most}");
            assert_eq!(semaphore.value(), PERMITS as u32);
            assert_eq!(semaphore.release(1), Err(ReleaseError::TooMany));
        }
    });
}

/// However many: not one by one, while all others wait.
#[test]
fn all_permits_are_released_at_once() {
    guarded(|| {
        let semaphore = semaphore(2);
        (0..2).for_each(|_| assert!(semaphore.try_acquire().is_ok()));
        semaphore.release(Semaphore::MAX).unwrap();
        assert_eq!(semaphore.value(), Semaphore::MAX);
        assert_eq!(semaphore.release(1), Err(ReleaseError::TooMany));
        assert!(semaphore.try_acquire().is_ok());
        semaphore.release(1).unwrap();
        assert_eq!(semaphore.value(), Semaphore::MAX);
    });
}

#[test]
fn each_permit_wakes_a_sleeper() {
    guarded(|| {
        const SLEEPERS: u32 = 4;
        await_quick_round(|round| {
            let (semaphore, done) = (semaphore(0), semaphore(0));
            let children: Vec<_> = (0..SLEEPERS)
                .map(|_| {
                    Child::start(|_| {
                        let _ = semaphore.acquire(patience()).unwrap();
                        done.release(1).unwrap();
                    })
                })
                .collect();
            children.iter().for_each(Child::await_sleep);
            let start = Instant::now();
            if round % 2 == 0 {
                semaphore.release(SLEEPERS).unwrap();
            } else {
                (0..SLEEPERS).for_each(|_| semaphore.release(1).unwrap());
            }
            for _ in 0..SLEEPERS {
                let _ = done.acquire(patience()).unwrap();
            }
            let time = start.elapsed();
            children.into_iter().for_each(Child::finish);
            time
        });
    });
}

#[test]
fn permits_change_hands() {
    guarded(|| {
        let semaphore = Semaphore::new(1, Some(1), Permits::Returned).unwrap();
        let _ = semaphore.acquire(None).unwrap();
        assert!(semaphore.try_acquire().unwrap_err().is_timed_out());
        let start = Instant::now();
        let limit = Duration::from_millis(70);
        assert!(semaphore.acquire(after(limit)).unwrap_err().is_timed_out());
        assert!(start.elapsed() >= limit);
        Child::start(|_| semaphore.release(1).unwrap()).finish();
        assert_eq!(semaphore.value(), 1);
        // It was released for this process, which has none any more.
        Child::start(|_| assert_eq!(semaphore.acquire(None), Ok(Taken::Clean))).finish();
        assert_eq!(
            (semaphore.value(), semaphore.release(2)),
            (0, Err(ReleaseError::TooMany))
        );
        assert_eq!(
            Semaphore::new(0, None, Permits::Kept)
                .unwrap()
                .release(u32::MAX),
            Err(ReleaseError::TooMany)
        );
    });
}

/// More processes than are counted.
#[test]
fn a_crowd_takes_permits() {
    guarded(|| {
        const CROWD: u32 = 70;
        let semaphore = semaphore(CROWD);
        let mut children: Vec<_> = (0..CROWD)
            .map(|_| {
                Child::start(|stream| {
                    let _ = semaphore.acquire(patience()).unwrap();
                    support::tell(stream, 1);
                    support::hear(stream);
                    semaphore.release(1).unwrap();
                })
            })
            .collect();
        for child in &mut children {
            assert_eq!(child.hear(), 1);
        }
        assert!(semaphore.try_acquire().unwrap_err().is_timed_out());
        children.iter_mut().for_each(|child| child.tell(1));
        children.into_iter().for_each(Child::finish);
        assert_eq!(semaphore.value(), CROWD);
    });
}

/// Waits on a condition as its users do.
fn wait_on(lock: &Lock, condition: &Condition, is_ready: impl Fn() -> bool) {
    let _ = lock.acquire(patience()).unwrap();
    while !is_ready() {
        let waiter = condition.enqueue().unwrap();
        lock.release().unwrap();
        waiter.wait(patience()).unwrap();
        let _ = lock.acquire(patience()).unwrap();
    }
    lock.release().unwrap();
}

#[test]
fn those_who_came_first_are_told_first() {
    guarded(|| {
        let condition = Condition::new().unwrap();
        let waiters: Vec<_> = (0..4).map(|_| condition.enqueue().unwrap()).collect();
        assert_eq!((condition.waiters(), condition.notify(2)), (4, Ok(2)));
        let told: Vec<_> = waiters
            .into_iter()
            .map(|waiter| waiter.wait(after(Duration::ZERO)).is_ok())
            .collect();
        assert_eq!(told, [true, true, false, false]);
        assert_eq!((condition.waiters(), condition.notify(1)), (0, Ok(0)));
    });
}

#[test]
fn a_waiter_that_leaves_gives_up_its_notification() {
    guarded(|| {
        let condition = Condition::new().unwrap();
        let [first, second] = [condition.enqueue().unwrap(), condition.enqueue().unwrap()];
        assert_eq!(condition.notify(1), Ok(1));
        drop(first);
        assert!(second.wait(after(Duration::ZERO)).is_ok());
    });
}

#[test]
fn notifications_reach_processes() {
    guarded(|| {
        let (lock, condition) = (Lock::new().unwrap(), Condition::new().unwrap());
        let place = Place::new(8, 8).unwrap();
        let items = &words(&place)[0];
        let take = || {
            wait_on(&lock, &condition, || {
                let has_some = items.load(Ordering::Relaxed) > 0;
                has_some && items.fetch_sub(1, Ordering::Relaxed) > 0
            });
        };
        let children: Vec<_> = (0..3)
            .map(|_| Child::start(|_| (0..300).for_each(|_| take())))
            .collect();
        for _ in 0..900 {
            let _ = lock.acquire(patience()).unwrap();
            items.fetch_add(1, Ordering::Relaxed);
            condition.notify(1).unwrap();
            lock.release().unwrap();
        }
        children.into_iter().for_each(Child::finish);
        assert_eq!(items.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn all_are_told() {
    guarded(|| {
        let (lock, condition) = (Lock::new().unwrap(), Condition::new().unwrap());
        let place = Place::new(8, 8).unwrap();
        let is_ready = &words(&place)[0];
        let children: Vec<_> = (0..5)
            .map(|_| {
                Child::start(|_| {
                    wait_on(&lock, &condition, || is_ready.load(Ordering::Relaxed) == 1);
                })
            })
            .collect();
        await_that("all wait", || condition.waiters() == 5);
        let _ = lock.acquire(None).unwrap();
        is_ready.store(1, Ordering::Relaxed);
        assert_eq!(condition.notify_all(), Ok(5));
        lock.release().unwrap();
        children.into_iter().for_each(Child::finish);
    });
}

#[test]
fn a_line_has_an_end() {
    guarded(|| {
        let condition = Condition::new().unwrap();
        let line: Vec<_> = (0..Condition::WAITERS)
            .map(|_| condition.enqueue().unwrap())
            .collect();
        assert_eq!(condition.enqueue().map(drop), Err(EnqueueError::Full));
        // A forked child's copies are not its own.
        let line = AssertUnwindSafe(line);
        Child::start(|_| drop(line)).finish();
    });
}

fn meet(barrier: &Barrier, rounds: u64, count: &AtomicU64) {
    let parties = barrier.parties() as u64;
    for round in 0..rounds {
        barrier
            .wait(patience(), || {
                count.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
        let now = count.load(Ordering::SeqCst);
        assert!(
            now == round + 1 || parties == 1,
            "in round {round} of the actions {now} have run"
        );
        barrier.wait(patience(), || ()).unwrap();
    }
}

#[test]
fn all_meet_again_and_again() {
    guarded(|| {
        let barrier = Barrier::new(4).unwrap();
        let place = Place::new(8, 8).unwrap();
        let count = &words(&place)[0];
        let children: Vec<_> = (0..3)
            .map(|_| Child::start(|_| meet(&barrier, 300, count)))
            .collect();
        meet(&barrier, 300, count);
        children.into_iter().for_each(Child::finish);
        assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    });
}

/// More come than there are parties: each meeting lets its own go.
#[test]
fn a_crowd_meets_in_groups() {
    guarded(|| {
        const MEETINGS: u64 = 1000;
        let barrier = Barrier::new(2).unwrap();
        let place = Place::new(8, 8).unwrap();
        let left = &words(&place)[0];
        left.store(2 * MEETINGS, Ordering::SeqCst);
        let take_one = || {
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
        };
        let children: Vec<_> = (0..6)
            .map(|_| {
                Child::start(|_| {
                    while take_one().is_ok() {
                        barrier.wait(patience(), || ()).unwrap();
                    }
                })
            })
            .collect();
        children.into_iter().for_each(Child::finish);
        assert_eq!(barrier.waiting(), 0);
    });
}

#[test]
fn a_barrier_breaks_for_all() {
    guarded(|| {
        let barrier = Barrier::new(3).unwrap();
        let broken = |end: &dyn Fn()| {
            let children: Vec<_> = (0..2)
                .map(|_| {
                    Child::start(|_| {
                        assert_eq!(
                            barrier.wait(patience(), || ()),
                            Err(BarrierError::Broken(None))
                        );
                    })
                })
                .collect();
            await_that("both wait", || barrier.waiting() == 2);
            end();
            children.into_iter().for_each(Child::finish);
        };
        broken(&|| barrier.abort().unwrap());
        assert_eq!(barrier.wait(None, || ()), Err(BarrierError::Broken(None)));
        barrier.reset().unwrap();
        broken(&|| barrier.reset().unwrap());
        assert!(!barrier.is_broken());
        broken(&|| {
            let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
                barrier.wait(None, || panic!("in the action"))
            }));
            assert!(panicked.is_err() && barrier.is_broken());
        });
        barrier.reset().unwrap();
        let start = Instant::now();
        let limit = Duration::from_millis(60);
        assert_eq!(
            barrier.wait(after(limit), || ()),
            Err(BarrierError::TimedOut)
        );
        assert!(start.elapsed() >= limit && barrier.is_broken());
    });
}
