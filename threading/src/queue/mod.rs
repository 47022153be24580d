//! Queues: [`Queue`], [`LifoQueue`], [`PriorityQueue`], [`SimpleQueue`].
//!
//! ```text
//! fifo, lifo, priority, simple    what users see
//!        blocking                 who waits, for items and for room
//!         tasks                   who waits for all to be done
//!         store                   what a store of items is; nobody sleeps in one
//!  ring    list    pile           bounded, unbounded, any order and any bound under a mutex
//! ```

mod blocking;
mod error;
mod fifo;
mod iter;
mod lifo;
mod list;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, shuttle))]
mod model_shuttle;
mod pile;
mod priority;
mod ring;
mod simple;
mod store;
mod tasks;
mod word;

pub use self::{
    error::{GetError, PutError},
    fifo::Queue,
    iter::Iter,
    lifo::LifoQueue,
    priority::PriorityQueue,
    simple::SimpleQueue,
};
