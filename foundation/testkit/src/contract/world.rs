//! Where workers live.

use std::fmt;
use std::process;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::view::{ProcessView, ThreadView};

/// A way to have several workers at once.
///
/// [`Threads`] is one. Another forks a process for each worker, which shares the objects under test
/// and the suite's [`Counter`](crate::contract::Counter)s by having been forked.
pub trait World: 'static {
    /// A worker that was started.
    type Worker: Worker;

    /// Starts a worker that runs `body` and ends. A panic of the body is caught and told by
    /// [`Worker::join`].
    fn start(name: &str, body: impl FnOnce() + Send + 'static) -> Self::Worker;

    /// The threads that all sleep when none of the workers can move without being woken from
    /// outside: the workers' own, and any other thread that might hold what a worker waits for and
    /// then run on by itself. Those that have ended are left out or are zombies.
    fn threads(workers: &[Self::Worker]) -> Vec<ThreadView>;
}

/// A running worker.
///
/// A worker that is dropped before its end is killed where the world can do that.
pub trait Worker: fmt::Debug {
    /// Waits for the end, at most so long.
    fn join(&mut self, limit: Duration) -> End;
}

/// Whether and how a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It has not.
    Running,
    /// Its body returned.
    Returned,
    /// Its body panicked with this message, or it died in the way that this text tells.
    Failed(String),
}

/// The world in which each worker is a thread of this process.
#[derive(Debug, Clone, Copy)]
pub enum Threads {}

impl World for Threads {
    type Worker = WorkerThread;

    fn start(name: &str, body: impl FnOnce() + Send + 'static) -> WorkerThread {
        let (alive, ended) = mpsc::channel::<()>();
        let run = move || {
            let _alive = alive;
            body();
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread = Some(thread.expect("starting a worker"));
        WorkerThread { ended, thread }
    }

    /// All of this process but the caller: they share locks inside of the allocator, for example.
    fn threads(_workers: &[WorkerThread]) -> Vec<ThreadView> {
        let caller = nix::unistd::gettid().as_raw().cast_unsigned();
        let view = ProcessView::of(process::id()).expect("this process exists");
        let others = view
            .threads()
            .iter()
            .filter(|thread| thread.tid() != caller);
        others.cloned().collect()
    }
}

/// A worker of [`Threads`].
#[derive(Debug)]
pub struct WorkerThread {
    /// Disconnected when the body is over.
    ended: Receiver<()>,
    /// None once joined.
    thread: Option<JoinHandle<()>>,
}

impl Worker for WorkerThread {
    fn join(&mut self, limit: Duration) -> End {
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(limit) {
            return End::Running;
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => End::Failed(message(&*panic)),
            Some(Ok(())) | None => End::Returned,
        }
    }
}

/// The text of a panic.
pub(crate) fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".to_owned())
}
