//! Simple implementations for threads keep the contract.

use manyways_testkit::contract::{Item, Threads};

use crate::simple::{
    BarrierState, EventState, FIFO, Held, LIFO, Owner, PRIORITY, Permits, QueueState,
    SimpleBarrier, SimpleBounded, SimpleCondition, SimpleEvent, SimpleLock, SimpleQueue,
    SimpleRLock, SimpleSemaphore, SimpleThread, StdMonitor, Waiting,
};

type Lock = SimpleLock<StdMonitor<Held>>;
type RLock = SimpleRLock<StdMonitor<Owner>>;
type Queue<const ORDER: u8, T = u32> = SimpleQueue<StdMonitor<QueueState<T>>, ORDER>;

macro_rules! suites {
    ($($module:ident: $suite:ident, $subject:ty;)+) => {$(
        mod $module {
            use super::*;
            manyways_testkit::contract_tests!($suite, Threads, $subject);
        }
    )+};
}

suites! {
    lock: lock, Lock;
    plain_lock: plain_lock, Lock;
    lock_of_rlock: lock, RLock;
    rlock: rlock, RLock;
    condition: condition, SimpleCondition<StdMonitor<Waiting>, Lock>;
    condition_of_rlock: condition, SimpleCondition<StdMonitor<Waiting>, RLock>;
    condition_over_rlock: condition_over_rlock, SimpleCondition<StdMonitor<Waiting>, RLock>;
    semaphore: semaphore, SimpleSemaphore<StdMonitor<Permits>>;
    unbounded_semaphore: unbounded_semaphore, SimpleSemaphore<StdMonitor<Permits>>;
    semaphore_of_bounded: semaphore, SimpleBounded<StdMonitor<Permits>>;
    bounded_semaphore: bounded_semaphore, SimpleBounded<StdMonitor<Permits>>;
    event: event, SimpleEvent<StdMonitor<EventState>>;
    barrier: barrier, SimpleBarrier<StdMonitor<BarrierState>>;
    queue: queue, Queue<FIFO>;
    lifo_queue: queue, Queue<LIFO>;
    priority_queue: queue, Queue<PRIORITY>;
    queue_shutdown: queue_shutdown, Queue<FIFO>;
    lifo_queue_shutdown: queue_shutdown, Queue<LIFO>;
    priority_queue_shutdown: queue_shutdown, Queue<PRIORITY>;
    queue_items: queue_items, Queue<PRIORITY, Item>;
    simple_queue: simple_queue, Queue<FIFO>;
    simple_queue_items: simple_queue_items, Queue<FIFO, Item>;
    thread: thread, SimpleThread;
    thread_join: thread_join, SimpleThread;
    excepthook: excepthook, SimpleThread;
}
