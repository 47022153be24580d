//! What several files need.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use manyways_testkit::descendants;

pub(crate) fn square(n: u64) -> u64 {
    n * n
}

pub(crate) fn own_pid(_: u64) -> u32 {
    std::process::id()
}

/// The workers of this process, which has no other children.
pub(crate) fn workers() -> Vec<u32> {
    descendants().into_iter().collect()
}

/// As [`workers`], in a fraction of the time: the children that the kernel lists.
pub(crate) fn children() -> Vec<u32> {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
    let lists: Vec<String> = lists.map(Result::unwrap_or_default).collect();
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// Between two looks at something that tells nobody when it changes; those who wait leave the cores to the others.
const LOOK: Duration = Duration::from_micros(100);

/// Waits until it is so, which it will be.
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        std::thread::sleep(LOOK);
    }
}

/// A directory for the marks that workers leave.
pub(crate) struct Marks(tempfile::TempDir);

impl Marks {
    pub(crate) fn new() -> Marks {
        Marks(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> String {
        self.0.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn count(&self) -> usize {
        fs::read_dir(self.0.path()).unwrap().count()
    }

    pub(crate) fn wait_for(&self, count: usize) {
        wait_until(|| self.count() >= count);
    }
}

/// Leaves a mark, and then waits until another is there.
pub(crate) fn mark_and_wait_for(path: &str, mark: &str, other: &str) {
    fs::write(format!("{path}/{mark}"), "").unwrap();
    while !fs::exists(format!("{path}/{other}")).unwrap() {
        std::thread::sleep(LOOK);
    }
}

/// What came over the channel, for which a test may wait long.
pub(crate) fn next<T>(receiver: &mpsc::Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(50)).unwrap()
}
