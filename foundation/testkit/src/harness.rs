//! The threads of the test harness, which come and go while a test runs and are no leak of it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

static THREADS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Marks the current thread as the harness's until dropped.
#[derive(Debug)]
pub(crate) struct HarnessThread(u32);

impl HarnessThread {
    /// `None` if the thread is marked already.
    pub(crate) fn enter() -> Option<HarnessThread> {
        let tid = nix::unistd::gettid().as_raw().cast_unsigned();
        let is_new = threads().insert(tid);
        is_new.then(|| HarnessThread(tid))
    }
}

impl Drop for HarnessThread {
    fn drop(&mut self) {
        threads().remove(&self.0);
    }
}

pub(crate) fn owns_thread(tid: u32) -> bool {
    threads().contains(&tid)
}

fn threads() -> MutexGuard<'static, BTreeSet<u32>> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}
