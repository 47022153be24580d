//! Executors and futures, as in Python's `concurrent.futures`.
//!
//! # The slide's program
//!
//! ```python
//! with ThreadPoolExecutor(max_workers=4) as pool:
//!     futures = {pool.submit(load, url): url for url in urls}
//!     for future in as_completed(futures):
//!         print(futures[future], future.result())
//! ```
//!
//! ```
//! use threading::futures::{ThreadPoolExecutor, as_completed};
//!
//! # fn load(url: &str) -> usize { url.len() }
//! let pool = ThreadPoolExecutor::builder().max_workers(4).build()?;
//! let urls = ["first", "second", "third"];
//! let futures = urls.map(|url| (url, pool.submit(move || load(url)).unwrap()));
//! for (url, future) in as_completed(futures) {
//!     println!("{url} {}", future.result()?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! | Python | here |
//! |---|---|
//! | `ThreadPoolExecutor(n, prefix, init)` | [`ThreadPoolExecutor::new`], [`ThreadPoolExecutor::builder`] |
//! | `with` | the executor's drop |
//! | `submit` | [`submit`](ThreadPoolExecutor::submit), [`submit_fallible`](ThreadPoolExecutor::submit_fallible); tasks that borrow: [`ScopedExecutor`] |
//! | `map(f, a, b, timeout=, buffersize=)` | [`map`](ThreadPoolExecutor::map) of `a.zip(b)`, [`map_buffered`](ThreadPoolExecutor::map_buffered), [`Map::timeout`] |
//! | `shutdown(wait, cancel_futures)` | [`shutdown`](ThreadPoolExecutor::shutdown), [`shutdown_timeout`](ThreadPoolExecutor::shutdown_timeout), [`shutdown_nowait`](ThreadPoolExecutor::shutdown_nowait), each with a [`Pending`] |
//! | `result`, `exception` | [`result`](Future::result) moves, [`result_ref`](Future::result_ref) lends, [`exception`](Future::exception) |
//! | `set_result` and its like | [`promise`] |
//! | `wait`, `as_completed` | [`wait()`], [`as_completed()`], for futures of several types and with keys |
//! | `asyncio.wrap_future` | `.await` |
//!
//! # When something goes wrong
//!
//! | what | follows |
//! |---|---|
//! | a task panics | its future has the panic: message, place, backtrace; the thread goes on |
//! | a done callback panics | the panic hook reports it; the callbacks after it are called |
//! | an initializer panics | the pool is broken: futures that are pending, and `submit`, give the panic |
//! | a promise is dropped | its future [says so](FutureError::is_abandoned) |
//! | the system grants no thread | `submit` gives the task back; once there is one, the pool goes on with those it has |
//! | a task waits for one that has not begun | it runs it in place |
//! | the executor is dropped | it waits for all tasks |
//! | its process forks | in the child it takes no tasks, and ends without waiting; make another there |
//!
//! # Differences from Python, on purpose
//!
//! - Callbacks are called before the future is done, so whoever sees the result knows that they are through. They get the
//!   outcome, not the future.
//! - `set_running_or_notify_cancel` may be called twice.
//! - A map goes on after an item that failed.
//! - An executor that is not dropped (leaked, in a `static`) is shut down at the end of the program after all other
//!   threads have ended, not before: see [`run_main`](crate::run_main).
//! - Whichever thread submits, the threads of an executor are no daemons.

mod as_completed;
mod awaiting;
mod board;
mod builder;
mod call;
mod cell;
mod error;
mod executor;
mod future;
mod map;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, shuttle))]
mod model_shuttle;
mod pool;
mod promise;
mod scoped;
mod shutdown;
mod sleepers;
mod wait;
mod watch;
mod worker;

pub use self::{
    as_completed::{AsCompleted, AsCompletedTimeout, as_completed, as_completed_timeout},
    awaiting::Awaiting,
    board::Waitable,
    builder::Builder,
    error::{FutureError, MapError, RefusedError, ResultError, SubmitError},
    executor::ThreadPoolExecutor,
    future::Future,
    map::{Map, Submitted},
    pool::Pending,
    promise::{Promise, promise},
    scoped::ScopedExecutor,
    wait::{DoneAndNotDone, ReturnWhen, wait},
};
