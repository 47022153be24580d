//! `Barrier`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use threading::{Barrier, BarrierError, CancelToken, Event};

use crate::support::await_shown;

/// Has so many threads do something; what they returned.
fn together<R: Send>(threads: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.collect()
    })
}

#[test]
fn rounds_without_a_mix_up() {
    guarded(|| {
        let (barrier, passed) = (Barrier::new(4), [(); 50].map(|()| AtomicUsize::new(0)));
        together(4, || {
            for (round, count) in passed.iter().enumerate() {
                count.fetch_add(1, Ordering::Relaxed);
                barrier.wait().unwrap();
                assert_eq!(count.load(Ordering::Relaxed), 4, "round {round}");
            }
        });
    });
}

#[test]
fn places_are_distinct() {
    guarded(|| {
        let barrier = Barrier::new(5);
        for _ in 0..20 {
            let mut places = together(5, || barrier.wait().unwrap());
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2, 3, 4]);
        }
        assert_eq!(Barrier::new(1).wait(), Ok(0));
    });
}

#[test]
fn the_action_is_run_once_a_round_before_anybody_goes_on() {
    guarded(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let barrier = Barrier::with_action(3, move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        together(3, || {
            for round in 1..=50 {
                barrier.wait().unwrap();
                assert_eq!(runs.load(Ordering::Relaxed), round);
            }
        });
    });
}

#[test]
fn a_panic_of_the_action_breaks_it_for_all() {
    guarded(|| {
        let barrier = Barrier::with_action(3, || panic!("no"));
        let outcomes = together(3, || catch_unwind(AssertUnwindSafe(|| barrier.wait())));
        let (panics, errors): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_err);
        assert_eq!(panics.len(), 1);
        for error in errors {
            assert_eq!(error.unwrap(), Err(BarrierError::Broken));
        }
        assert!(barrier.is_broken());
        assert_eq!(barrier.wait(), Err(BarrierError::Broken));
    });
}

#[test]
fn a_time_out_breaks_it_for_all_until_a_reset() {
    guarded(|| {
        let barrier = Barrier::new(3);
        let outcomes = thread::scope(|scope| {
            let patient = scope.spawn(|| barrier.wait());
            await_shown(&barrier, "n_waiting: 1");
            let hasty = barrier.wait_timeout(Duration::from_millis(10));
            (patient.join().unwrap(), hasty)
        });
        assert_eq!(
            outcomes,
            (Err(BarrierError::Broken), Err(BarrierError::TimedOut))
        );
        assert_eq!(barrier.wait(), Err(BarrierError::Broken));
        assert_eq!(
            barrier.wait_timeout(Duration::MAX),
            Err(BarrierError::Broken)
        );
        barrier.reset();
        assert!(!barrier.is_broken());
        assert!(
            together(3, || barrier.wait().is_ok())
                .into_iter()
                .all(|ok| ok)
        );
    });
}

#[test]
fn its_own_timeout() {
    guarded(|| {
        let barrier = Barrier::new(2).timeout(Duration::from_millis(5));
        assert_eq!(barrier.wait(), Err(BarrierError::TimedOut));
        barrier.reset();
        assert_eq!(together(2, || barrier.wait_timeout(None)).len(), 2);
        assert!(!barrier.is_broken());
    });
}

#[test]
fn a_cancelled_wait_breaks_it() {
    guarded(|| {
        let (barrier, token) = (Barrier::new(3), CancelToken::new());
        thread::scope(|scope| {
            let patient = scope.spawn(|| barrier.wait());
            let cancelled = scope.spawn(|| barrier.wait_timeout(&token));
            await_shown(&barrier, "n_waiting: 2");
            token.cancel();
            assert_eq!(cancelled.join().unwrap(), Err(BarrierError::Cancelled));
            assert_eq!(patient.join().unwrap(), Err(BarrierError::Broken));
        });
        barrier.reset();
        assert_eq!(barrier.wait_timeout(&token), Err(BarrierError::Cancelled));
        assert!(barrier.is_broken(), "one will not come");
    });
}

