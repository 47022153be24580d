//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.

pub mod pool;

pub use pool::{AsyncResult, Pool, PoolError, ThreadPool};
