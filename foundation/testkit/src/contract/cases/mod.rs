//! The cases, a suite a file. Each is generic over the world and over the implementation.

pub mod event;
mod list;

use std::time::Duration;

pub use list::cases;

/// How many workers a case has that needs several.
const HANDS: u32 = 5;

/// A limit that is meant to pass.
const BRIEF: Duration = Duration::from_millis(40);

/// A limit that is not meant to pass: longer than the suite waits for anything.
const EVER: Duration = Duration::from_secs(1000);

/// Asserts that what `Debug` shows changes with the object.
#[track_caller]
fn tells(object: &impl std::fmt::Debug, what: &str, change: impl FnOnce()) {
    let before = format!("{object:?}");
    change();
    assert_ne!(
        before,
        format!("{object:?}"),
        "Debug does not tell what is {what}"
    );
}
