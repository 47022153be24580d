//! Python's threads in Rust.

mod condition;
pub mod deadlock;
mod error;
mod event;
mod ident;
mod lock;
mod queue;
mod seam;
mod wait;

pub use self::{
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    wait::{CancelToken, Limit, WaitError},
};
