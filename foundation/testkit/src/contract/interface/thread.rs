//! `threading.Thread` and the functions of its module.

use std::fmt::Debug;
use std::time::Duration;

use crate::contract::Outcome;

/// Called with the name of a thread that panicked, and the panic's message.
pub type ExceptHook = Box<dyn Fn(&str, &str) + Send + Sync>;

/// What may be said of a thread before it exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadOptions<'a> {
    /// The name; one is made up if there is none.
    pub name: Option<&'a str>,
    /// Whether the program's end waits for it; as for its creator if it is not said.
    pub daemon: Option<bool>,
    /// Bytes for the stack.
    pub stack_size: Option<usize>,
}

/// A handle to a thread; all clones lead to the same one.
pub trait Thread: Clone + Debug + Send + Sync + Sized + 'static {
    /// A thread that is not started yet.
    fn build(options: ThreadOptions<'_>, body: impl FnOnce() + Send + 'static) -> Self;

    /// A thread without anything special.
    fn new(body: impl FnOnce() + Send + 'static) -> Self {
        Self::build(ThreadOptions::default(), body)
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`StartedTwice`](crate::contract::Refusal::StartedTwice).
    fn start(&self) -> Outcome;

    /// Waits for its end, which may have been before, and be waited for by several and again.
    ///
    /// # Errors
    /// [`NotStarted`](crate::contract::Refusal::NotStarted),
    /// [`JoinsItself`](crate::contract::Refusal::JoinsItself),
    /// [`Panicked`](crate::contract::Refusal::Panicked), to the first who asks at least.
    fn join(&self) -> Outcome;

    /// Like [`join`](Thread::join), at most so long.
    ///
    /// # Errors
    /// As [`join`](Thread::join), and [`TimedOut`](crate::contract::Refusal::TimedOut).
    fn join_timeout(&self, limit: Duration) -> Outcome;

    /// Whether it was started and has not ended.
    fn is_alive(&self) -> bool;

    /// Its name.
    fn name(&self) -> String;

    /// Its number, given at the start, which no other living thread has.
    fn ident(&self) -> Option<u64>;

    /// The kernel's number for it, known once it runs.
    fn native_id(&self) -> Option<u64>;

    /// Whether the program's end does not wait for it.
    fn daemon(&self) -> bool;

    /// Says whether the program's end waits for it.
    ///
    /// # Errors
    /// [`AlreadyStarted`](crate::contract::Refusal::AlreadyStarted).
    fn set_daemon(&self, daemon: bool) -> Outcome;

    /// The thread that calls; also one that the implementation did not start.
    fn current() -> Self;

    /// The thread in which `main` runs.
    fn main() -> Self;

    /// All living threads that the implementation knows: those that it started, the main thread,
    /// and others that asked for [`current`](Thread::current).
    fn enumerate() -> Vec<Self>;

    /// How many [`enumerate`](Thread::enumerate) gives.
    fn active_count() -> usize;

    /// Has this called in place of the default when a thread panics; `None` brings the default back.
    fn set_excepthook(hook: Option<ExceptHook>);

    /// Whether both handles lead to the same thread.
    fn same(&self, other: &Self) -> bool;
}
