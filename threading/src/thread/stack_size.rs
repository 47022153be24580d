//! The stacks of new threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::MisuseError;

/// Python's least stack, in bytes.
const LEAST: usize = 32 << 10;

/// 0 stands for the standard library's.
static FOR_ALL: AtomicUsize = AtomicUsize::new(0);

/// How many bytes of stack a thread gets that was not given its own size: 0 stands for the standard library's
/// default (2 MiB, or what `RUST_MIN_STACK` says).
#[must_use]
pub fn stack_size() -> usize {
    FOR_ALL.load(Ordering::Relaxed)
}

/// Sets the stack size, in bytes, of threads that are started from now on and were not given their own; 0 is the
/// default. Gives the size before.
///
/// # Errors
///
/// If it is less than 32 KiB and not 0, as in Python.
///
/// ```
/// let before = threading::set_stack_size(8 << 20)?;
/// assert_eq!(threading::stack_size(), 8 << 20);
/// threading::set_stack_size(before)?;
/// assert!(threading::set_stack_size(100).is_err());
/// # Ok::<(), threading::MisuseError>(())
/// ```
#[track_caller]
pub fn set_stack_size(bytes: usize) -> Result<usize, MisuseError> {
    if (1..LEAST).contains(&bytes) {
        return Err(MisuseError::new(
            "a stack size of less than 32 KiB",
            "give at least 32768 bytes, or 0 for the default",
        ));
    }
    Ok(FOR_ALL.swap(bytes, Ordering::Relaxed))
}

/// What to ask the system for.
pub(super) fn for_all() -> Option<usize> {
    Some(stack_size()).filter(|bytes| *bytes > 0)
}
