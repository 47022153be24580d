//! Leaving a process before its function returns.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use manyways_process::{PanicReport, catch_panic};

use super::family;

/// The exit code of a process that panicked, as Python's of one that raised an exception.
pub(super) const PANICKED: i32 = 1;

/// Ends this process with an exit code, as `sys.exit` does in Python: the stack is unwound, so that destructors run, the
/// [hooks](crate::at_exit) are called, and what was printed is flushed. Only the lowest eight bits of the code count.
///
/// In a child this is the way to leave: [`std::process::exit`] would also call the exit handlers that a forked child has
/// inherited from its parent. Elsewhere, and in other threads than the child's first, it ends as a panic does that prints
/// nothing: the thread in question. In the program itself it ends the program, if called in [`run_main`](crate::run_main).
pub fn exit(code: i32) -> ! {
    resume_unwind(Box::new(ExitRequest(code)))
}

/// The payload of the unwinding.
struct ExitRequest(i32);

/// How a body ended.
pub(super) enum Ended<T> {
    Returned(T),
    Exited(i32),
    Panicked(PanicReport),
}

/// Calls `body` to its end, whichever it is. With `panic = "abort"` a panic or an exit aborts the process.
pub(super) fn run<T>(body: impl FnOnce() -> T) -> Ended<T> {
    let caught = catch_panic(|| match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => Ended::Returned(value),
        Err(payload) => Ended::Exited(requested(payload)),
    });
    caught.unwrap_or_else(Ended::Panicked)
}

/// The code that was asked for; any other panic goes on.
pub(super) fn requested(payload: Box<dyn Any + Send>) -> i32 {
    match payload.downcast::<ExitRequest>() {
        Ok(request) => request.0 & 0xFF,
        Err(panic) => resume_unwind(panic),
    }
}

/// Ends all children of this process as its own end comes: daemons are told to (SIGTERM), then all are waited for.
pub(super) fn end_children() {
    loop {
        let active = family::state().active();
        if active.is_empty() {
            return;
        }
        for child in active.iter().filter(|child| child.daemon()) {
            let _ = child.terminate();
        }
        for child in active {
            let _ = child.wait(None);
        }
    }
}
