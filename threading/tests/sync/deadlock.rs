//! What the detection of deadlocks finds, and what it does not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use threading::deadlock::{self, Action, Report};
use threading::{Condition, Event, Lock, RLock, Thread};

use crate::support::await_shown;

/// Turns the detection off, even if the test fails.
struct Off;

impl Drop for Off {
    fn drop(&mut self) {
        deadlock::disable();
    }
}

/// Runs a test with the detection on; what was reported.
pub(crate) fn detecting(test: impl FnOnce()) -> Vec<Report> {
    detecting_with(|| (), test)
}

/// The same, with something done at each report.
pub(crate) fn detecting_with(
    at_report: impl Fn() + Send + Sync + 'static,
    test: impl FnOnce(),
) -> Vec<Report> {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = reports.clone();
    let off = Off;
    deadlock::enable(Action::Call(Box::new(move |report| {
        sink.lock().unwrap().push(report.clone());
        at_report();
        // So that the thread need not hang.
        panic!("found");
    })));
    test();
    drop(off);
    let reports = reports.lock().unwrap();
    reports.clone()
}

pub(crate) fn found(wait: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(wait)).is_err()
}

#[test]
fn two_threads_that_take_two_locks_in_different_order() {
    guarded(|| {
        let (one, two, meet) = (Lock::new(1_u8), RLock::new(2_u16), Barrier::new(2));
        let reports = detecting(|| {
            let left = || {
                let _one = one.lock();
                meet.wait();
                found(|| drop(two.lock()))
            };
            let right = || {
                let _two = two.lock();
                meet.wait();
                found(|| drop(one.lock()))
            };
            thread::scope(|scope| {
                let named = |name: &str| thread::Builder::new().name(name.to_owned());
                let left = named("left").spawn_scoped(scope, left).unwrap();
                let right = named("right").spawn_scoped(scope, right).unwrap();
                let outcomes = [left.join().unwrap(), right.join().unwrap()];
                assert!(
                    outcomes[0] != outcomes[1],
                    "one closes the cycle, the other goes on"
                );
            });
        });
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        let text = report.to_string();
        assert_eq!(report.parties().len(), 2);
        assert!(
            text.starts_with("deadlock: 2 threads wait for each other\n"),
            "{text}"
        );
        for word in [
            "\"left\"",
            "\"right\"",
            "Lock<u8> at 0x",
            "RLock<u16> at 0x",
        ] {
            assert!(text.contains(word), "{text}");
        }
        for party in report.parties() {
            assert_eq!(party.waits_at().file(), file!());
            assert_eq!(party.taken_at().unwrap().file(), file!());
            assert!(party.waits_for().to_string().contains("Lock<u"));
        }
    });
}

#[test]
fn philosophers() {
    guarded(|| {
        let forks: Vec<_> = (0..5).map(Lock::new).collect();
        let meet = Barrier::new(5);
        let reports = detecting(|| {
            let dine = |place: usize| {
                let _left = forks[place].lock();
                meet.wait();
                found(|| drop(forks[(place + 1) % 5].lock()))
            };
            let caught = thread::scope(|scope| {
                let dine = &dine;
                let seats: Vec<_> = (0..5)
                    .map(|place| scope.spawn(move || dine(place)))
                    .collect();
                let seats = seats.into_iter().map(|seat| seat.join().unwrap());
                seats.filter(|found| *found).count()
            });
            assert_eq!(caught, 1);
        });
        assert_eq!(reports[0].parties().len(), 5);
        let idents: Vec<_> = reports[0]
            .parties()
            .iter()
            .map(|party| party.ident())
            .collect();
        assert!((1..5).all(|index| !idents[..index].contains(&idents[index])));
    });
}

#[test]
fn a_thread_that_waits_for_itself() {
    guarded(|| {
        let lock = Lock::new(());
        let reports = detecting(|| {
            let _guard = lock.lock();
            assert!(found(|| drop(lock.lock())));
        });
        assert!(reports[0].to_string().contains("a thread waits for itself"));
        assert!(!reports[0].is_abandoned());
        assert!(lock.try_lock().is_some());
    });
}

