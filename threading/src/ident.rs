//! Which thread this is.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::seam::IDENT;

/// The next thread's number. Not part of any protocol, so not of the seam.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The number of the calling thread: 1 for the first that asks, never used again for another thread. Python's `get_ident`
/// may be.
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

#[cold]
fn number(ident: &Cell<u64>) -> NonZeroU64 {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    ident.set(number);
    NonZeroU64::new(number).expect("2^64 threads are more than there will be")
}
