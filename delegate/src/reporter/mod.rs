//! Who is told of what happens.

mod log;
#[cfg(feature = "terminal")]
mod terminal;

use std::fmt;
use std::time::Duration;

use manyways_process::Exit;

pub use self::log::LogReporter;
#[cfg(feature = "terminal")]
pub use self::terminal::TerminalReporter;
use crate::Failure;

/// A worker process as reporters know it. `Display` gives "worker 3 (process 4711)".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Worker {
    /// Its number, from 1. The replacement of a dead worker gets the number of the dead one.
    pub id: usize,
    /// The process id.
    pub pid: u32,
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {} (process {})", self.id, self.pid)
    }
}

/// Is told of everything that happens, as it happens: in the calling process and thread, between the
/// other work of the call. Every method does nothing by default.
///
/// A run of an item is `begin` and then exactly one of `success`, `fail` and `abort`, all with the
/// same worker. With [retries](crate::Builder::retries) an item has several runs. An item that could
/// not be begun has `not_run` instead.
///
/// A callback that takes long holds up the handing out of items. One that panics ends the call; the
/// children are killed.
///
/// ```
/// use delegate::{Failure, Reporter, Worker};
///
/// #[derive(Default)]
/// struct Losses(Vec<String>);
///
/// impl<I: ToString, R> Reporter<I, R> for Losses {
///     fn abort(&mut self, _: Worker, item: &I, _: &Failure, _: std::time::Duration) {
///         self.0.push(item.to_string());
///     }
/// }
///
/// let mut losses = Losses::default();
/// delegate::Builder::new()
///     .reporter(&mut losses)
///     .parallelize(|n| if *n == 3 { std::process::exit(1) }, 1..5);
/// assert_eq!(losses.0, ["3"]);
/// ```
#[allow(unused_variables)]
pub trait Reporter<I, R> {
    /// The work begins. Called once, before anything else.
    fn init(&mut self) {}

    /// So many more items are to be run.
    fn enqueue(&mut self, items: usize) {}

    /// A worker has been started.
    fn spawn(&mut self, worker: Worker) {}

    /// The worker has begun the item.
    fn begin(&mut self, worker: Worker, item: &I) {}

    /// The item has its result. `took` is the time in the function, measured in the worker.
    fn success(&mut self, worker: Worker, item: &I, result: &R, took: Duration) {}

    /// The function raised, or its result cannot be sent. The worker goes on. `took` as in `success`.
    fn fail(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {}

    /// The worker is gone before the item was done: it died, or the item had run out of time and the
    /// worker was killed. `took` is the time since the item was the worker's next.
    fn abort(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {}

    /// The item failed without having begun: it could not be sent, or there was no worker for it.
    fn not_run(&mut self, item: &I, failure: &Failure) {}

    /// A worker has ended; how, `exit` says. It is called after the `abort` of its item.
    fn exit(&mut self, worker: Worker, exit: Exit) {}

    /// The work is over and all workers are gone. Not called when a [`Parallelizer`](crate::Parallelizer)
    /// is dropped without its `cleanup`.
    fn cleanup(&mut self) {}

    /// How often [`tick`](Self::tick) shall be called while a call waits for its workers; `None`,
    /// the default, is never.
    fn refresh(&self) -> Option<Duration> {
        None
    }

    /// Time has passed: for reporters that show for how long something has been going on.
    fn tick(&mut self) {}
}

impl<I, R, T: Reporter<I, R> + ?Sized> Reporter<I, R> for &mut T {
    fn init(&mut self) {
        (**self).init();
    }

    fn enqueue(&mut self, items: usize) {
        (**self).enqueue(items);
    }

    fn spawn(&mut self, worker: Worker) {
        (**self).spawn(worker);
    }

    fn begin(&mut self, worker: Worker, item: &I) {
        (**self).begin(worker, item);
    }

    fn success(&mut self, worker: Worker, item: &I, result: &R, took: Duration) {
        (**self).success(worker, item, result, took);
    }

    fn fail(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        (**self).fail(worker, item, failure, took);
    }

    fn abort(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        (**self).abort(worker, item, failure, took);
    }

    fn not_run(&mut self, item: &I, failure: &Failure) {
        (**self).not_run(item, failure);
    }

    fn exit(&mut self, worker: Worker, exit: Exit) {
        (**self).exit(worker, exit);
    }

    fn cleanup(&mut self) {
        (**self).cleanup();
    }

    fn refresh(&self) -> Option<Duration> {
        (**self).refresh()
    }

    fn tick(&mut self) {
        (**self).tick();
    }
}

/// The reporter of who wants none.
#[derive(Debug)]
pub(crate) struct Silent;

impl<I, R> Reporter<I, R> for Silent {}
