//! What the suites put into queues to see what becomes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// An item that counts how many of its kind live.
#[derive(Debug)]
pub struct Item {
    number: u32,
    living: Arc<AtomicU32>,
}

impl Item {
    pub(super) fn new(number: u32, living: &Arc<AtomicU32>) -> Item {
        living.fetch_add(1, Ordering::SeqCst);
        Item {
            number,
            living: Arc::clone(living),
        }
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.living.fetch_sub(1, Ordering::SeqCst);
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.number == other.number
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Item) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Item) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}
