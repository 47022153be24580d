//! Python's threads in Rust.

mod error;
mod event;
mod ident;
mod queue;
mod seam;
mod wait;

pub use self::{
    error::MisuseError,
    event::Event,
    ident::get_ident,
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    wait::{CancelToken, Limit, WaitError},
};
