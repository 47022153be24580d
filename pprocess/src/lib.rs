//! tutorial
mod callable;
mod channel;
mod cores;
mod endpoint;
mod error;
mod exchange;
mod managed;
mod map;
mod pool;
mod protocol;
mod queue;
mod start;
mod wait;

pub use self::{
    callable::{Callable, MakeParallel, MakeReusable},
    channel::Channel,
    cores::get_number_of_cores,
    error::{Error, Result},
    exchange::Exchange,
    managed::ManagedCallable,
    map::{Map, pmap},
    queue::Queue,
    start::{create, exit, start},
};
pub use manyways_process::{Exit, PanicReport};
