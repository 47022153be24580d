//! What these tests share.

use std::time::Duration;

use manyways_process::{Fork, Task};
use manyways_testkit::guarded;
use multiprocessing::managers::{Manager, Value};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than anything takes that is not to happen.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Long enough to see that something waits.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

pub(crate) fn fork<T: Serialize + DeserializeOwned>(body: impl FnOnce() -> T) -> Task<T> {
    Fork::new().run(body).unwrap()
}

/// Runs a test with a manager, which must end by itself.
pub(crate) fn with_manager(test: impl FnOnce(&Manager)) {
    guarded(|| {
        let options = Manager::options().shutdown_timeout(LONG);
        let manager = options.start().unwrap();
        test(&manager);
        assert!(manager.shutdown().unwrap().success());
    });
}

pub(crate) fn values<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Vec<Value> {
    items.into_iter().map(Into::into).collect()
}

/// Kills a process of this test's.
pub(crate) fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed());
    nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
}
