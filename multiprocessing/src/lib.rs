//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.

mod attachments;
pub mod connection;
pub mod pool;
mod process;
pub mod queue;
pub mod shared;
pub mod shared_memory;
pub mod sync;

pub use manyways_process::PanicReport;
pub use manyways_task_macro::multiprocessing_task as task;
pub use manyways_wire::task::{LookupError, Task};

#[doc(hidden)]
pub use process::__private;

pub use self::{
    pool::{AsyncResult, Pool, PoolError, ThreadPool},
    process::{
        Context, CurrentProcess, JoinError, MisuseError, ParentProcess, Process, ProcessHandle,
        StartError, StartMethod, active_children, at_exit, authkey, cpu_count, current_process,
        exit, forkserver_pid, get_all_start_methods, get_context, get_start_method, init,
        parent_process, run_main, set_authkey, set_forkserver_preload, set_start_method, shutdown,
        stop_forkserver,
    },
    queue::{JoinableQueue, Queue, SimpleQueue},
    shared::{Array, RawArray, RawValue, Value},
    sync::{
        Barrier, BarrierError, BoundedSemaphore, Condition, ConditionError, ConditionGuard, Death,
        Event, Lock, LockError, LockGuard, Misuse, OwnerDied, Permit, RLock, RLockGuard,
        ReleaseError, Semaphore, SyncError, Taken, Waited,
    },
};
