//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.

mod attachments;
pub mod connection;
pub mod queue;
pub mod shared;
pub mod shared_memory;
pub mod sync;

pub use self::{
    queue::{Queue, SimpleQueue},
    shared::{Array, RawArray, RawValue, Value},
    sync::{Event, Lock, LockError, LockGuard, OwnerDied, RLock, RLockGuard, SyncError},
};
