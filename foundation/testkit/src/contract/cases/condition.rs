//! What a condition must do over a lock of either kind: CPython's `ConditionTests`.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{BRIEF, EVER, HANDS, tells, tiny};
use crate::contract::notes::patience;
use crate::contract::{Condition, Counter, Crew, Lock, Log, Refusal, Register, World};

/// A lock and a condition over it.
fn pair<C: Condition>() -> (Arc<C::Lock>, Arc<C>) {
    let lock = Arc::new(C::Lock::new());
    (Arc::clone(&lock), Arc::new(C::new(lock)))
}

/// A crew that waits once each and counts who was woken.
fn waiters<W: World, C: Condition>(
    lock: &Arc<C::Lock>,
    condition: &Arc<C>,
    woken: &Counter,
) -> Crew<W> {
    let (lock, condition, woken) = (Arc::clone(lock), Arc::clone(condition), woken.clone());
    let crew = Crew::start(HANDS, move |_| {
        lock.acquire().unwrap();
        condition.wait().unwrap();
        woken.add();
        lock.release().unwrap();
    });
    crew.settle();
    crew
}

fn notify<C: Condition>(lock: &C::Lock, condition: &C, count: usize) {
    lock.acquire().unwrap();
    condition.notify(count).unwrap();
    lock.release().unwrap();
}

fn notify_everyone<C: Condition>(lock: &C::Lock, condition: &C) {
    lock.acquire().unwrap();
    condition.notify_all().unwrap();
    lock.release().unwrap();
}

/// The lock is free while a worker waits, and held by that worker again afterwards
/// (`ConditionTests.test_acquire`).
pub fn acquire<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let crew = Crew::<W>::start(1, {
        let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
        move |_| {
            lock.acquire().unwrap();
            condition.wait().unwrap();
            assert!(lock.locked());
            lock.release().unwrap();
        }
    });
    crew.settle();
    assert!(!lock.locked());
    lock.acquire().unwrap();
    condition.notify(1).unwrap();
    crew.settle();
    assert!(lock.locked(), "the notified worker waits for the lock");
    lock.release().unwrap();
    crew.join();
    assert!(!lock.locked());
}

/// To wait without the lock is refused (`ConditionTests.test_unacquired_wait`).
pub fn unacquired_wait<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    assert_eq!(condition.wait(), Err(Refusal::NotHeld));
    assert_eq!(condition.wait_timeout(EVER), Err(Refusal::NotHeld));
    assert_eq!(condition.wait_for(|| false), Err(Refusal::NotHeld));
    let limited = condition.wait_for_timeout(EVER, || false);
    assert_eq!(limited, Err(Refusal::NotHeld));
    assert!(!lock.locked());
}

/// To notify without the lock is refused (`ConditionTests.test_unacquired_notify`).
pub fn unacquired_notify<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    assert_eq!(condition.notify(1), Err(Refusal::NotHeld));
    assert_eq!(condition.notify_all(), Err(Refusal::NotHeld));
    assert!(!lock.locked());
    notify(&*lock, &*condition, 1);
}

/// As many wake as are notified, and no others (`ConditionTests.test_notify`).
pub fn notify_some<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    for _ in 0..2 {
        let woken = Counter::new();
        let crew = waiters::<W, C>(&lock, &condition, &woken);
        assert_eq!(woken.get(), 0);
        for (count, total) in [(3, 3), (0, 3), (1, 4), (7, HANDS)] {
            notify(&*lock, &*condition, count);
            crew.settle();
            assert_eq!(woken.get(), total, "after {count} were notified");
        }
        crew.join();
    }
}

/// All wake when all are notified (`ConditionTests.test_notify`).
pub fn notify_all<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    for _ in 0..2 {
        let woken = Counter::new();
        let crew = waiters::<W, C>(&lock, &condition, &woken);
        notify_everyone(&*lock, &*condition);
        crew.join();
        assert_eq!(woken.get(), HANDS);
    }
}

