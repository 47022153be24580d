//! A thread, as others see it.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::affinity::{self, AffinityError};
use super::error::JoinError;
use super::life::{Kind, Life};
use super::os_name;
use crate::MisuseError;
use crate::panic::PanicReport;
use crate::wait::{CancelToken, Limit, WaitError};

/// Any thread: what [`current_thread`](crate::current_thread), [`main_thread`](crate::main_thread) and
/// [`enumerate`](crate::enumerate) give, and what a [`Thread`](crate::Thread) derefs to.
///
/// Clones are handles to the same thread, and equal. A handle keeps no thread alive and ends none.
#[derive(Clone)]
pub struct ThreadHandle {
    pub(super) life: Arc<Life>,
}

impl ThreadHandle {
    pub(super) fn new(life: Arc<Life>) -> ThreadHandle {
        ThreadHandle { life }
    }

    /// The name: for people, not necessarily the only one of its kind.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.life.name()
    }

    /// Renames the thread. The operating system's thread, if it runs, takes on what fits of the name: its first 15
    /// bytes.
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        self.life.rename(name.into(), os_name::set);
    }

    /// The number that [`get_ident`](crate::get_ident) gives inside of the thread: `None` before the start.
    #[must_use]
    pub fn ident(&self) -> Option<NonZeroU64> {
        self.life.ident()
    }

    /// The kernel's number for the thread (what `top -H` and `gdb` show): `None` before the thread runs, which may be a
    /// moment after its start. It stays after the end, when the kernel may give it to another thread.
    #[must_use]
    pub fn native_id(&self) -> Option<u32> {
        let id = self.life.native_id();
        id.map(|id| id.as_raw_nonzero().get().cast_unsigned())
    }

    /// Whether the program's end does not wait for it: see [`run_main`](crate::run_main).
    #[must_use]
    pub fn daemon(&self) -> bool {
        self.life.daemon()
    }

    /// Says whether the program's end waits for it.
    ///
    /// # Errors
    ///
    /// If the thread was started.
    #[track_caller]
    pub fn set_daemon(&self, daemon: bool) -> Result<(), MisuseError> {
        self.life.set_daemon(daemon)
    }

    /// Whether it was started and has not ended. In a forked child no thread of the parent is alive.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.life.is_alive()
    }

    /// Waits for the thread's end. Any number of threads may, any number of times.
    ///
    /// When this returns, the thread's body and what it used are gone, its [`Local`](crate::Local)s and thread-locals
    /// are destroyed, and its memory is given back.
    ///
    /// # Errors
    ///
    /// If the thread panicked, was not started, or is the calling one; in a forked child, if it is a thread of the
    /// parent.
    #[track_caller]
    pub fn join(&self) -> Result<(), JoinError> {
        self.life.join(Limit::NEVER)
    }

    /// Waits for the thread's end, within a limit. What a [`Thread`](crate::Thread) gives is then to be had by its
    /// [`join`](crate::Thread::join).
    ///
    /// Python's `join(timeout)` says nothing; one asks `is_alive`. Thread-locals may be destroyed a moment after this
    /// returns ([`Local`](crate::Local)s before).
    ///
    /// # Errors
    ///
    /// As [`join`](ThreadHandle::join), and if the limit ended the wait.
    #[track_caller]
    pub fn join_timeout<'a>(&self, limit: impl Into<Limit<'a>>) -> Result<(), JoinError> {
        self.life.join(limit.into())
    }

    /// The panic that ended it.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        self.life.report()
    }

    /// Asks the thread to end, by cancelling its token. Returns whether this is the first time.
    ///
    /// Nothing is forced: the thread sees it when it asks ([`cancel_requested`](crate::cancel_requested)), and its
    /// waits end that were given its token ([`current_token`](crate::current_token)). Plain waits go on.
    ///
    /// ```
    /// use threading::{Thread, Event, WaitError, current_token};
    ///
    /// static NEVER: Event = Event::new();
    ///
    /// let thread = Thread::spawn(|| NEVER.wait_timeout(&current_token()))?;
    /// thread.cancel();
    /// assert_eq!(thread.join()?, Err(WaitError::Cancelled));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self) -> bool {
        self.life.token.cancel()
    }

    /// The thread's own token.
    #[must_use]
    pub fn token(&self) -> &CancelToken {
        &self.life.token
    }

    /// The processors on which the thread may run, by number.
    ///
    /// # Errors
    ///
    /// If it does not run, or the system refuses.
    pub fn affinity(&self) -> Result<Vec<usize>, AffinityError> {
        affinity::of(self)
    }

    /// Lets the thread run on these processors only.
    ///
    /// # Errors
    ///
    /// If it does not run; if there is no such processor, or none that this process may use.
    pub fn set_affinity(
        &self,
        processors: impl IntoIterator<Item = usize>,
    ) -> Result<(), AffinityError> {
        affinity::set(self, processors)
    }

    /// As [`join_timeout`](ThreadHandle::join_timeout), for those who do not ask how it ended.
    #[track_caller]
    pub(crate) fn wait_for_end(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        self.life.wait_for_end(limit)
    }

    pub(super) fn kind(&self) -> Kind {
        self.life.kind
    }
}

impl PartialEq for ThreadHandle {
    fn eq(&self, other: &ThreadHandle) -> bool {
        Arc::ptr_eq(&self.life, &other.life)
    }
}

impl Eq for ThreadHandle {}

impl fmt::Debug for ThreadHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Thread");
        debug.field("name", &self.name());
        debug.field("ident", &self.ident().map(NonZeroU64::get));
        debug.field("native_id", &self.native_id());
        debug.field("daemon", &self.daemon());
        debug.field("state", &format_args!("{}", self.stage()));
        debug.field("cancelled", &self.token().is_cancelled());
        debug.finish_non_exhaustive()
    }
}

impl ThreadHandle {
    /// In Python's words.
    fn stage(&self) -> &'static str {
        match (self.is_alive(), self.life.is_started()) {
            (true, _) => "started",
            (false, true) if self.panic_report().is_some() => "panicked",
            (false, true) => "stopped",
            (false, false) => "initial",
        }
    }
}
