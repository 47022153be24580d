//! What the cases share.

use std::path::PathBuf;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::shared_memory::SharedMemory;

/// Runs a test of a process that has its tracker already, which stays.
pub(crate) fn tracked(test: impl FnOnce()) {
    static TRACKER: Once = Once::new();
    TRACKER.call_once(|| SharedMemory::create(1).unwrap().unlink().unwrap());
    guarded(test);
}

pub(crate) fn file(name: &str) -> PathBuf {
    ["/dev/shm", name].iter().collect()
}

pub(crate) fn exists(name: &str) -> bool {
    file(name).exists()
}

/// A name that no other test has.
pub(crate) fn fresh(what: &str) -> String {
    format!("mw-{what}-{}", std::process::id())
}

/// The tracker does its work in the background; should it not, the watchdog ends the test.
pub(crate) fn until_gone(name: &str) {
    while exists(name) {
        thread::sleep(Duration::from_millis(1));
    }
}
