//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.

mod attachments;
pub mod connection;
pub mod shared_memory;
pub mod sync;

pub use self::sync::{Event, Lock, LockError, LockGuard, OwnerDied, RLock, RLockGuard, SyncError};
