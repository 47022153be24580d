//! Implementations that are broken on purpose are found out, each by the case that is meant for it.

use std::collections::BTreeSet;
use std::time::Duration;

use manyways_testkit::contract::Threads;
use manyways_testkit::{LIMIT_VARIABLE, Watchdog, guarded};

use crate::simple::{
    BarrierState, EventState, FIFO, Held, Owner, Permits, QueueState, SimpleBarrier, SimpleBounded,
    SimpleCondition, SimpleEvent, SimpleLock, SimpleQueue, SimpleRLock, SimpleSemaphore,
    SimpleThread, StdMonitor, Waiting, fault,
};
use crate::support::{mode, rerun};

type Lock<const FAULT: u8 = 0> = SimpleLock<StdMonitor<Held>, FAULT>;
type RLock<const FAULT: u8 = 0> = SimpleRLock<StdMonitor<Owner>, FAULT>;
type Condition<const FAULT: u8> = SimpleCondition<StdMonitor<Waiting>, Lock, FAULT>;
type OverRLock<const FAULT: u8> = SimpleCondition<StdMonitor<Waiting>, RLock<FAULT>>;
type Event<const FAULT: u8> = SimpleEvent<StdMonitor<EventState>, FAULT>;
type Semaphore<const FAULT: u8> = SimpleSemaphore<StdMonitor<Permits>, FAULT>;
type Bounded<const FAULT: u8> = SimpleBounded<StdMonitor<Permits>, FAULT>;
type Barrier<const FAULT: u8> = SimpleBarrier<StdMonitor<BarrierState>, FAULT>;
type Queue<const FAULT: u8> = SimpleQueue<StdMonitor<QueueState<u32>>, FIFO, FAULT>;
type Thread<const FAULT: u8> = SimpleThread<FAULT>;

/// Runs the case in a process of its own, where it must fail, and say this.
fn convict(test: &str, case: fn(), says: &str) {
    if mode().is_some() {
        // What a faulty implementation leaves behind is nobody's concern.
        let _watchdog = Watchdog::arm(Duration::from_secs(3));
        return case();
    }
    guarded(|| {
        let mut command = rerun(&format!("mutants::{test}"), "mutant");
        // The limit shortens what the suite waits for anything to 1 s; without a path there is no
        // debugger.
        let output = command
            .env(LIMIT_VARIABLE, "3")
            .env("PATH", "")
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        let mut log = String::from_utf8_lossy(&output.stdout).into_owned();
        log += &String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "the fault is not noticed: {log}");
        assert!(log.contains(says), "'{says}' is not in {log}");
    });
}

macro_rules! mutants {
    ($($test:ident: $subject:ident, $fault:ident, $suite:ident::$case:ident, $says:literal;)+) => {
        $(
            #[test]
            fn $test() {
                let case = manyways_testkit::contract::$suite::$case::<Threads, $subject<{ fault::$fault }>>;
                convict(stringify!($test), case, $says);
            }
        )+

        const CONVICTED: &[u8] = &[$(fault::$fault),+];
    };
}

