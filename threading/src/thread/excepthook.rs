//! What is called when a thread panics.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use super::handle::ThreadHandle;
use super::registry;
use crate::panic::{self, PanicReport, Telling};

/// Which thread panicked, and how: what an excepthook is given.
#[derive(Debug, Clone, Copy)]
pub struct ExceptHookArgs<'a> {
    thread: &'a ThreadHandle,
    report: &'a PanicReport,
}

impl<'a> ExceptHookArgs<'a> {
    /// The thread, in which the hook is called.
    #[must_use]
    pub fn thread(&self) -> &'a ThreadHandle {
        self.thread
    }

    /// The panic, to keep.
    #[must_use]
    pub fn report(&self) -> &'a PanicReport {
        self.report
    }

    /// The panic's message.
    #[must_use]
    pub fn message(&self) -> &'a str {
        self.report.message()
    }

    /// File, line and column.
    #[must_use]
    pub fn place(&self) -> Option<&'a str> {
        self.report.place()
    }

    /// The stack at the panic.
    #[must_use]
    pub fn backtrace(&self) -> Option<&'a Backtrace> {
        self.report.backtrace()
    }
}

/// "Panic in thread Thread-1 (Sum), at src/main.rs:3:5: the message".
impl fmt::Display for ExceptHookArgs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Panic in thread {}", self.thread.name())?;
        if let Some(place) = self.place() {
            write!(f, ", at {place}")?;
        }
        write!(f, ": {}", self.message())
    }
}

/// A hook, as it is kept.
pub(super) type Hook = Arc<dyn Fn(&ExceptHookArgs<'_>) + Send + Sync>;

/// Has `hook` called when the body of one of this crate's threads panics, in that thread, before a join returns. It
/// takes the place of the hook before. Python's `threading.excepthook = hook`.
///
/// As long as none is set, the program's panic hook ([`std::panic::set_hook`]) reports such a panic at once, as it does
/// for all threads of Rust: by default with the thread's name, place and message on standard error. While one is
/// set, the panic hook is not called for the bodies of this crate's threads, not even for a panic that the body catches
/// itself.
///
/// A hook that panics is reported on standard error, together with what it was to report.
///
/// ```
/// use std::sync::mpsc;
/// use threading::{Builder, set_excepthook, reset_excepthook};
///
/// let (tell, told) = mpsc::channel();
/// set_excepthook(move |args| tell.send(format!("{}: {}", args.thread().name(), args.message())).unwrap());
///
/// let thread = Builder::new().name("unlucky").spawn(|| panic!("no luck"))?;
/// assert_eq!(thread.join().unwrap_err().panic_report().unwrap().message(), "no luck");
/// assert_eq!(told.recv()?, "unlucky: no luck");
/// reset_excepthook();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_excepthook(hook: impl Fn(&ExceptHookArgs<'_>) + Send + Sync + 'static) {
    replace(Some(Arc::new(hook)));
}

/// Brings the default back: Python's `threading.excepthook = threading.__excepthook__`.
pub fn reset_excepthook() {
    replace(None);
}

fn replace(hook: Option<Hook>) {
    let before = std::mem::replace(&mut *registry::here().hook.lock(), hook);
    // It is the user's code: not under the lock.
    drop(before);
}

/// Writes what an excepthook is given to standard error: for hooks that want this besides. Python's
/// `threading.__excepthook__`.
///
/// The backtrace is part of it if `RUST_BACKTRACE` asks for one.
pub fn default_excepthook(args: &ExceptHookArgs<'_>) {
    let wanted = Backtrace::capture().status() == BacktraceStatus::Captured;
    let text = match args.backtrace() {
        Some(backtrace) if wanted => format!("{args}\nstack backtrace:\n{backtrace}"),
        _ => format!("{args}\n"),
    };
    write_to_stderr(&text);
}

/// In one piece. What cannot be written is lost.
fn write_to_stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

pub(crate) fn is_set() -> bool {
    registry::here().hook.lock().is_some()
}

/// Tells whoever is to be told of a panic in this thread.
pub(super) fn tell(thread: &ThreadHandle, report: &PanicReport) {
    let hook = registry::here().hook.lock().clone();
    let args = ExceptHookArgs { thread, report };
    match hook {
        Some(hook) => call(&hook, &args),
        None if report.is_told() => {}
        None => default_excepthook(&args),
    }
}

fn call(hook: &Hook, args: &ExceptHookArgs<'_>) {
    if let Err(second) = panic::catch(Telling::Nobody, || hook(args)) {
        write_to_stderr(&format!("Panic in the excepthook: {second}\n"));
        default_excepthook(args);
    }
}
