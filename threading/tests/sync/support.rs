//! What the tests share.

use std::fmt::Debug;
use std::thread;

/// Waits until the live numbers of `shown` say so: that some thread is in line, say.
pub(crate) fn await_shown(shown: &impl Debug, words: &str) {
    while !format!("{shown:?}").contains(words) {
        thread::yield_now();
    }
}

/// Asserts that an error names the line that is `lines_above` this call.
#[track_caller]
pub(crate) fn assert_place(misuse: threading::MisuseError, lines_above: u32) {
    let here = std::panic::Location::caller();
    assert_eq!(misuse.location().file(), here.file());
    assert_eq!(misuse.location().line(), here.line() - lines_above);
    assert!(misuse.to_string().contains(&misuse.location().to_string()));
}
