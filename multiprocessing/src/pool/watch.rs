//! Waiting for the first of several results.

use std::collections::VecDeque;
use std::time::Instant;

use crate::mutex::{Condvar, Mutex};

/// Is told which results are done, in the order in which they are.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    done: Mutex<VecDeque<usize>>,
    news: Condvar,
}

impl Watch {
    pub(crate) fn tell(&self, key: usize) {
        self.done.lock().push_back(key);
        self.news.notify_all();
    }

    /// The next that is done; `None` when the deadline has passed.
    pub(crate) fn next(&self, deadline: Option<Instant>) -> Option<usize> {
        let mut done = self.done.lock();
        loop {
            if let Some(key) = done.pop_front() {
                return Some(key);
            }
            done = self.news.wait_until(done, deadline)?;
        }
    }
}
