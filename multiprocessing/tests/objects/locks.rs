//! Locks and the rest in processes that are started in each way; what they do is in the contract suite.

use manyways_testkit::guarded;
use multiprocessing::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, Misuse, RLock, Semaphore, Taken, Value, task,
};

use crate::support::{LONG, started, with_each_method};

#[task]
fn take_and_leave(lock: Lock) {
    assert_eq!(lock.acquire().unwrap(), Taken::Clean);
    lock.release().unwrap();
    assert_eq!(lock.release(), Err(Misuse::NotHeld));
}

#[task]
fn release_for_another(lock: Lock) {
    lock.release().unwrap();
}

/// `_TestLock.test_lock`
#[test]
pub(crate) fn any_process_may_release_a_lock() {
    with_each_method(|context| {
        let lock = Lock::new().unwrap();
        started(context.process(take_and_leave, (lock.clone(),)))
            .join()
            .unwrap();
        let _ = lock.acquire().unwrap();
        started(context.process(release_for_another, (lock.clone(),)))
            .join()
            .unwrap();
        assert_eq!(lock.try_acquire().unwrap(), Taken::Clean);
        lock.release().unwrap();
    });
}

#[task]
fn cannot_take(lock: RLock) {
    assert!(lock.locked() && !lock.is_owned() && lock.depth() == 0);
    assert_eq!(lock.release(), Err(Misuse::NotOwner));
    assert!(lock.try_acquire().unwrap_err().is_timed_out());
}

/// `_TestLock.test_rlock`
#[test]
pub(crate) fn an_rlock_is_its_holders() {
    with_each_method(|context| {
        let lock = RLock::new().unwrap();
        for _ in 0..3 {
            assert_eq!(lock.acquire().unwrap(), Taken::Clean);
        }
        started(context.process(cannot_take, (lock.clone(),)))
            .join()
            .unwrap();
        for _ in 0..3 {
            lock.release().unwrap();
        }
        assert_eq!(lock.release(), Err(Misuse::NotOwner));
    });
}

#[task]
fn take_permits(semaphore: Semaphore, bounded: BoundedSemaphore, taken: Event, go_on: Event) {
    let permits = (semaphore.permit().unwrap(), bounded.permit().unwrap());
    taken.set();
    assert!(go_on.wait_timeout(LONG));
    drop(permits);
    assert!(bounded.release(1).is_err());
}

/// `_TestSemaphore.test_semaphore`, `test_bounded_semaphore`
#[test]
pub(crate) fn permits_are_the_same_everywhere() {
    with_each_method(|context| {
        let (semaphore, bounded) = (
            Semaphore::new(2).unwrap(),
            BoundedSemaphore::new(2).unwrap(),
        );
        let (taken, go_on) = (Event::new().unwrap(), Event::new().unwrap());
        let arguments = (
            semaphore.clone(),
            bounded.clone(),
            taken.clone(),
            go_on.clone(),
        );
        let mut taker = started(context.process(take_permits, arguments));
        assert!(taken.wait_timeout(LONG));
        assert_eq!((semaphore.value(), bounded.value()), (1, 1));
        go_on.set();
        taker.join().unwrap();
        assert_eq!((semaphore.value(), bounded.value()), (2, 2));
        semaphore.release(1).unwrap();
        assert_eq!(semaphore.value(), 3);
    });
}

#[task]
fn count_up(condition: Condition, count: Value<u32>) {
    for _ in 0..10 {
        let guard = condition.lock().unwrap();
        *count.lock().unwrap() += 1;
        condition.notify_all().unwrap();
        drop(guard);
    }
}

/// `_TestCondition.test_waitfor`
#[test]
pub(crate) fn a_condition_brings_its_lock_along() {
    with_each_method(|context| {
        for condition in [
            Condition::new().unwrap(),
            Condition::with_lock(Lock::new().unwrap()).unwrap(),
        ] {
            let count = Value::new(0).unwrap();
            let arguments = (condition.clone(), count.clone());
            let mut counter = started(context.process(count_up, arguments));
            let guard = condition.lock().unwrap();
            let waited = condition
                .wait_for_timeout(LONG, || count.get().unwrap() == 10)
                .unwrap();
            drop(guard);
            assert!(waited.in_time && waited.taken == Taken::Clean);
            counter.join().unwrap();
        }
    });
}

#[task]
fn answer(there: Event, back: Event) {
    assert!(there.wait_timeout(LONG));
    there.clear();
    back.set();
}

/// `_TestEvent.test_event`
#[test]
pub(crate) fn events_go_to_and_fro() {
    with_each_method(|context| {
        let (there, back) = (Event::new().unwrap(), Event::new().unwrap());
        let mut other = started(context.process(answer, (there.clone(), back.clone())));
        there.set();
        assert!(back.wait_timeout(LONG));
        other.join().unwrap();
        assert!(back.is_set() && !there.is_set());
    });
}

#[task]
fn meet(barrier: Barrier, rounds: usize) -> usize {
    (0..rounds).map(|_| barrier.wait().unwrap()).sum()
}

/// `_TestBarrier.test_thousand`: each round, each party is another number.
#[test]
pub(crate) fn parties_meet_often() {
    with_each_method(|context| {
        const ROUNDS: usize = 300;
        let barrier = Barrier::new(3).unwrap().timeout(LONG);
        let others = [(); 2].map(|()| {
            let arguments = (barrier.clone(), ROUNDS);
            started(context.process(meet, arguments))
        });
        let mine: usize = (0..ROUNDS).map(|_| barrier.wait().unwrap()).sum();
        let theirs = others.map(|mut other| other.join().unwrap());
        assert_eq!(mine + theirs[0] + theirs[1], ROUNDS * (1 + 2));
    });
}

/// `_TestEvent.test_repr`, and of all others: what they are at this moment.
#[test]
pub(crate) fn debug_tells_what_is() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let event = Event::new().unwrap();
        let semaphore = Semaphore::new(3).unwrap();
        let value = Value::new(0).unwrap();
        let before = format!("{lock:?} {event:?} {semaphore:?} {value:?}");
        let guards = (
            lock.lock().unwrap(),
            semaphore.permit().unwrap(),
            value.lock().unwrap(),
        );
        event.set();
        let after = format!("{lock:?} {event:?} {semaphore:?} {value:?}");
        drop(guards);
        let me = format!("holder_pid: Some({})", std::process::id());
        assert_eq!(after.matches(&me).count(), 2, "{after}");
        assert!(before.contains("set: false") && after.contains("set: true"));
        assert!(before.contains("value: 3") && after.contains("value: 2"));
        assert!(!before.contains(&me), "{before}");
    });
}
