//! What may be said of a thread before it exists.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::affinity::Processors;
use super::current;
use super::error::StartError;
use super::handle::ThreadHandle;
use super::launch::Plan;
use super::life::{Kind, Life};
use super::run::Run;
use super::scope::{Scope, ScopedThread};
use super::typed::{Packet, Thread};
use crate::ident;
use crate::wait::CancelToken;

/// Makes threads with a name, a stack size and so on. Clones make threads of the same kind.
///
/// ```
/// use threading::{Builder, current_thread};
///
/// let thread = Builder::new()
///     .name("reader")
///     .daemon(true)
///     .stack_size(64 << 10)
///     .build(|| current_thread().name());
/// assert!(thread.daemon() && !thread.is_alive());
/// thread.start()?;
/// assert_eq!(&*thread.join()?, "reader");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Builder {
    name: Option<Arc<str>>,
    daemon: Option<bool>,
    token: Option<CancelToken>,
    is_worker: bool,
    plan: Plan,
}

impl Builder {
    /// A builder of threads with nothing special.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// For a thread of an executor. The program's end waits for it, whichever thread made it come to be: its tasks may be
    /// anybody's.
    pub(crate) fn of_worker(name: String) -> Builder {
        Builder {
            is_worker: true,
            ..Builder::new().name(name).daemon(false)
        }
    }

    /// The name. By default "Thread-1" and so on.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Builder {
        self.name = Some(name.into());
        self
    }

    /// Whether the program's end does not wait for it. By default as the thread that builds it: threads that this crate
    /// did not make count as daemons, as in Python, but for the main thread.
    #[must_use]
    pub fn daemon(mut self, daemon: bool) -> Builder {
        self.daemon = Some(daemon);
        self
    }

    /// Bytes of stack, which the system rounds up to what it needs at least. By default
    /// [`stack_size`](crate::stack_size).
    #[must_use]
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.plan.stack_size = Some(bytes);
        self
    }

    /// The processors on which it may run, by number. By default those of the thread that starts it.
    ///
    /// The start waits until the new thread has taken its place, to tell if it cannot.
    #[must_use]
    pub fn affinity(mut self, processors: impl IntoIterator<Item = usize>) -> Builder {
        self.plan.affinity = Some(Processors::new(processors));
        self
    }

    /// Its token: to cancel several threads at once, or, with a [`child`](CancelToken::child) of another token, with
    /// something else. By default a new one for each thread.
    #[must_use]
    pub fn token(mut self, token: CancelToken) -> Builder {
        self.token = Some(token);
        self
    }

    /// A thread that is not started yet.
    #[must_use]
    pub fn build<T, R>(self, it: R) -> Thread<T>
    where
        T: Send + 'static,
        R: Run<Output = T> + Send + 'static,
    {
        let (handle, plan) = self.make(std::any::type_name::<R>());
        Thread::from_parts(handle, plan, Packet::new(it))
    }

    /// A thread that is started.
    ///
    /// # Errors
    ///
    /// If the system has no room for it, or not on these processors.
    #[track_caller]
    pub fn spawn<T, R>(self, it: R) -> Result<Thread<T>, StartError>
    where
        T: Send + 'static,
        R: Run<Output = T> + Send + 'static,
    {
        let thread = self.build(it);
        thread.start()?;
        Ok(thread)
    }

    /// A thread that is started, ends before the [`scope`](crate::scope) does, and may borrow what outlives the scope.
    ///
    /// # Errors
    ///
    /// If the system has no room for it, or not on these processors.
    #[track_caller]
    pub fn spawn_scoped<'scope, T, R>(
        self,
        scope: &'scope Scope<'scope, '_>,
        it: R,
    ) -> Result<ScopedThread<'scope, T>, StartError>
    where
        T: Send + 'scope,
        R: Run<Output = T> + Send + 'scope,
    {
        let (handle, plan) = self.make(std::any::type_name::<R>());
        ScopedThread::start(scope, handle, &plan, Packet::new(it))
    }

    fn make(self, work: &str) -> (ThreadHandle, Plan) {
        let name = self.name.unwrap_or_else(|| next_name(work).into());
        let daemon = self.daemon.unwrap_or_else(inherited_daemon);
        let token = self.token.unwrap_or_default();
        let kind = if self.is_worker {
            Kind::Worker
        } else {
            Kind::Own
        };
        let life = Life::new(kind, name, daemon, token);
        (ThreadHandle::new(life), self.plan)
    }
}

fn inherited_daemon() -> bool {
    match current::peek() {
        Some(creator) => creator.daemon(),
        None => !ident::is_main(),
    }
}

fn next_name(work: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    match short_name(work) {
        Some(work) => format!("Thread-{number} ({work})"),
        None => format!("Thread-{number}"),
    }
}

/// The name of a type or function, without its path. None of closures, and of boxes and pointers to such.
fn short_name(work: &str) -> Option<&str> {
    let path = work.split('<').next()?;
    let (path, name) = path.rsplit_once("::")?;
    let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let anonymous = work.contains("{{closure}}") || path.starts_with("alloc::");
    (is_name(name) && !anonymous).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn types_and_functions_have_names() {
        assert_eq!(short_name("program::SumPrimes"), Some("SumPrimes"));
        assert_eq!(
            short_name("program::work::Sum<alloc::string::String>"),
            Some("Sum")
        );
        assert_eq!(short_name("program::main::{{closure}}"), None);
        assert_eq!(
            short_name("alloc::boxed::Box<dyn core::ops::FnOnce()>"),
            None
        );
        assert_eq!(short_name("fn() -> i32"), None);
    }
}
