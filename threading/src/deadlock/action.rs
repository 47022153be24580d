//! What is done about a deadlock.

use std::fmt;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use super::report::Report;
use crate::panic::shown;

/// What to do about a deadlock.
pub enum Action {
    /// Print the report to standard error. The threads are left to hang.
    Print,
    /// Panic with the report in the thread that is about to close the cycle, before it waits: its guards are dropped and
    /// the others go on.
    ///
    /// Printed instead where a panic would do more harm: if the wait is a condition's for its lock, without which it cannot
    /// return, or for the end of a scope or an executor; and in a thread that panics already.
    Panic,
    /// Call a function, in the thread that is about to close the cycle. When it returns, the thread waits.
    ///
    /// It may panic, as by [`Panic`](Action::Panic); where that is printed instead, so is the function's panic, by the
    /// program's panic hook, and the thread waits.
    Call(Box<dyn Fn(&Report) + Send + Sync>),
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Print => "Print",
            Action::Panic => "Panic",
            Action::Call(_) => "Call(..)",
        })
    }
}

static ACTION: Mutex<Option<Arc<Action>>> = Mutex::new(None);

pub(super) fn set_action(action: Action) {
    let before = ACTION.lock().replace(Arc::new(action));
    // It is the user's code: not under the lock.
    drop(before);
}

/// # Panics
///
/// If that is the action.
#[track_caller]
pub(super) fn act(report: &Report) {
    let action = ACTION.lock().clone();
    match action.as_deref() {
        Some(Action::Panic) if !thread::panicking() => panic!("{report}"),
        Some(Action::Call(call)) if !thread::panicking() => call(report),
        _ => act_without_panic(report),
    }
}

pub(super) fn act_without_panic(report: &Report) {
    let action = ACTION.lock().clone();
    // Even printing may panic.
    shown(|| match action.as_deref() {
        Some(Action::Call(call)) => call(report),
        _ => eprintln!("{report}"),
    });
}
