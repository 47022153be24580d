//! Pools of worker processes.

mod async_result;
mod board;
mod builder;
mod call;
mod callbacks;
mod door;
mod engine;
mod error;
mod failure;
mod function;
mod hand;
mod imap;
mod inbound;
mod message;
mod outbound;
mod pending;
#[allow(clippy::module_inception)]
mod pool;
mod records;
mod stream;
mod supervisor;
mod sync;
mod sys;
mod watch;
mod worker;

pub use self::{
    async_result::AsyncResult,
    builder::PoolBuilder,
    call::Call,
    error::PoolError,
    function::Function,
    imap::IMap,
    pool::Pool,
};
