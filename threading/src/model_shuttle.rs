//! Conditions and barriers under shuttle, which tries random schedules: with more threads and longer programs than loom
//! can try all of. A time limit is over as soon as it is looked at.
//!
//! `RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p threading --lib model`

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use crate::{Barrier, BarrierError, Condition, Event, Lock, Semaphore};

/// Schedules that a model is tried with.
const SCHEDULES: usize = 300;
/// Preemptions at random places, for the other half of the schedules.
const PREEMPTIONS: usize = 3;

/// Half of the schedules at random, half with few preemptions (PCT), which finds what needs a long run of one thread.
pub(crate) fn explore(model: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(model.clone(), SCHEDULES);
    shuttle::check_pct(model, SCHEDULES, PREEMPTIONS);
}

/// Runs `threads` times what gets the number of its thread; what they returned.
pub(crate) fn together<R: Send + 'static>(
    threads: usize,
    work: impl Fn(usize) -> R + Send + Sync + 'static,
) -> Vec<R> {
    let work = Arc::new(work);
    let spawn = |number| {
        let work = work.clone();
        thread::spawn(move || work(number))
    };
    let threads: Vec<_> = (0..threads).map(spawn).collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

/// A queue of one place, two producers, two consumers, one of whom gives up at once time and again.
#[test]
fn model_condition_loses_no_notification() {
    explore(|| {
        let (items, changed) = (Lock::new(VecDeque::new()), Condition::new());
        let taken = together(4, move |number| {
            let mut sum = 0;
            for _ in 0..2 {
                let mut items = items.lock();
                if number < 2 {
                    changed.wait_for(&mut items, |items| items.is_empty());
                    items.push_back(1);
                } else {
                    if number == 3 {
                        let _ = changed.wait_timeout(&mut items, Duration::ZERO);
                    }
                    changed.wait_for(&mut items, |items| !items.is_empty());
                    sum += items.pop_front().unwrap();
                }
                changed.notify_all(&items);
            }
            sum
        });
        assert_eq!(taken, [0, 0, 2, 2]);
    });
}

/// Each of two notifications lets one of two go who wait without a limit, though others give up beside them.
#[test]
fn model_condition_notifies_those_who_stay() {
    explore(|| {
        let shared = Arc::new((Lock::new((0, 0)), Condition::new()));
        let for_waiters = shared.clone();
        let waiters = thread::spawn(move || {
            together(3, move |number| {
                let (counts, condition) = &*for_waiters;
                let mut counts = counts.lock();
                if number == 2 {
                    let woken = condition.wait_timeout(&mut counts, Duration::ZERO);
                    counts.1 += usize::from(woken.is_ok());
                } else {
                    counts.0 += 1;
                    condition.wait(&mut counts);
                    counts.0 -= 1;
                    counts.1 += 1;
                }
            })
        });
        let (counts, condition) = &*shared;
        let mut notified = 0;
        while notified < 2 || counts.lock().0 > 0 {
            let counts = counts.lock();
            if counts.0 > 0 {
                notified += condition.notify(&counts, 1);
            }
            drop(counts);
            thread::yield_now();
        }
        waiters.join().unwrap();
        assert_eq!(counts.lock().1, notified);
    });
}

#[test]
fn model_barrier_rounds() {
    explore(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let barrier = Barrier::with_action(3, move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let places = together(3, move |_| {
            let places = [1, 2].map(|round| {
                let place = barrier.wait().unwrap();
                assert!(runs.load(Ordering::SeqCst) >= round);
                place
            });
            places
        });
        for round in 0..2 {
            let mut places: Vec<_> = places.iter().map(|places| places[round]).collect();
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2]);
        }
    });
}

/// More threads than parties, some at the door while the action runs: all pass in pairs.
#[test]
fn model_barrier_with_a_crowd() {
    explore(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let barrier = Barrier::with_action(2, move || {
            counted.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
        });
        together(4, move |_| barrier.wait().unwrap());
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    });
}

/// One that gives up breaks it for all, or all had come.
#[test]
fn model_barrier_with_one_that_gives_up() {
    explore(|| {
        let barrier = Barrier::with_action(3, thread::yield_now);
        let mut outcomes = together(3, move |number| match number {
            0 => barrier.wait_timeout(Duration::ZERO),
            _ => barrier.wait(),
        });
        if outcomes[0].is_ok() {
            outcomes.sort_unstable_by_key(|outcome| outcome.unwrap());
            assert_eq!(outcomes, [Ok(0), Ok(1), Ok(2)]);
        } else {
            assert_eq!(outcomes[0], Err(BarrierError::TimedOut));
            assert_eq!(outcomes[1..], [Err(BarrierError::Broken); 2]);
        }
    });
}

/// Abort and reset at any moment: nobody hangs, and the barrier works afterwards.
#[test]
fn model_barrier_abort_and_reset() {
    explore(|| {
        let barrier = Arc::new(Barrier::with_action(2, thread::yield_now));
        let waits = barrier.clone();
        let waiters = thread::spawn(move || together(2, move |_| waits.wait().is_ok()));
        barrier.abort();
        let outcomes = waiters.join().unwrap();
        assert_eq!(outcomes[0], outcomes[1]);
        barrier.reset();
        let again = barrier.clone();
        together(2, move |_| again.wait().unwrap());
        assert!(!barrier.is_broken());
    });
}

#[test]
fn model_barrier_whose_action_panics() {
    explore(|| {
        let barrier = Barrier::with_action(3, || std::panic::resume_unwind(Box::new("no")));
        let outcomes = together(3, move |_| {
            catch_unwind(AssertUnwindSafe(|| barrier.wait()))
        });
        let panics = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(panics, 1);
        let errors: Vec<_> = outcomes.into_iter().filter_map(Result::ok).collect();
        assert_eq!(errors, [Err(BarrierError::Broken); 2]);
    });
}

#[test]
fn model_event_lets_all_go_who_wait() {
    explore(|| {
        let shared = Arc::new((Event::new(), AtomicUsize::new(0)));
        let for_waiters = shared.clone();
        let waiters = thread::spawn(move || {
            together(3, move |number| {
                let (event, gone) = &*for_waiters;
                if number == 2 {
                    let _ = event.wait_timeout(Duration::ZERO);
                } else {
                    event.wait();
                    gone.fetch_add(1, Ordering::SeqCst);
                }
            })
        });
        let (event, gone) = &*shared;
        while gone.load(Ordering::SeqCst) < 2 {
            event.set();
            event.clear();
            thread::yield_now();
        }
        waiters.join().unwrap();
    });
}

#[test]
fn model_semaphore_keeps_count() {
    explore(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let used = semaphore.clone();
        let inside = AtomicUsize::new(0);
        together(4, move |number| {
            for _ in 0..2 {
                let permit = match number {
                    0 => used.permit_timeout(Duration::ZERO).ok(),
                    _ => Some(used.permit()),
                };
                if permit.is_some() {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    inside.fetch_sub(1, Ordering::SeqCst);
                }
            }
        });
        assert_eq!(
            format!("{semaphore:?}"),
            "Semaphore { permits: 1, waiters: 0 }"
        );
    });
}
