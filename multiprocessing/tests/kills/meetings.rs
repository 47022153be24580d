//! Conditions, events and barriers.

use multiprocessing::{Barrier, BarrierError, Condition, Event, Lock, Taken, Value};

use crate::support::{
    Deaths, LONG, MANY, Other, ROUNDS, Victim, await_that, delay, in_all_ways, sleep_on,
};

/// It has notified another, which comes by the lock of the dead.
pub(crate) fn a_condition_whose_lock_is_held() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let condition = Condition::with_lock(Lock::new().unwrap()).unwrap();
        let waiter = Other::start(|| {
            let guard = condition.lock().unwrap();
            let waited = condition.wait_timeout(LONG).unwrap();
            drop(guard);
            assert!(waited.in_time && waited.taken != Taken::Clean);
        });
        waiter.await_sleep();
        let mut victim = Victim::start(|ready| {
            let _guard = condition.lock().unwrap();
            assert_eq!(condition.notify(1).unwrap(), 1);
            ready();
            sleep_on()
        });
        let died = victim.die(way, || ());
        waiter.finish();
        let news = died.elapsed();
        drop(condition.lock().unwrap());
        news
    })
}

/// The dead are passed over: one notification reaches the living one behind them.
pub(crate) fn a_condition_is_waited_for() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let condition = Condition::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let _guard = condition.lock().unwrap();
            ready();
            let _ = condition.wait();
        });
        victim.await_sleep();
        let other = Other::start(|| {
            let _guard = condition.lock().unwrap();
            assert!(condition.wait_timeout(LONG).unwrap().in_time);
        });
        other.await_sleep();
        let died = victim.die(way, || ());
        // The descriptors of a program that is replaced are closed in the course of it.
        drop(victim);
        let guard = condition.lock().unwrap();
        assert_eq!(condition.notify(1).unwrap(), 1);
        drop(guard);
        other.finish();
        died.elapsed()
    })
}

/// A notification goes to one that dies of it: the next gets it, or it was used.
pub(crate) fn a_condition_is_woken_for() -> Deaths {
    in_all_ways(MANY, |way| {
        let condition = Condition::with_lock(Lock::new().unwrap()).unwrap();
        let items = Value::new(0_u32).unwrap();
        let take = || {
            let guard = condition
                .lock()
                .or_else(multiprocessing::LockError::recover)
                .unwrap();
            let _ = condition.wait_for(|| items.get().unwrap() > 0).unwrap();
            items.set(items.get().unwrap() - 1).unwrap();
            drop(guard);
        };
        let mut victim = Victim::start(|ready| {
            ready();
            take();
        });
        victim.await_sleep();
        let other = Other::start(take);
        other.await_sleep();
        let put = || {
            let guard = condition
                .lock()
                .or_else(multiprocessing::LockError::recover)
                .unwrap();
            items.set(items.get().unwrap() + 1).unwrap();
            let told = condition.notify(1).unwrap();
            drop(guard);
            told
        };
        assert_eq!(put(), 1);
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        // The victim may have taken it. The other has one in any case.
        put();
        other.finish();
        died.elapsed()
    })
}

/// It has set the event, which stays set.
pub(crate) fn an_event_is_set() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let event = Event::new().unwrap();
        let other = Other::start(|| assert!(event.wait_timeout(LONG)));
        other.await_sleep();
        let mut victim = Victim::start(|ready| {
            event.set();
            ready();
            sleep_on()
        });
        let died = victim.die(way, || assert!(event.is_set()));
        drop(victim);
        other.finish();
        assert!(event.wait_timeout(LONG));
        let news = died.elapsed();
        event.clear();
        assert!(!event.is_set());
        news
    })
}

pub(crate) fn an_event_is_waited_for() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let event = Event::new().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            event.wait();
        });
        let other = Other::start(|| assert!(event.wait_timeout(LONG)));
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        event.set();
        other.finish();
        died.elapsed()
    })
}

pub(crate) fn an_event_is_woken_for() -> Deaths {
    in_all_ways(MANY, |way| {
        let event = Event::new().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            event.wait();
        });
        let other = Other::start(|| assert!(event.wait_timeout(LONG)));
        victim.await_sleep();
        other.await_sleep();
        event.set();
        delay();
        let died = victim.die(way, || ());
        other.finish();
        event.clear();
        assert!(!event.is_set());
        died.elapsed()
    })
}

/// The last that came runs the action, which none of the others will see the end of.
pub(crate) fn a_party_runs_the_action() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let runs = Event::new().unwrap();
        let action = {
            let runs = runs.clone();
            move || {
                runs.set();
                sleep_on()
            }
        };
        let barrier = Barrier::new(2).unwrap().action(action);
        let other = Other::start(|| assert!(broken_by(barrier.wait_timeout(LONG)).is_some()));
        await_that("the other waits", || barrier.n_waiting() == 1);
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = barrier.wait();
        });
        runs.wait();
        let died = victim.die(way, || ());
        other.finish();
        let news = died.elapsed();
        assert!(barrier.is_broken());
        news
    })
}

/// The pid of whose death broke it.
fn broken_by(end: Result<usize, BarrierError>) -> Option<u32> {
    match end {
        Err(BarrierError::Broken(Some(death))) => death.pid(),
        end => panic!("{end:?}"),
    }
}

/// It breaks, for all, who is told who died; and can be mended.
pub(crate) fn a_party_waits() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let barrier = Barrier::new(3).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = barrier.wait();
        });
        let pid = victim.pid();
        let other = Other::start(|| {
            assert_eq!(broken_by(barrier.wait_timeout(LONG)), Some(pid));
        });
        await_that("both wait", || barrier.n_waiting() == 2);
        victim.await_sleep();
        let died = victim.die(way, || ());
        other.finish();
        let news = died.elapsed();
        assert!(barrier.is_broken() && barrier.wait().is_err());
        barrier.reset().unwrap();
        let others = [(); 2].map(|()| Other::start(|| assert!(barrier.wait_timeout(LONG).is_ok())));
        barrier.wait_timeout(LONG).unwrap();
        others.into_iter().for_each(Other::finish);
        news
    })
}

/// All have come when it dies: the others have passed.
pub(crate) fn a_party_is_woken() -> Deaths {
    in_all_ways(MANY, |way| {
        let barrier = Barrier::new(3).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = barrier.wait();
        });
        let other = Other::start(|| assert!(barrier.wait_timeout(LONG).is_ok()));
        await_that("both wait", || barrier.n_waiting() == 2);
        barrier.wait_timeout(LONG).unwrap();
        delay();
        let died = victim.die(way, || ());
        other.finish();
        died.elapsed()
    })
}
