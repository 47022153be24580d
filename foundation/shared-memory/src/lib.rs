//! Memory that processes share, with locks that outlive their holders and a ring of messages.

mod barrier;
mod cell;
mod condition;
mod error;
mod event;
mod life;
mod lock;
mod place;
mod ring;
mod seam;
mod segment;
mod semaphore;
mod spin;
mod wait;

pub use self::{
    barrier::{Barrier, BarrierError},
    condition::{Condition, EnqueueError, Waiter},
    error::{LifeError, Misuse, PlaceError, WaitError},
    event::Event,
    life::Death,
    lock::{Lock, RLock, Taken},
    place::Place,
    ring::{DoneError, GetError, JoinError, PutError, Ring, TaskRing},
    semaphore::{Permits, ReleaseError, Semaphore},
};
