//! Which thread this is.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use super::handle::ThreadHandle;
use super::life::{Kind, Life};
use super::registry;
use crate::ident;
use crate::wait::CancelToken;

thread_local! {
    static CURRENT: Current = const { Current(RefCell::new(None)) };
}

struct Current(RefCell<Option<ThreadHandle>>);

/// Of threads that this crate did not make, their end is seen here; all others say it themselves.
impl Drop for Current {
    fn drop(&mut self) {
        let handle = self.0.take();
        let foreign = handle.filter(|handle| handle.kind() == Kind::Foreign && is_here(handle));
        if let Some(handle) = foreign {
            leave(&handle);
        }
    }
}

/// The calling thread has this handle from now on.
pub(super) fn enter(thread: &ThreadHandle) {
    let _ = CURRENT.try_with(|current| current.0.replace(Some(thread.clone())));
}

/// The thread of this handle, the calling one, is over.
pub(super) fn leave(thread: &ThreadHandle) {
    if let Some(ident) = thread.ident() {
        registry::here().remove(ident);
    }
    thread.life.end();
}

/// The calling thread's handle, if it has one: not to disturb threads that have nothing to do with this crate.
pub(super) fn peek() -> Option<ThreadHandle> {
    let handle = CURRENT.try_with(|current| current.0.borrow().clone());
    handle.ok().flatten().filter(is_here)
}

/// What a thread had before it forked is not its handle in the child.
fn is_here(handle: &ThreadHandle) -> bool {
    handle.life.is_of_this_process()
}

/// The calling thread.
///
/// A thread that this crate did not make gets a handle when it first asks, named "Dummy-1" and so on, as in Python. It
/// is a daemon, is listed until it ends, and may be joined, which Python's may not.
///
/// ```
/// use threading::{Builder, current_thread};
///
/// let thread = Builder::new().name("worker").spawn(|| current_thread().name())?;
/// assert_eq!(&*thread.join()?, "worker");
///
/// let foreign = std::thread::spawn(current_thread).join().unwrap();
/// assert!(foreign.name().starts_with("Dummy-") && !foreign.is_alive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn current_thread() -> ThreadHandle {
    peek().unwrap_or_else(introduce)
}

#[cold]
fn introduce() -> ThreadHandle {
    if ident::is_main() {
        let main = registry::here().main();
        enter(main);
        return main.clone();
    }
    let handle = ThreadHandle::new(Life::of_foreign(dummy_name().into()));
    let kept = CURRENT.try_with(|current| current.0.replace(Some(handle.clone())));
    match (kept, handle.ident()) {
        (Ok(_), Some(ident)) => registry::here().insert(ident, handle.clone()),
        // In a destructor of another thread-local: its end will not be seen any more.
        _ => handle.life.end(),
    }
    handle
}

fn dummy_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("Dummy-{number}")
}

/// Whether the calling thread was asked to end: [`ThreadHandle::cancel`]. One load.
///
/// ```
/// use threading::{Thread, cancel_requested};
///
/// let thread = Thread::spawn(|| {
///     let mut rounds = 0_u64;
///     while !cancel_requested() {
///         rounds += 1;
///     }
///     rounds
/// })?;
/// thread.cancel();
/// thread.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn cancel_requested() -> bool {
    let asked = CURRENT.try_with(|current| {
        let handle = current.0.borrow();
        let handle = handle.as_ref().filter(|handle| is_here(handle));
        handle.is_some_and(|handle| handle.token().is_cancelled())
    });
    asked.unwrap_or(false)
}

/// The calling thread's token, to give to waits that [`ThreadHandle::cancel`] shall end, or to make children of.
#[must_use]
pub fn current_token() -> CancelToken {
    current_thread().token().clone()
}

/// The kernel's number for the calling thread.
#[must_use]
pub fn get_native_id() -> u32 {
    let id = rustix::thread::gettid();
    id.as_raw_nonzero().get().cast_unsigned()
}

/// Has the calling thread use a number that was reserved for it.
pub(super) fn enter_as(thread: &ThreadHandle, number: NonZeroU64) {
    ident::assume(number);
    enter(thread);
}