#[test]
fn abort_breaks_it_for_those_present_and_those_to_come() {
    guarded(|| {
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| scope.spawn(|| barrier.wait()));
            await_shown(&barrier, "n_waiting: 3");
            barrier.abort();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Err(BarrierError::Broken));
            }
        });
        assert_eq!(barrier.wait(), Err(BarrierError::Broken));
        assert_eq!((barrier.n_waiting(), barrier.parties()), (0, 4));
    });
}

#[test]
fn a_reset_sends_waiters_away_and_leaves_it_usable() {
    guarded(|| {
        let barrier = Barrier::new(3);
        thread::scope(|scope| {
            let waiters = [(); 2].map(|()| scope.spawn(|| barrier.wait()));
            await_shown(&barrier, "n_waiting: 2");
            barrier.reset();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Err(BarrierError::Broken));
            }
        });
        assert!(
            together(3, || barrier.wait().is_ok())
                .into_iter()
                .all(|ok| ok)
        );
    });
}

/// A barrier of two whose action waits to be let go, while it is run by one of two threads; what happens meanwhile,
/// and what the two returned. They wait for no longer than the limit: `None` if one came too late for the other.
fn try_during_the_action(
    limit: Duration,
    meanwhile: &mut impl FnMut(&Barrier, Duration),
) -> Option<[Result<usize, BarrierError>; 2]> {
    let (begun, ends) = mpsc::channel();
    let (late, go_on) = (begun.clone(), Arc::new(Event::new()));
    let goes_on = go_on.clone();
    let barrier = Barrier::with_action(2, move || {
        begun.send(true).unwrap();
        goes_on.wait();
    });
    let wait = |late: mpsc::Sender<bool>| {
        let outcome = barrier.wait_timeout(limit);
        late.send(false).unwrap();
        outcome
    };
    thread::scope(|scope| {
        let waiters = [late.clone(), late].map(|late| scope.spawn(|| wait(late)));
        // The action's word comes before theirs, unless it is not run at all.
        let runs = ends.recv().unwrap();
        if runs {
            meanwhile(&barrier, limit);
        }
        go_on.set();
        let outcomes = waiters.map(|waiter| waiter.join().unwrap());
        runs.then_some(outcomes)
    })
}

/// With a limit that two threads keep on this machine now.
fn during_the_action(
    mut meanwhile: impl FnMut(&Barrier, Duration),
) -> [Result<usize, BarrierError>; 2] {
    let limits = (0..8).map(|turn| Duration::from_millis(20) * (1 << turn));
    let mut outcomes = limits.map(|limit| try_during_the_action(limit, &mut meanwhile));
    outcomes
        .find_map(|outcomes| outcomes)
        .expect("two threads meet")
}

#[test]
fn nobody_is_late_while_the_action_runs() {
    guarded(|| {
        // Only time can show that time does not matter.
        let outcomes = during_the_action(|_, limit| thread::sleep(3 * limit));
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
}

#[test]
fn abort_and_reset_reach_those_whose_action_runs() {
    guarded(|| {
        for end in [Barrier::abort, Barrier::reset] {
            let outcomes = during_the_action(|barrier, _| end(barrier));
            assert_eq!(outcomes, [Err(BarrierError::Broken); 2]);
        }
    });
}

#[test]
fn who_comes_while_the_action_runs_belongs_to_the_next_round() {
    guarded(|| {
        let late = Duration::from_millis(5);
        let outcomes = during_the_action(|barrier, _| {
            // This one gives up, which breaks the next round and not the one that is complete.
            assert_eq!(barrier.wait_timeout(late), Err(BarrierError::TimedOut));
            assert!(!barrier.is_broken());
        });
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
}

#[test]
fn more_threads_than_parties() {
    guarded(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let barrier = Barrier::with_action(2, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            thread::yield_now();
        });
        // So that no thread has waits left when the others are done.
        let waits = AtomicUsize::new(0);
        together(6, || {
            while waits.fetch_add(1, Ordering::Relaxed) < 600 {
                barrier.wait().unwrap();
            }
        });
        assert_eq!(runs.load(Ordering::Relaxed), 300);
    });
}

#[test]
fn a_barrier_for_nobody_is_a_panic() {
    guarded(|| assert!(catch_unwind(|| Barrier::new(0)).is_err()));
}
