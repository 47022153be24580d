//! The end of the program.

use std::sync::Weak;

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
/// Executors that still stand, in a `static` say, come last: when none but their threads are left, each is shut down as
/// by [`shutdown_nowait(Pending::Run)`](crate::futures::ThreadPoolExecutor::shutdown_nowait), and its threads are waited
/// for. So all tasks are done that were submitted until then. (Python shuts executors down first, and other threads
/// that go on can submit no more.)
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

/// Waits until no thread is alive that this crate started and that is no daemon. Then executors are shut down for good,
/// as at the end of [`run_main`]. For the main thread, where that does not fit: before [`std::process::exit`], say.
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

/// Tasks may start threads, and those may make executors: until there is nothing new.
fn wait_for_all() {
    loop {
        wait_for_each(Kind::Own);
        close_all();
        if !wait_for_one(Kind::Worker) {
            return;
        }
    }
}

fn wait_for_each(kind: Kind) {
    while wait_for_one(kind) {}
}

/// False if there is none.
fn wait_for_one(kind: Kind) -> bool {
    let own = current::peek();
    let waited_for = |thread: &ThreadHandle| {
        thread.kind() == kind && !thread.daemon() && Some(thread) != own.as_ref()
    };
    let thread = super::enumerate().into_iter().find(waited_for);
    // How it ended is for those who join it.
    thread
        .map(|thread| thread.wait_for_end(Limit::NEVER))
        .is_some()
}

/// What has threads that would never end by themselves.
pub(crate) trait Close: Send + Sync {
    /// Has them end when they have done what they were given. Does not wait.
    fn close(&self);
}

/// Fewer than this are not worth a look for those that are gone.
const CROWD: usize = 16;

/// Has this closed at the end of the program, unless it is gone by then.
pub(crate) fn close_at_end(it: Weak<dyn Close>) {
    let mut to_close = registry::here().to_close.lock();
    if to_close.len() >= CROWD && to_close.len() == to_close.capacity() {
        to_close.retain(|it| it.strong_count() > 0);
    }
    to_close.push(it);
}

fn close_all() {
    let to_close = std::mem::take(&mut *registry::here().to_close.lock());
    let to_close = to_close.iter().filter_map(Weak::upgrade);
    to_close.for_each(|it| it.close());
}
