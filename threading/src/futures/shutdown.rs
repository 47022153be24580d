//! The end of a pool.

use std::panic::Location;

use super::pool::{OPEN, Pending, Pool, SHUT_DOWN};
use super::worker;
use crate::deadlock::{self, Resource};
use crate::seam::Ordering;
use crate::thread::Close;
use crate::wait::{Limit, WaitError};

impl Pool<'_> {
    fn shut_door(&self) {
        let _ = self
            .door
            .compare_exchange(OPEN, SHUT_DOWN, Ordering::AcqRel, Ordering::Relaxed);
        self.sleepers.rouse_all();
    }

    /// Cancels what has not begun.
    fn cancel_pending(&self) {
        while let Some(task) = self.tasks.pop() {
            task.cancel();
        }
    }

    pub(super) fn shut_down_nowait(&self, pending: Pending) {
        if self.is_left_behind() {
            return;
        }
        self.shut_door();
        if pending == Pending::Cancel {
            self.cancel_pending();
        }
    }

    #[track_caller]
    pub(super) fn shut_down(&self, pending: Pending, limit: Limit<'_>) -> Result<(), WaitError> {
        self.shut_down_nowait(pending);
        // A worker does not wait for itself, nor a forked child for the parent's.
        if worker::is_of(self.id) || self.is_left_behind() {
            return Ok(());
        }
        let limit = limit.start();
        self.wait_for_workers(limit)?;
        let joins = self.joins.lock().clone();
        joins.iter().try_for_each(|join| join(limit))
    }

    #[track_caller]
    fn wait_for_workers(&self, limit: Limit<'_>) -> Result<(), WaitError> {
        let team = || Some(Resource::Team(self.team()));
        let (never, here) = (limit.is_never(), Location::caller());
        let _waits = never.then(|| deadlock::waits_anyway(here, team));
        loop {
            let at_work = self.at_work.lock();
            if *at_work == 0 {
                return Ok(());
            }
            if let Err(left) = at_work.enqueue().wait(limit) {
                return Err(left.why);
            }
        }
    }
}

impl Close for Pool<'static> {
    fn close(&self) {
        self.shut_down_nowait(Pending::Run);
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        // There is none: the last worker ends when it has seen none. But if there were, it must not wait for ever.
        self.cancel_pending();
    }
}
