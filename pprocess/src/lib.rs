//! tutorial
mod background;
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
mod time;

pub use self::{
    background::{
        BackgroundCallable, BackgroundProcess, BackgroundQueue, PersistentCallable,
        connect_persistent, create_persistent, start_persistent,
    },
    callable::{Callable, MakeParallel, MakeReusable},
    channel::{Channel, PersistentChannel},
    cores::get_number_of_cores,
    error::{Error, Result},
    exchange::{Exchange, PersistentExchange},
    managed::ManagedCallable,
    map::{Map, pmap},
    queue::{PersistentQueue, Queue},
    start::{create, exit, start},
};
pub use manyways_process::{Exit, PanicReport};
