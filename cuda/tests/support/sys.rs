//! The end of the process.

#![allow(unsafe_code)]

use std::sync::OnceLock;

static LAST: OnceLock<fn()> = OnceLock::new();

/// Has a function called when the process exits. Only the first counts.
pub(super) fn at_exit(last: fn()) {
    if LAST.set(last).is_ok() {
        // SAFETY: POSIX: the function is called at exit, on the thread that exits. It lives as long as the program, takes
        // nothing, and does not unwind: what it calls is caught, and `extern "C"` would abort otherwise.
        let registered = unsafe { libc::atexit(call) };
        assert_eq!(registered, 0, "there is room for a function at exit");
    }
}

extern "C" fn call() {
    if let Some(last) = LAST.get() {
        // Standard output may be closed by then; a test's result does not depend on it.
        let _ = std::panic::catch_unwind(last);
    }
}