/// Nobody goes on before the notifier has released the lock (`ConditionTests.test_notify`).
pub fn notified_waits_for_the_lock<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let woken = Counter::new();
    let crew = waiters::<W, C>(&lock, &condition, &woken);
    lock.acquire().unwrap();
    condition.notify_all().unwrap();
    crew.settle();
    assert_eq!(woken.get(), 0);
    lock.release().unwrap();
    crew.join();
    assert_eq!(woken.get(), HANDS);
}

/// Who has waited longest wakes first: the queue of waiters in CPython's `Condition`.
pub fn fifo<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let (order, mut crew) = (Log::new(), Crew::<W>::new());
    for index in 0..HANDS {
        let (lock, condition, order) = (Arc::clone(&lock), Arc::clone(&condition), order.clone());
        crew.hire(move || {
            lock.acquire().unwrap();
            condition.wait().unwrap();
            order.push(index);
            lock.release().unwrap();
        });
        crew.settle();
    }
    for (count, total) in [(1, 1), (1, 2), (3, HANDS)] {
        notify(&*lock, &*condition, count);
        order.wait_for(total);
        assert_eq!(
            order.sorted(),
            Vec::from_iter(0..total),
            "a later one came first"
        );
    }
    crew.join();
}

/// A notification while nobody waits is gone.
pub fn notify_nobody<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    lock.acquire().unwrap();
    condition.notify(1).unwrap();
    condition.notify_all().unwrap();
    assert_eq!(condition.wait_timeout(BRIEF), Err(Refusal::TimedOut));
    lock.release().unwrap();
}

/// A wait ends at its limit, and the lock is held then (`ConditionTests.test_timeout`).
pub fn timeout<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let state = Arc::clone(&lock);
    Crew::<W>::start(HANDS, move |_| {
        lock.acquire().unwrap();
        let begin = Instant::now();
        assert_eq!(condition.wait_timeout(BRIEF), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= BRIEF);
        assert!(lock.locked());
        lock.release().unwrap();
    })
    .join();
    assert!(!state.locked());
}

/// A limited wait that is notified in time says so, however long the limit.
pub fn timeout_in_time<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    for limit in [EVER, Duration::MAX] {
        let crew = Crew::<W>::start(1, {
            let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
            move |_| {
                lock.acquire().unwrap();
                condition.wait_timeout(limit).unwrap();
                lock.release().unwrap();
            }
        });
        crew.settle();
        notify(&*lock, &*condition, 1);
        crew.join();
    }
}

/// A notification goes to one who returns with it: not to one whose limit has passed and who says
/// so.
pub fn notify_after_a_timeout<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let (notified, mut crew) = (Counter::new(), Crew::<W>::new());
    lock.acquire().unwrap();
    for limit in [BRIEF, EVER] {
        let (lock, condition, notified) =
            (Arc::clone(&lock), Arc::clone(&condition), notified.clone());
        crew.hire(move || {
            lock.acquire().unwrap();
            if condition.wait_timeout(limit).is_ok() {
                notified.add();
            }
            lock.release().unwrap();
        });
    }
    lock.release().unwrap();
    crew.settle();
    lock.acquire().unwrap();
    // The first limit passes while its waiter cannot get the lock to say so.
    thread::sleep(BRIEF);
    condition.notify(1).unwrap();
    lock.release().unwrap();
    notified.wait_for(1);
    crew.settle();
    assert_eq!(notified.get(), 1);
    notify_everyone(&*lock, &*condition);
    crew.join();
}

/// No notification is lost, however close to the limits of other waiters it comes.
pub fn notifications_race_timeouts<W: World, C: Condition>() {
    const NOTIFICATIONS: u32 = 200;
    let (lock, condition) = pair::<C>();
    let (notified, over) = (Counter::new(), Register::new());
    let mut crew = Crew::<W>::new();
    for hand in 0..4 {
        let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
        let (notified, over) = (notified.clone(), over.clone());
        crew.hire(move || {
            lock.acquire().unwrap();
            for round in 0.. {
                let limit = if hand < 2 { EVER } else { tiny(round + hand) };
                let outcome = condition.wait_timeout(limit);
                if over.get() == 1 {
                    break;
                }
                if outcome.is_ok() {
                    notified.add();
                }
            }
            lock.release().unwrap();
        });
        if hand == 1 {
            crew.settle();
        }
    }
    // Only one is woken at a time, so at least one of the two without a limit waits whenever
    // another is notified.
    for count in 1..=NOTIFICATIONS {
        notify(&*lock, &*condition, 1);
        notified.wait_for(count);
    }
    lock.acquire().unwrap();
    over.set(1);
    condition.notify_all().unwrap();
    lock.release().unwrap();
    crew.join();
    assert_eq!(notified.get(), NOTIFICATIONS);
}

