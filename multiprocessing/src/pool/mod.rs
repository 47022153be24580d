//! Pools of worker processes.

mod async_result;
mod board;
mod builder;
mod call;
mod callbacks;
mod door;
mod engine;
mod error;
mod executor;
mod failure;
mod feed;
mod function;
mod future;
mod hand;
mod imap;
mod inbound;
mod message;
#[cfg(all(test, loom))]
mod model;
mod outbound;
#[allow(clippy::module_inception)]
mod pool;
mod promise;
mod recipe;
mod records;
mod stream;
mod supervisor;
mod sync;
mod sys;
mod thread_pool;
mod threads;
mod watch;
mod worker;

pub(crate) use self::recipe::{Assignment, serve};

pub use self::{
    async_result::AsyncResult,
    builder::PoolBuilder,
    call::Call,
    error::PoolError,
    executor::{Pending, ProcessPoolExecutor},
    function::Function,
    future::{AsCompleted, DoneAndNotDone, Future, ReturnWhen, Waitable, as_completed, wait},
    imap::IMap,
    pool::Pool,
    thread_pool::ThreadPool,
};
