//! The end of the program.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;

use super::at_exit::run_hooks;
use super::exit::{self, end_children};
use super::forkserver::stop_forkserver;
use super::init::init;

/// Runs a program as Python does: [`init`](crate::init), then `f`, then [`shutdown`]. To be the whole of `main`.
///
/// ```no_run
/// use multiprocessing::{Process, StartError};
///
/// fn program() -> Result<(), StartError> {
///     Process::new(|| println!("not cut off by the end of main")).start()
/// }
///
/// fn main() -> Result<(), StartError> {
///     multiprocessing::run_main(program)
/// }
/// ```
///
/// Without it a program of Rust ends with its `main`, and with it all its processes, in the middle of whatever they do.
/// If `f` panics, the shutdown comes all the same and the panic goes on. If it calls [`exit`](crate::exit), that is the
/// program's exit code.
///
/// # Panics
///
/// If `f` does.
pub fn run_main<R>(f: impl FnOnce() -> R) -> R {
    init();
    let end = End;
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => value,
        Err(payload) => {
            let code = exit::requested(payload);
            drop(end);
            process::exit(code)
        }
    }
}

/// Shuts down in its drop, so also when `main` panics.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        shutdown();
    }
}

/// What Python does at the end of a program: calls the hooks that [`at_exit`](crate::at_exit) has registered, ends the
/// children that are daemons (SIGTERM) and waits for them and for all others, those included that are started meanwhile,
/// and ends the forkserver.
///
/// A child that never ends keeps the program; it is one to be ended, or made a daemon.
pub fn shutdown() {
    run_hooks();
    end_children();
    stop_forkserver();
}
