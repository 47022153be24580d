//! What a process does at its end.

use std::io::{self, Write};
use std::process;

use manyways_process::{PanicReport, catch_panic};

use super::family;

pub(super) type Hook = Box<dyn FnOnce() + Send>;

/// Has this process call `hook` at its end: a child when its closure or function has returned, panicked or called
/// [`exit`](crate::exit), and the program itself in [`shutdown`](crate::shutdown) and [`run_main`](crate::run_main). The last
/// that was registered comes first. A panic of a hook is printed, and the next one is called.
///
/// Children do not inherit the hooks of their parents. A process that is killed, or ends by [`std::process::exit`], calls
/// none. Python's `atexit` and `multiprocessing.util.Finalize`.
pub fn at_exit(hook: impl FnOnce() + Send + 'static) {
    family::state().hooks.lock().push(Box::new(hook));
}

/// Calls all hooks, those included that are registered meanwhile.
pub(super) fn run_hooks() {
    loop {
        let hook = family::state().hooks.lock().pop();
        let Some(hook) = hook else { return };
        if let Err(report) = catch_panic(hook) {
            print(&report);
        }
    }
}

/// Tells of a panic on stderr, as Python does of an exception. Nobody hears it if stderr is closed.
pub(super) fn print(report: &PanicReport) {
    let name = family::state().name();
    let text = format!("Process {name} (pid {}) {report}\n", process::id());
    let _ = io::stderr().write_all(text.as_bytes());
}
