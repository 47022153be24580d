//! Threads that borrow.

mod cell;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub use self::cell::Scope;
use super::builder::Builder;
use super::error::{JoinError, StartError};
use super::handle::ThreadHandle;
use super::launch::Plan;
use super::run::Run;
use super::typed::Packet;

/// Calls `f` with a [`Scope`], in which threads are spawned that may borrow what outlives this call; returns when all
/// of them have ended.
///
/// They are threads as all others: with names, tokens, and a place in [`enumerate`](crate::enumerate). They may spawn
/// further ones in the same scope.
///
/// ```
/// let text = String::from("borrowed, not sent");
/// let words: Vec<&str> = text.split(' ').collect();
///
/// let lengths = threading::scope(|scope| {
///     let threads: Vec<_> = words.iter().map(|word| scope.spawn(|| word.len())).collect();
///     threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
/// })?;
/// assert_eq!(lengths, [9, 3, 4]);
/// # Ok::<(), threading::JoinError>(())
/// ```
///
/// What ends before the scope cannot be borrowed:
///
/// ```compile_fail,E0597
/// threading::scope(|scope| {
///     let inner = String::from("gone too early");
///     scope.spawn(|| inner.len());
/// });
/// ```
///
/// # Errors
///
/// The first panic, in order of their happening, that no [`ScopedThread::join`] gave to anybody. Nothing is lost with
/// it but the value of `f`, and the later panics, which the [excepthook](crate::set_excepthook) was told as all others.
///
/// # Panics
///
/// If `f` panics, after the end of all threads.
#[track_caller]
pub fn scope<'env, F, R>(f: F) -> Result<R, JoinError>
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    let (outcome, unseen) = cell::run(f);
    let value = outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    match unseen {
        Some(thread) => thread.join().map(|()| value),
        None => Ok(value),
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread that ends before the scope does. [`Builder::spawn_scoped`] gives it a name and more.
    ///
    /// # Panics
    ///
    /// If the system has no room for it; [`Builder::spawn_scoped`] tells this as an error.
    #[track_caller]
    pub fn spawn<T, R>(&'scope self, it: R) -> ScopedThread<'scope, T>
    where
        T: Send + 'scope,
        R: Run<Output = T> + Send + 'scope,
    {
        match Builder::new().spawn_scoped(self, it) {
            Ok(thread) => thread,
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

/// A thread of a [`scope`]. It derefs to its [`ThreadHandle`].
pub struct ScopedThread<'scope, T> {
    scope: &'scope dyn Seen,
    handle: ThreadHandle,
    packet: Arc<Packet<'scope, T>>,
}

/// A scope that is told when a panic was given to somebody.
pub(super) trait Seen: Sync {
    fn seen(&self, thread: &ThreadHandle);
}

impl<'scope, T: Send + 'scope> ScopedThread<'scope, T> {
    #[track_caller]
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        handle: ThreadHandle,
        plan: &Plan,
        packet: Packet<'scope, T>,
    ) -> Result<ScopedThread<'scope, T>, StartError> {
        let packet = Arc::new(packet);
        let inside = Arc::clone(&packet);
        scope.launch(&handle, plan, Box::new(move || inside.run()))?;
        Ok(ScopedThread {
            scope,
            handle,
            packet,
        })
    }

    /// Waits for the thread's end, and gives what it returned.
    ///
    /// # Errors
    ///
    /// As [`Thread::join`](crate::Thread::join). A panic that was told here is not the scope's error any more.
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        let ended = self.handle.join();
        if let Err(error) = &ended
            && error.is_panic()
        {
            self.scope.seen(&self.handle);
        }
        ended?;
        Ok(self.packet.take_value())
    }

    /// The thread, for others to see, wait for and cancel.
    #[must_use]
    pub fn handle(&self) -> &ThreadHandle {
        &self.handle
    }
}

impl<T> Deref for ScopedThread<'_, T> {
    type Target = ThreadHandle;

    fn deref(&self) -> &ThreadHandle {
        &self.handle
    }
}

impl<T> fmt::Debug for ScopedThread<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt(f)
    }
}
