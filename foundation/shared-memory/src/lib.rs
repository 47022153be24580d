//! Memory that processes share, with locks that outlive their holders and a ring of messages.

mod cell;
mod error;
mod event;
mod life;
mod lock;
mod place;
mod seam;
mod segment;
mod spin;

pub use self::{
    error::{LifeError, Misuse, PlaceError, WaitError},
    event::Event,
    life::Death,
    lock::{Lock, RLock, Taken},
    place::Place,
};
