//! Why a thread could not be started or joined.

use std::panic::Location;
use std::sync::Arc;
use std::{error, fmt, io};

use super::affinity::AffinityError;
use crate::panic::PanicReport;
use crate::wait::WaitError;

/// Why a thread was not started.
#[derive(Debug)]
pub struct StartError {
    thread: Arc<str>,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Started(&'static Location<'static>),
    System(io::Error),
    Affinity(AffinityError),
    LeftBehind,
}

impl StartError {
    #[cold]
    pub(super) fn started(thread: &Arc<str>, at: &'static Location<'static>) -> StartError {
        StartError::new(thread, Why::Started(at))
    }

    #[cold]
    pub(super) fn system(thread: &Arc<str>, error: io::Error) -> StartError {
        StartError::new(thread, Why::System(error))
    }

    #[cold]
    pub(super) fn affinity(thread: &Arc<str>, error: AffinityError) -> StartError {
        StartError::new(thread, Why::Affinity(error))
    }

    #[cold]
    pub(super) fn left_behind(thread: &Arc<str>) -> StartError {
        StartError::new(thread, Why::LeftBehind)
    }

    fn new(thread: &Arc<str>, why: Why) -> StartError {
        let thread = Arc::clone(thread);
        StartError { thread, why }
    }

    /// As what an executor tells.
    pub(crate) fn into_io(self) -> io::Error {
        match self.why {
            Why::System(error) => error,
            _ => io::Error::other(self),
        }
    }

    /// Whether it was started before. Python raises `RuntimeError`.
    #[must_use]
    pub fn is_already_started(&self) -> bool {
        matches!(self.why, Why::Started(_))
    }

    /// Whether the system has no room for a thread, or none with such a stack. The thread may be started later.
    #[must_use]
    pub fn is_system(&self) -> bool {
        matches!(self.why, Why::System(_))
    }

    /// Whether it may not run on the processors that it was given. The thread may be started later.
    #[must_use]
    pub fn is_affinity(&self) -> bool {
        matches!(self.why, Why::Affinity(_))
    }

    /// Whether this process is a forked child, and the thread's scope, or the thread in the middle of its start, belongs to
    /// the parent.
    #[must_use]
    pub fn is_left_behind(&self) -> bool {
        matches!(self.why, Why::LeftBehind)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = &self.thread;
        match &self.why {
            Why::Started(at) => write!(
                f,
                "start of the thread {thread:?}, which was started before, at {at}; a thread runs once, make another"
            ),
            Why::System(error) => write!(
                f,
                "the thread {thread:?} was not started: {error}; join threads that are done, or give it a smaller stack"
            ),
            Why::Affinity(error) => {
                write!(f, "the thread {thread:?} was not started: {error}")
            }
            Why::LeftBehind => write!(
                f,
                "the thread {thread:?} was not started: it, or its scope, belongs to the process that forked this one; \
                 make another in this process"
            ),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.why {
            Why::System(error) => Some(error),
            Why::Affinity(error) => Some(error),
            Why::Started(_) | Why::LeftBehind => None,
        }
    }
}

/// Why a join gave no value.
#[derive(Debug, Clone)]
pub struct JoinError {
    thread: Arc<str>,
    reason: Reason,
}

#[derive(Debug, Clone)]
enum Reason {
    NotStarted(&'static Location<'static>),
    Itself(&'static Location<'static>),
    Panicked(PanicReport),
    Waiting(WaitError),
    LeftBehind,
}

impl JoinError {
    #[cold]
    #[track_caller]
    pub(super) fn not_started(thread: Arc<str>) -> JoinError {
        let reason = Reason::NotStarted(Location::caller());
        JoinError { thread, reason }
    }

    #[cold]
    #[track_caller]
    pub(super) fn itself(thread: Arc<str>) -> JoinError {
        let reason = Reason::Itself(Location::caller());
        JoinError { thread, reason }
    }

    pub(super) fn panicked(thread: Arc<str>, report: PanicReport) -> JoinError {
        let reason = Reason::Panicked(report);
        JoinError { thread, reason }
    }

    pub(super) fn waiting(thread: Arc<str>, why: WaitError) -> JoinError {
        let reason = Reason::Waiting(why);
        JoinError { thread, reason }
    }

    pub(super) fn left_behind(thread: Arc<str>) -> JoinError {
        let reason = Reason::LeftBehind;
        JoinError { thread, reason }
    }

    /// The thread's name.
    #[must_use]
    pub fn thread(&self) -> &str {
        &self.thread
    }

    /// Whether the thread ended by a panic.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.panic_report().is_some()
    }

    /// The panic that ended the thread: message, place, backtrace.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.reason {
            Reason::Panicked(report) => Some(report),
            _ => None,
        }
    }

    /// Whether the thread was not started.
    #[must_use]
    pub fn is_not_started(&self) -> bool {
        matches!(self.reason, Reason::NotStarted(_))
    }

    /// Whether the thread was to wait for its own end.
    #[must_use]
    pub fn is_itself(&self) -> bool {
        matches!(self.reason, Reason::Itself(_))
    }

    /// Whether the time was over before the thread's end.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.is_waiting(WaitError::TimedOut)
    }

    /// Whether the join was cancelled through its token.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.is_waiting(WaitError::Cancelled)
    }

    fn is_waiting(&self, wanted: WaitError) -> bool {
        matches!(self.reason, Reason::Waiting(why) if why == wanted)
    }

    /// Whether this process is a forked child, and the thread one of its parent's that had not ended.
    #[must_use]
    pub fn is_left_behind(&self) -> bool {
        matches!(self.reason, Reason::LeftBehind)
    }

    /// Goes on with the thread's panic here, with its payload; any other reason is the message of a panic.
    ///
    /// # Panics
    ///
    /// Always: that is its purpose.
    #[track_caller]
    pub fn resume(self) -> ! {
        match self.reason {
            Reason::Panicked(report) => report.resume(),
            _ => panic!("{self}"),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = &self.thread;
        match &self.reason {
            Reason::NotStarted(at) => write!(
                f,
                "join of the thread {thread:?}, which was not started, at {at}; call start first"
            ),
            Reason::Itself(at) => write!(
                f,
                "join of the thread {thread:?} by itself, which would never end, at {at}; join it from another"
            ),
            Reason::Panicked(report) => write!(f, "the thread {thread:?} {report}"),
            Reason::Waiting(WaitError::TimedOut) => write!(
                f,
                "join of the thread {thread:?} timed out; it still runs, and may be joined again"
            ),
            Reason::Waiting(WaitError::Cancelled) => write!(
                f,
                "join of the thread {thread:?} was cancelled through its token"
            ),
            Reason::LeftBehind => write!(
                f,
                "join of the thread {thread:?}, which runs in the process that forked this one; join it there"
            ),
        }
    }
}

impl error::Error for JoinError {}
