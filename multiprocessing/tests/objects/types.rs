//! Which types go to, and are shared by, threads.

use std::cell::Cell;

use multiprocessing::connection::Connection;
use multiprocessing::queue::{GetError, JoinError, PutError, QueueBuilder, TaskDoneError};
use multiprocessing::shared::{ArrayGuard, ValueGuard};
use multiprocessing::sync::Permit;
use multiprocessing::{
    Array, Barrier, BarrierError, BoundedSemaphore, Condition, ConditionError, ConditionGuard,
    Event, JoinableQueue, Lock, LockError, LockGuard, Queue, RLock, RLockGuard, RawArray, RawValue,
    Semaphore, SimpleQueue, SyncError, Value,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

/// What a queue cannot carry makes it no worse: items are encoded and decoded by the calling thread.
type Bound = Cell<*const ()>;

assert_impl_all!(Queue<Bound>: Send, Sync, Clone);
assert_impl_all!(SimpleQueue<Bound>: Send, Sync, Clone);
assert_impl_all!(JoinableQueue<Bound>: Send, Sync, Clone);
assert_impl_all!(QueueBuilder<Bound>: Send, Sync, Clone);
assert_impl_all!(Value<u64>: Send, Sync, Clone);
assert_impl_all!(Array<u64>: Send, Sync, Clone);
assert_impl_all!(RawValue<u64>: Send, Sync, Clone);
assert_impl_all!(RawArray<u64>: Send, Sync, Clone);
assert_impl_all!(Lock: Send, Sync, Clone);
assert_impl_all!(RLock: Send, Sync, Clone);
assert_impl_all!(Semaphore: Send, Sync, Clone);
assert_impl_all!(BoundedSemaphore: Send, Sync, Clone);
assert_impl_all!(Condition: Send, Sync, Clone);
assert_impl_all!(Event: Send, Sync, Clone);
assert_impl_all!(Barrier: Send, Sync, Clone);

// Anyone may release these.
assert_impl_all!(LockGuard<'static>: Send, Sync);
assert_impl_all!(Permit<'static>: Send, Sync);
// These are the thread's that took them.
assert_not_impl_any!(RLockGuard<'static>: Send, Clone);
assert_not_impl_any!(ConditionGuard<'static>: Send, Clone);
assert_not_impl_any!(ValueGuard<'static, u64>: Send, Clone);
assert_not_impl_any!(ArrayGuard<'static, u64>: Send, Clone);
assert_impl_all!(ValueGuard<'static, u64>: Sync);
assert_impl_all!(ArrayGuard<'static, u64>: Sync);

assert_impl_all!(PutError: Send, Sync, std::error::Error);
assert_impl_all!(GetError: Send, Sync, std::error::Error);
assert_impl_all!(TaskDoneError: Send, Sync, std::error::Error);
assert_impl_all!(JoinError: Send, Sync, std::error::Error);
assert_impl_all!(SyncError: Send, Sync, std::error::Error);
assert_impl_all!(ConditionError: Send, Sync, std::error::Error);
assert_impl_all!(BarrierError: Send, Sync, std::error::Error);
assert_impl_all!(LockError<LockGuard<'static>>: Send, Sync, std::error::Error);

assert_impl_all!(Connection: Send);
