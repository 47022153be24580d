//! Simple implementations for forked processes keep the contract, by the same cases.

use std::time::Duration;

use manyways_testkit::contract::{Counter, End, Worker, World};
use manyways_testkit::guarded;

use crate::simple::{
    BarrierState, EventState, FIFO, Held, LIFO, Owner, Permits, QueueState, SimpleBarrier,
    SimpleBounded, SimpleCondition, SimpleEvent, SimpleLock, SimpleQueue, SimpleRLock,
    SimpleSemaphore, Waiting,
};
use crate::sys::{Processes, SharedMonitor};

type Lock = SimpleLock<SharedMonitor<Held>>;
type RLock = SimpleRLock<SharedMonitor<Owner>>;
type Queue<const ORDER: u8> = SimpleQueue<SharedMonitor<QueueState<u32>>, ORDER>;

macro_rules! suites {
    ($($module:ident: $suite:ident, $subject:ty;)+) => {$(
        mod $module {
            use super::*;
            manyways_testkit::contract_tests!($suite, Processes, $subject);
        }
    )+};
}

suites! {
    lock: lock, Lock;
    plain_lock: plain_lock, Lock;
    lock_of_rlock: lock, RLock;
    rlock: rlock, RLock;
    condition: condition, SimpleCondition<SharedMonitor<Waiting>, Lock>;
    condition_over_rlock: condition_over_rlock, SimpleCondition<SharedMonitor<Waiting>, RLock>;
    semaphore: semaphore, SimpleSemaphore<SharedMonitor<Permits>>;
    unbounded_semaphore: unbounded_semaphore, SimpleSemaphore<SharedMonitor<Permits>>;
    bounded_semaphore: bounded_semaphore, SimpleBounded<SharedMonitor<Permits>>;
    event: event, SimpleEvent<SharedMonitor<EventState>>;
    barrier: barrier, SimpleBarrier<SharedMonitor<BarrierState>>;
    queue: queue, Queue<FIFO>;
    lifo_queue: queue, Queue<LIFO>;
    queue_shutdown: queue_shutdown, Queue<FIFO>;
    simple_queue: simple_queue, Queue<FIFO>;
}

/// A worker's end is told, whether it returned, panicked, died or goes on.
#[test]
fn ends() {
    guarded(|| {
        let gate = manyways_testkit::contract::Gate::new();
        let ran = Counter::new();
        let (waits, counts) = (gate.clone(), ran.clone());
        let mut patient = Processes::start("patient", move || {
            waits.pass();
            counts.add();
        });
        assert_eq!(patient.join(Duration::from_millis(1)), End::Running);
        gate.open();
        let limit = Duration::from_secs(60);
        assert_eq!(patient.join(limit), End::Returned);
        assert_eq!(ran.get(), 1);
        let mut panics = Processes::start("panics", || std::panic::resume_unwind(Box::new("own")));
        assert_eq!(panics.join(limit), End::Failed("own".to_owned()));
        let mut dies = Processes::start("dies", || std::process::abort());
        let End::Failed(how) = dies.join(limit) else {
            panic!("a worker that aborted did not fail");
        };
        assert!(how.contains("SIGABRT"), "{how}");
    });
}
