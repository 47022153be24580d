//! Python's threads in Rust.

mod barrier;
mod condition;
pub mod deadlock;
mod error;
mod event;
mod ident;
mod lock;
mod seam;
mod semaphore;
mod wait;

pub use self::{
    barrier::{Barrier, BarrierError},
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    semaphore::{BoundedSemaphore, Permit, Semaphore},
    wait::{CancelToken, Limit, WaitError},
};
