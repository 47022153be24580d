//! What the cases share.

use std::time::Duration;

use manyways_testkit as testkit;
use multiprocessing::{Context, Process, get_all_start_methods, get_context, stop_forkserver};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A limit that is meant to pass.
pub(crate) const BRIEF: Duration = Duration::from_millis(40);

/// A limit that is not meant to pass.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Runs a case with each start method.
pub(crate) fn with_each_method(case: impl Fn(Context)) {
    for method in get_all_start_methods() {
        println!("by {method}:");
        testkit::guarded(|| {
            case(get_context(method));
            stop_forkserver();
        });
    }
}

/// Starts it, and gives it back.
pub(crate) fn started<T: Serialize + DeserializeOwned>(
    mut process: Process<'static, T>,
) -> Process<'static, T> {
    process.start().unwrap();
    process
}
