//! Executors and futures. The cases are those of CPython's `test_concurrent_futures` for thread pools, rewritten from their
//! meaning, and those of what this crate adds.
//!
//! Left out: what is about processes, pickling, the garbage collector, the interpreter's shutdown and fork; arguments
//! of a wrong type or sign, and a result that is set twice, which do not compile; `set_running_or_notify_cancel` in the
//! wrong state, which is allowed here.

mod as_completed;
mod drops;
mod executor;
mod future;
mod init;
mod map;
mod scoped;
mod send_sync;
mod shutdown;
mod wait;

use std::fmt::Debug;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use threading::Event;
use threading::futures::{Future, ThreadPoolExecutor};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);
/// Shorter than anybody minds.
const SHORT: Duration = Duration::from_millis(20);

fn pool_of(max_workers: usize) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(max_workers);
    builder.build().unwrap()
}

/// A task that runs until the event is set.
fn occupy(pool: &ThreadPoolExecutor) -> (Arc<Event>, Future<()>) {
    let (begun, go) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let task = {
        let (begun, go) = (begun.clone(), go.clone());
        move || {
            begun.set();
            go.wait();
        }
    };
    let future = pool.submit(task).unwrap();
    begun.wait();
    (go, future)
}

/// A number that `Debug` shows.
fn number(shown: &impl Debug, field: &str) -> usize {
    let text = format!("{shown:?}");
    let (_, digits) = text.split_once(&format!(" {field}: ")).unwrap();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap();
    digits[..end].parse().unwrap()
}

/// Until `Debug` shows this number.
fn await_number(shown: &impl Debug, field: &str, number_is: usize) {
    while number(shown, field) != number_is {
        thread::yield_now();
    }
}