/// It waits until the predicate holds, which it asks with the lock held
/// (`ConditionTests.test_waitfor`).
pub fn wait_for<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let (state, passed) = (Register::new(), Counter::new());
    let crew = Crew::<W>::start(1, {
        let (lock, condition) = (Arc::clone(&lock), Arc::clone(&condition));
        let (state, passed) = (state.clone(), passed.clone());
        move |_| {
            lock.acquire().unwrap();
            let holds = || {
                assert!(lock.locked());
                state.get() == 4
            };
            condition.wait_for(holds).unwrap();
            passed.add();
            assert_eq!(state.get(), 4);
            lock.release().unwrap();
        }
    });
    for value in 1..=4 {
        crew.settle();
        assert_eq!(passed.get(), 0);
        lock.acquire().unwrap();
        state.set(value);
        condition.notify(1).unwrap();
        lock.release().unwrap();
    }
    crew.join();
}

/// It ends at its limit when the predicate never holds, however often it is notified meanwhile
/// (`ConditionTests.test_waitfor_timeout`).
pub fn wait_for_timeout<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let ended = Register::new();
    let crew = Crew::<W>::start(1, {
        let (lock, condition, ended) = (Arc::clone(&lock), Arc::clone(&condition), ended.clone());
        move |_| {
            lock.acquire().unwrap();
            let (begin, mut asked) = (Instant::now(), 0);
            let never = || {
                asked += 1;
                false
            };
            let outcome = condition.wait_for_timeout(BRIEF, never);
            assert_eq!(outcome, Err(Refusal::TimedOut));
            assert!(begin.elapsed() >= BRIEF);
            assert!(asked >= 2, "it is asked at the begin and at the end");
            ended.set(1);
            lock.release().unwrap();
        }
    });
    let begin = Instant::now();
    while ended.get() == 0 {
        assert!(
            begin.elapsed() < patience(),
            "a notification extends the limit"
        );
        notify(&*lock, &*condition, 1);
        thread::yield_now();
    }
    crew.join();
}

/// It does not wait for what holds already (`ConditionTests.test_waitfor`).
pub fn wait_for_what_holds<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    lock.acquire().unwrap();
    condition.wait_for(|| true).unwrap();
    condition.wait_for_timeout(Duration::ZERO, || true).unwrap();
    assert!(lock.locked());
    lock.release().unwrap();
}

/// What began to hold without a notification counts at the limit
/// (`ConditionTests.test_waitfor_timeout`).
pub fn wait_for_a_silent_change<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    let mut asked = 0;
    let second_time = || {
        asked += 1;
        asked == 2
    };
    lock.acquire().unwrap();
    condition.wait_for_timeout(BRIEF, second_time).unwrap();
    lock.release().unwrap();
}

/// Two conditions over one lock have waiters of their own.
pub fn two_conditions<W: World, C: Condition>() {
    let (lock, one) = pair::<C>();
    let other = Arc::new(C::new(Arc::clone(&lock)));
    let [woken_by_one, woken_by_other] = [Counter::new(), Counter::new()];
    let of_one = waiters::<W, C>(&lock, &one, &woken_by_one);
    let of_other = waiters::<W, C>(&lock, &other, &woken_by_other);
    notify_everyone(&*lock, &*one);
    of_one.join();
    of_other.settle();
    assert_eq!((woken_by_one.get(), woken_by_other.get()), (HANDS, 0));
    notify_everyone(&*lock, &*other);
    of_other.join();
}

/// `Debug` tells whether its lock is held.
pub fn debug<W: World, C: Condition>() {
    let (lock, condition) = pair::<C>();
    tells(&*condition, "held", || lock.acquire().unwrap());
    lock.release().unwrap();
}
