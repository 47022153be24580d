//! Pools of worker processes, in the manner of `multiprocessing.Pool` and of `concurrent.futures`.
//!
//! # The slide's program
//!
//! ```python
//! with Pool(4) as pool:
//!     print(pool.map(square, range(10)))
//! ```
//!
//! ```
//! use multiprocessing::Pool;
//!
//! fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! let pool = Pool::new(4)?;
//! assert_eq!(pool.map(square, 0..10)?, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
//! # Ok::<(), multiprocessing::PoolError>(())
//! ```
//!
//! # When a worker dies
//!
//! Its item fails, and says how; all others have their results. In Python this map would never return:
//!
//! ```
//! use multiprocessing::Pool;
//!
//! let pool = Pool::new(2)?;
//! let risky = |n: u64| if n == 3 { std::process::abort() } else { n };
//! let results = pool.imap(risky, 0..6)?;
//! let failed: Vec<_> = results.filter_map(Result::err).collect();
//! assert_eq!(failed.len(), 1);
//! assert_eq!(failed[0].index(), Some(3));
//! assert!(failed[0].to_string().contains("was killed by SIGABRT"));
//! # Ok::<(), multiprocessing::PoolError>(())
//! ```
//!
//! # What is where
//!
//! | Python | here |
//! |---|---|
//! | `Pool(n)`, `Pool(n, initializer, initargs, maxtasksperchild)` | [`Pool::new`], [`Pool::builder`] |
//! | `with` | the pool's drop |
//! | `apply`, `map`, `starmap`, each with `_async` | the same; options by [`Pool::with`] |
//! | `imap`, `imap_unordered`, `next(timeout)` | the same, [`IMap::next_timeout`] |
//! | `chunksize=` | [`Call::chunksize`] |
//! | `callback=`, `error_callback=` | [`AsyncResult::callback`], [`AsyncResult::error_callback`] |
//! | `get`, `wait`, `ready`, `successful` | the same of [`AsyncResult`] |
//! | `close`, `terminate`, `join` | the same |
//! | `multiprocessing.pool.ThreadPool` | [`ThreadPool`] |
//! | `ProcessPoolExecutor`, `Future`, `wait`, `as_completed` | the same |
//! | none | [`Call::time_limit`], [`Call::retries`], [`Call::window`] |
//!
//! # Differences from Python, on purpose
//!
//! - A function must have captured nothing; it may be a closure, and need not be at the top of a module.
//! - Of a map that fails, the first item in order is told, not the first in time.
//! - `imap` takes items as results are asked for, by the thread that asks, and no more than a window ahead. So a `join`
//!   while one is not at its end is an error.
//! - Who waits for a result of a pool that is terminated is told; in Python it waits for ever.
//! - Workers run no `atexit` handlers.
//! - Objects that live in open files (connections, queues, locks) cannot be arguments or results of a pool's functions, as in
//!   Python. A worker that is a fork inherits those that its function finds elsewhere, in a `static` for instance.
//!
//! # How it works
//!
//! `pool`, `call` and `builder` (what the user holds), over `submission`, `outbound` and `inbound` (items and results as
//! bytes, cut into chunks), `promise`, `imap` and `feed` (results on their way), `callbacks`, `watch`. They hand over at the
//! `door`, as long as its `intake` lets them, to the `supervisor`, a thread that owns the workers and asks the `engine`, a
//! machine without side effects, what is to be done. `hand` is a worker as it sees it, `recipe` how one is made, `worker` the
//! worker's own life. Between the two lies the `board`, shared memory with a `stream` of bytes in each direction; `records`
//! and `message` say what is in them, and `function` how functions travel. `thread_pool` has
//! promises and an intake too, and threads for workers; `executor`, `future` and `waiting` are over the pool.
//!
//! [`Pool`], [`Call`] and [`ThreadPool`] name the same methods, and each says for itself what a function, its arguments and its
//! results must be: for processes other things than for threads. What the methods do is said once.

mod async_result;
mod board;
mod builder;
mod call;
mod callbacks;
mod clock;
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
mod intake;
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
mod submission;
mod supervisor;
mod sync;
mod sys;
mod thread_pool;
mod waiting;
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
    future::Future,
    imap::IMap,
    pool::Pool,
    thread_pool::ThreadPool,
    waiting::{AsCompleted, DoneAndNotDone, ReturnWhen, Waitable, as_completed, wait},
};
