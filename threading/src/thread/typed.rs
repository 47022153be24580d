//! A thread that gives a value.

use std::fmt;
use std::ops::Deref;
use std::panic::RefUnwindSafe;
use std::sync::Arc;

use parking_lot::Mutex;

use super::builder::Builder;
use super::error::{JoinError, StartError};
use super::handle::ThreadHandle;
use super::launch::{Plan, launch};
use super::run::Run;

/// A thread: made, started, joined.
///
/// What it does is a closure or a type that implements [`Run`]; what that returns, [`join`](Thread::join) gives.
/// A thread derefs to its [`ThreadHandle`], which has its name, its numbers, its state, and the joins that
/// many may do.
///
/// ```
/// use threading::Thread;
///
/// let threads: Vec<_> = (1..=3).map(|n| Thread::new(move || n * n)).collect();
/// for thread in &threads {
///     thread.start()?;
/// }
/// for (thread, square) in threads.into_iter().zip([1, 4, 9]) {
///     assert_eq!(thread.join()?, square);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A `Thread` that is dropped leaves its thread running, as in Python; its value is dropped at its end. The
/// program's end waits for it, unless it is a daemon: see [`run_main`](crate::run_main).
pub struct Thread<T = ()> {
    handle: ThreadHandle,
    plan: Plan,
    packet: Arc<Packet<'static, T>>,
}

/// What goes into a thread, and what comes out.
pub(super) struct Packet<'a, T> {
    body: Mutex<Option<Box<dyn FnOnce() -> T + Send + 'a>>>,
    value: Mutex<Option<T>>,
}

/// Body and value go in and out in one step each.
impl<T> RefUnwindSafe for Packet<'_, T> {}

impl<'a, T> Packet<'a, T> {
    pub(super) fn new(it: impl Run<Output = T> + Send + 'a) -> Packet<'a, T> {
        Packet {
            body: Mutex::new(Some(Box::new(move || it.run()))),
            value: Mutex::new(None),
        }
    }

    /// In the thread.
    pub(super) fn run(&self) {
        let body = self.body.lock().take();
        if let Some(body) = body {
            let value = body();
            *self.value.lock() = Some(value);
        }
    }

    /// The value, once the body has returned.
    pub(super) fn take_value(&self) -> T {
        let value = self.value.lock().take();
        value.expect("a thread that ended without a panic has left a value, and it is taken once")
    }
}

impl<T: Send + 'static> Thread<T> {
    /// A thread that is not started yet, with a name of its own ("Thread-1"; of types and functions also their name:
    /// "Thread-2 (SumPrimes)"). [`Builder`] says more about it.
    #[must_use]
    pub fn new(it: impl Run<Output = T> + Send + 'static) -> Thread<T> {
        Builder::new().build(it)
    }

    /// A thread that is started.
    ///
    /// # Errors
    ///
    /// If the system has no room for it.
    #[track_caller]
    pub fn spawn(it: impl Run<Output = T> + Send + 'static) -> Result<Thread<T>, StartError> {
        Builder::new().spawn(it)
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If it was started before; if the system has no room for it, or not on the processors that it was given. In the
    /// latter cases it may be tried again.
    #[track_caller]
    pub fn start(&self) -> Result<(), StartError> {
        let packet = Arc::clone(&self.packet);
        let body = Box::new(move || packet.run());
        launch(&self.handle, &self.plan, body, ())
    }
}

impl<T> Thread<T> {
    pub(super) fn from_parts(handle: ThreadHandle, plan: Plan, packet: Packet<'static, T>) -> Self {
        let packet = Arc::new(packet);
        Thread {
            handle,
            plan,
            packet,
        }
    }

    /// Waits for the thread's end, and gives what it returned.
    ///
    /// To wait with a limit, use [`join_timeout`](ThreadHandle::join_timeout) first; to wait without taking the value,
    /// `thread.handle().join()`.
    ///
    /// # Errors
    ///
    /// The panic, if it ended by one: with message, place and backtrace. As [`ThreadHandle::join`] besides.
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        self.handle.join()?;
        Ok(self.packet.take_value())
    }

    /// The thread, for others to see, wait for and cancel.
    #[must_use]
    pub fn handle(&self) -> &ThreadHandle {
        &self.handle
    }
}

impl<T> Deref for Thread<T> {
    type Target = ThreadHandle;

    fn deref(&self) -> &ThreadHandle {
        &self.handle
    }
}

impl<T> fmt::Debug for Thread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt(f)
    }
}
