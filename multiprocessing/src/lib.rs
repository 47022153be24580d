//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.

mod attachments;
pub mod connection;
mod per_process;
pub mod shared_memory;
