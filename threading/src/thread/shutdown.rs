//! The end of the program.

use super::current;
use super::handle::ThreadHandle;
use super::life::Kind;
use super::registry;
use crate::wait::Limit;
use crate::{MisuseError, ident};

/// Runs a program as Python does: calls `f`, then waits for all threads that are not daemons, those included that are
/// started meanwhile. To be the whole of `main`:
///
/// ```
/// use std::time::Duration;
/// use threading::{StartError, Thread};
///
/// fn program() -> Result<(), StartError> {
///     Thread::spawn(|| {
///         std::thread::sleep(Duration::from_millis(10));
///         println!("not cut off by the end of main");
///     })?;
///     Ok(())
/// }
///
/// fn main() -> Result<(), StartError> {
///     threading::run_main(program)
/// }
/// ```
///
/// Without it a program of Rust ends with its `main`, and all threads with it, in the middle of whatever they do: as
/// Python's daemons. That is what happens here to daemons, and to threads that this crate did not start.
///
/// If `f` panics, the threads are waited for all the same, then the panic goes on. A thread that panicked is reported
/// when it happens and changes neither the waiting nor the program's exit code, as in Python. The main thread counts as
/// ended while the others are waited for, so that they may join it. Nothing is waited for if the program ends by
/// [`std::process::exit`], an abort or a signal; a thread that never ends keeps the program running, and is one to be
/// cancelled or made a daemon.
///
/// # Panics
///
/// If `f` does, or this is not the main thread.
pub fn run_main<R>(f: impl FnOnce() -> R) -> R {
    assert!(
        ident::is_main(),
        "run_main is for the main thread: call it in main, or use shutdown there"
    );
    let _end = End;
    f()
}

/// Waits in its drop, so also when `main` panics.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        registry::here().main().life.end();
        wait_for_all();
    }
}

/// Waits until no thread is alive that this crate started and that is no daemon. For the main thread, where
/// [`run_main`] does not fit: before [`std::process::exit`], say.
///
/// # Errors
///
/// In other threads, which would wait for each other.
#[track_caller]
pub fn shutdown() -> Result<(), MisuseError> {
    if !ident::is_main() {
        return Err(MisuseError::new(
            "shutdown was called in a thread that is not the main one",
            "call it in main",
        ));
    }
    wait_for_all();
    Ok(())
}

fn wait_for_all() {
    while let Some(thread) = any_to_wait_for() {
        // How it ended is for those who join it.
        let _ = thread.life.join(Limit::NEVER);
    }
}

fn any_to_wait_for() -> Option<ThreadHandle> {
    let own = current::peek();
    let waited_for = |thread: &ThreadHandle| {
        thread.kind() == Kind::Own && !thread.daemon() && Some(thread) != own.as_ref()
    };
    super::enumerate().into_iter().find(waited_for)
}