#[test]
fn a_lock_whose_holder_has_ended() {
    guarded(|| {
        let lock = RLock::new(());
        let reports = detecting(|| {
            thread::scope(|scope| scope.spawn(|| lock.acquire()).join().unwrap());
            assert!(found(|| lock.acquire()));
        });
        assert!(reports[0].is_abandoned());
        assert!(reports[0].to_string().contains("one that has ended"));
    });
}

#[test]
fn waits_that_end_are_no_deadlock() {
    guarded(|| {
        let (lock, rlock, by_hand) = (Lock::new(()), RLock::new(()), Lock::new(()));
        let reports = detecting(|| {
            let _again = (rlock.lock(), rlock.lock());
            let guard = lock.lock();
            assert!(lock.lock_timeout(Duration::from_millis(1)).is_err());
            assert!(lock.try_lock().is_none());
            drop(guard);
            by_hand.acquire();
            thread::scope(|scope| {
                scope.spawn(|| {
                    await_shown(&by_hand, "waiters: 1");
                    by_hand.release().unwrap();
                });
                by_hand.acquire();
            });
        });
        assert!(reports.is_empty(), "{reports:?}");
    });
}

#[test]
fn conditions_work_as_without_it() {
    guarded(|| {
        let (turn, turned) = (Lock::new(0), Condition::new());
        let play = |mine: i32| {
            for _ in 0..500 {
                let mut turn = turn.lock();
                turned.wait_for(&mut turn, |turn| **turn % 2 == mine);
                *turn += 1;
                turned.notify(&turn, 1);
            }
        };
        let reports = detecting(|| {
            thread::scope(|scope| {
                scope.spawn(|| play(0));
                play(1);
            });
        });
        assert!(reports.is_empty(), "{reports:?}");
        assert_eq!(*turn.lock(), 1_000);
    });
}

#[test]
fn the_panic_lets_the_others_go_on() {
    guarded(|| {
        let _off = Off;
        deadlock::enable(Action::Panic);
        let (one, two, meet) = (Lock::new(1), Lock::new(2), Barrier::new(2));
        let take = |first: &Lock<i32>, second: &Lock<i32>| {
            let first = first.lock();
            meet.wait();
            *first + *second.lock()
        };
        let outcomes = thread::scope(|scope| {
            let threads = [
                scope.spawn(|| take(&one, &two)),
                scope.spawn(|| take(&two, &one)),
            ];
            threads.map(|thread| thread.join())
        });
        let panics: Vec<_> = outcomes
            .iter()
            .filter_map(|one| one.as_ref().err())
            .collect();
        assert_eq!(panics.len(), 1);
        let message = panics[0].downcast_ref::<String>().unwrap();
        assert!(
            message.contains("2 threads wait for each other"),
            "{message}"
        );
        assert!(outcomes.iter().any(|one| matches!(one, Ok(3))));
    });
}

/// Whichever of the two closes the cycle.
#[test]
fn a_thread_that_joins_one_which_waits_for_its_lock() {
    guarded(|| {
        let lock = Arc::new(Lock::new(1_u8));
        let reports = detecting(|| {
            let guard = lock.lock();
            let other = {
                let lock = lock.clone();
                Thread::spawn(move || found(|| drop(lock.lock()))).unwrap()
            };
            let joined = !found(|| other.handle().join().unwrap());
            drop(guard);
            assert_eq!(joined, other.join().unwrap(), "one of the two was told");
        });
        let [report] = &reports[..] else {
            panic!("one report: {reports:?}")
        };
        assert_eq!(report.parties().len(), 2);
        let text = report.to_string();
        assert!(text.contains("for the end of a thread"), "{text}");
        assert!(text.contains("for Lock<u8> at 0x"), "{text}");
    });
}

/// What another thread held at a fork is held for ever in the child.
#[test]
fn a_lock_that_a_thread_of_the_parent_holds_is_abandoned_in_a_child() {
    guarded(|| {
        let (lock, held, go) = (Lock::new(1), Event::new(), Event::new());
        let reports = detecting(|| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _guard = lock.lock();
                    held.set();
                    go.wait();
                });
                held.wait();
                let child = manyways_process::Fork::new().run(|| {
                    let reports = detecting(|| assert!(found(|| drop(lock.lock()))));
                    reports.iter().all(Report::is_abandoned) && reports.len() == 1
                });
                assert!(child.unwrap().join().unwrap());
                go.set();
            });
        });
        assert!(reports.is_empty(), "{reports:?}");
    });
}
