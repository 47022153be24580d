//! Which types go to, and are shared by, threads.

use std::cell::Cell;

use multiprocessing::connection::Connection;
use multiprocessing::queue::{GetError, JoinError, PutError, QueueBuilder, TaskDoneError};
use multiprocessing::shared::{ArrayGuard, ValueGuard};
use multiprocessing::shared_memory::SharedMemory;
use multiprocessing::sync::Permit;
use multiprocessing::{
    Array, Barrier, BarrierError, BoundedSemaphore, Condition, ConditionError, ConditionGuard,
    Event, JoinableQueue, Lock, LockError, LockGuard, Queue, RLock, RLockGuard, RawArray, RawValue,
    Semaphore, SimpleQueue, SyncError, Value,
};
use nix::sys::resource::{Resource, setrlimit};
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

/// What fails for want of something says of what, also where only the error itself is printed.
#[test]
fn errors_say_why() {
    let error = Array::<u64>::zeroed(1 << 50).unwrap_err().to_string();
    let memory = std::io::Error::from_raw_os_error(libc::EFBIG).to_string();
    let reasons = [
        "out of memory",
        "Cannot allocate memory",
        &memory,
        "No space",
    ];
    assert!(reasons.iter().any(|why| error.contains(why)), "{error}");
    let error = Queue::<Unwilling>::new()
        .unwrap()
        .put(&Unwilling)
        .unwrap_err();
    assert!(
        error.to_string().contains("`objects::types::Unwilling`"),
        "{error}"
    );
}

/// `ulimit -f`, at which the system would send a signal that ends the process.
#[test]
fn a_limit_of_files_is_an_error() {
    manyways_testkit::guarded(|| {
        let child = manyways_process::Fork::new().run(|| {
            setrlimit(Resource::RLIMIT_FSIZE, 1000, 1000).unwrap();
            let lock = Lock::new().unwrap_err().to_string();
            let block = SharedMemory::create(10_000).unwrap_err().to_string();
            (lock, block)
        });
        let (lock, block) = child.unwrap().join().unwrap();
        assert!(lock.contains("File too large"), "{lock}");
        assert!(block.contains("File too large"), "{block}");
    });
}

struct Unwilling;

impl serde::Serialize for Unwilling {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}
