//! Python's threads in Rust.

mod error;
mod event;
pub mod futures;
mod ident;
mod seam;
mod wait;

pub use self::{
    error::MisuseError,
    event::Event,
    ident::get_ident,
    wait::{CancelToken, Limit, WaitError},
};
