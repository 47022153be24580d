//! The cases, a suite a file. Each is generic over the world and over the implementation.
#![expect(
    clippy::missing_panics_doc,
    reason = "a case panics if what its first line says does not hold"
)]

pub mod barrier;
pub mod bounded_semaphore;
pub mod condition;
pub mod condition_over_rlock;
pub mod event;
mod item;
mod list;
pub mod lock;
pub mod plain_lock;
pub mod queue;
pub mod queue_items;
pub mod queue_shutdown;
pub mod rlock;
pub mod semaphore;
pub mod simple_queue;
pub mod simple_queue_items;
pub mod thread;
pub mod unbounded_semaphore;

use std::time::Duration;

pub use item::Item;
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

/// A panic of which the panic hook says nothing.
fn quiet_panic() {
    std::panic::resume_unwind(Box::new("the case's own panic"));
}

/// A limit that passes at about the time at which others act: from 0 to 70 µs.
fn tiny(number: u32) -> Duration {
    Duration::from_micros(u64::from(number % 8) * 10)
}

/// Asserts that `Debug` shows this number.
#[track_caller]
fn tells_number(object: &impl std::fmt::Debug, number: u32) {
    let text = format!("{object:?}");
    assert!(
        text.contains(&number.to_string()),
        "{number} is not in {text}"
    );
}