mutants! {
    lock_twice: Lock, LOCK_TWICE, lock::try_acquire_contended, "WouldBlock";
    lock_spins: Lock, LOCK_SPINS, lock::acquire_contended, "neither sleep nor end";
    lock_released_free: Lock, LOCK_RELEASED_FREE, plain_lock::release_unacquired, "NotHeld";
    lock_handed_to_the_gone: Lock, LOCK_HANDED_TO_THE_GONE, plain_lock::state_after_timeout, "!lock.locked()";
    limit_halved: Lock, LIMIT_HALVED, lock::timeout, "elapsed()";
    guard_leaks: Lock, GUARD_LEAKS, lock::with, "!lock.locked()";
    rlock_anyone_releases: RLock, RLOCK_ANYONE_RELEASES, rlock::different_thread, "NotHeld";
    rlock_free_at_once: RLock, RLOCK_FREE_AT_ONCE, rlock::last_release, "left: 1";
    rlock_restored_once: OverRLock, RLOCK_RESTORED_ONCE, condition_over_rlock::wait_releases_all, "NotHeld";
    condition_unchecked: Condition, CONDITION_UNCHECKED, condition::unacquired_notify, "NotHeld";
    condition_notifies_the_gone: Condition, CONDITION_NOTIFIES_THE_GONE, condition::notify_after_a_timeout, "0 of 1 happened";
    condition_limit_begins_again: Condition, CONDITION_LIMIT_BEGINS_AGAIN, condition::wait_for_timeout, "extends the limit";
    condition_wakes_one_more: Condition, CONDITION_WAKES_ONE_MORE, condition::notify_some, "after 3 were notified";
    condition_lifo: Condition, CONDITION_LIFO, condition::fifo, "a later one came first";
    condition_keeps_notifications: Condition, CONDITION_KEEPS_NOTIFICATIONS, condition::notify_nobody, "TimedOut";
    event_forgets: Event, EVENT_FORGETS, event::set_and_clear, "happened in";
    event_wakes_one: Event, EVENT_WAKES_ONE, event::notify, "has not ended";
    semaphore_releases_one: Semaphore, SEMAPHORE_RELEASES_ONE, semaphore::multirelease, "right: 13";
    semaphore_over_releases: Bounded, SEMAPHORE_OVER_RELEASES, bounded_semaphore::release_unacquired, "OverRelease";
    semaphore_fills_up: Bounded, SEMAPHORE_FILLS_UP, bounded_semaphore::over_release_changes_nothing, "permits without waiting";
    semaphore_handed_to_the_gone: Semaphore, SEMAPHORE_HANDED_TO_THE_GONE, semaphore::timeouts_race_releases, "panicked at";
    barrier_index_twice: Barrier, BARRIER_INDEX_TWICE, barrier::wait_return, "left: [1, 1";
    barrier_early_action: Barrier, BARRIER_EARLY_ACTION, barrier::action, "right: 10";
    barrier_whole_after_abort: Barrier, BARRIER_WHOLE_AFTER_ABORT, barrier::abort, "=== watchdog";
    barrier_broken_after_reset: Barrier, BARRIER_BROKEN_AFTER_RESET, barrier::abort_and_reset, "left: (0, true)";
    barrier_left_alone: Barrier, BARRIER_LEFT_ALONE, barrier::timeout, "has not ended";
    queue_too_large: Queue, QUEUE_TOO_LARGE, queue::nowait, "Full";
    queue_other_order: Queue, QUEUE_OTHER_ORDER, queue::order, "left: [222, 333, 111]";
    queue_handed_to_the_gone: Queue, QUEUE_HANDED_TO_THE_GONE, queue::nothing_is_lost, "has not ended";
    simple_queue_handed_to_the_gone: Queue, QUEUE_HANDED_TO_THE_GONE, simple_queue::many_workers_timeout, "has not ended";
    queue_joined_when_empty: Queue, QUEUE_JOINED_WHEN_EMPTY, queue::join_waits_for_done, "taken and is not done";
    queue_leaves_putters: Queue, QUEUE_LEAVES_PUTTERS, queue_shutdown::put, "has not ended";
    queue_end_loses: Queue, QUEUE_END_LOSES, queue_shutdown::nonempty, "right: 2";
    queue_end_not_counted: Queue, QUEUE_END_NOT_COUNTED, queue_shutdown::immediate_join, "has not ended";
    thread_starts_again: Thread, THREAD_STARTS_AGAIN, thread::start_again, "StartedTwice";
    thread_listed_for_ever: Thread, THREAD_LISTED_FOR_EVER, thread::enumerate_after_join, "is_listed";
    thread_hook_skipped: Thread, THREAD_HOOK_SKIPPED, excepthook::custom_excepthook, "unlucky: no luck";
    thread_joins_itself: Thread, THREAD_JOINS_ITSELF, thread_join::join_itself, "Panicked";
    thread_daemon_not_inherited: Thread, THREAD_DAEMON_NOT_INHERITED, thread::daemon, "left: [0]";
}

#[test]
fn every_fault_is_convicted() {
    let faults = BTreeSet::from_iter(fault::ALL);
    assert_eq!(BTreeSet::from_iter(CONVICTED), faults);
}
