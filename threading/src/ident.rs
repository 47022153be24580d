//! Which thread this is.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::seam::IDENT;

/// The next thread's number. Not part of any protocol, so not of the seam.
static NEXT: AtomicU64 = AtomicU64::new(MAIN.get() + 1);

/// The number of the main thread.
pub(crate) const MAIN: NonZeroU64 = NonZeroU64::MIN;

/// The number of the calling thread: 1 for the main thread, never used again for another thread. Python's `get_ident`
/// may be.
///
/// In a forked child the thread that forked keeps its number, and is the main thread.
///
/// ```
/// let here = threading::get_ident();
/// assert_eq!(threading::get_ident(), here);
/// assert_ne!(std::thread::spawn(threading::get_ident).join().unwrap(), here);
/// ```
#[inline]
#[must_use]
pub fn get_ident() -> NonZeroU64 {
    IDENT.with(|ident| NonZeroU64::new(ident.get()).unwrap_or_else(|| number(ident)))
}

/// The number of the calling thread; 0 if it has not been asked for.
#[inline]
pub(crate) fn peek() -> u64 {
    IDENT.with(Cell::get)
}

#[cold]
fn number(ident: &Cell<u64>) -> NonZeroU64 {
    let number = if is_main() { MAIN } else { reserve() };
    ident.set(number.get());
    number
}

/// A number for a thread that is to [`assume`] it.
pub(crate) fn reserve() -> NonZeroU64 {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    NonZeroU64::new(number).expect("2^64 threads are more than there will be")
}

/// Gives the calling thread, which has no number yet, this one.
pub(crate) fn assume(number: NonZeroU64) {
    IDENT.with(|ident| ident.set(number.get()));
}

/// Whether the calling thread is the one in which `main` runs, or the one that forked this process.
///
/// Models run all their threads in one: none of them is.
pub(crate) fn is_main() -> bool {
    let id = rustix::thread::gettid().as_raw_nonzero().get();
    !cfg!(any(loom, shuttle)) && id.cast_unsigned() == std::process::id()
}
