//! Who waits for a notification.

use std::fmt;
use std::time::Instant;

use super::{Condition, LEFT, NOTIFIED, Place, STATE, WAITING};
use crate::error::WaitError;
use crate::life::Identity;
use crate::seam::Ordering;
use crate::wait::Wait;

/// A place in the line of a [`Condition`]. Dropped without a wait, it is given up; what it was told goes to the next.
#[must_use = "dropped, it leaves the line"]
pub struct Waiter<'a> {
    condition: &'a Condition,
    place: &'a Place,
    ticket: u32,
    me: Identity,
    is_told: bool,
}

impl<'a> Waiter<'a> {
    pub(super) fn new(
        condition: &'a Condition,
        place: &'a Place,
        ticket: u32,
        me: Identity,
    ) -> Waiter<'a> {
        Waiter {
            condition,
            place,
            ticket,
            me,
            is_told: false,
        }
    }

    /// Waits for a notification, by the deadline if there is one.
    ///
    /// # Errors
    ///
    /// If the time is up, or this process cannot take part.
    pub fn wait(mut self, deadline: Option<Instant>) -> Result<(), WaitError> {
        let mut wait = Wait::for_lock(deadline);
        while self.waits() {
            if wait.spin() {
                continue;
            }
            if wait.is_over() && self.leave() {
                return Err(WaitError::TimedOut);
            }
            self.place.word.sleep(self.ticket | WAITING, deadline);
            if self.waits() {
                // One that was told before this one may have died.
                let condition = self.condition;
                let _hold = condition.at.lock.hold(condition.at.life())?;
                condition.bury();
            }
        }
        self.is_told = true;
        Ok(())
    }

    fn waits(&self) -> bool {
        self.place.word.load(Ordering::Acquire) == self.ticket | WAITING
    }

    /// False if it was told before it could leave.
    fn leave(&self) -> bool {
        self.place
            .exchange(self.ticket | WAITING, self.ticket | LEFT)
    }

    /// Gives to the next what this one was told and has no use for.
    fn pass_on(&self) {
        let condition = self.condition;
        // Whoever cannot take part could not have got in line.
        if let Ok(_hold) = condition.at.lock.hold(condition.at.life()) {
            condition.tell(1, NOTIFIED);
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if !self.condition.at.life().is_me(self.me) {
            return; // A copy in a forked child.
        }
        let was_told = !self.leave() && self.place.word.load(Ordering::Relaxed) & STATE == NOTIFIED;
        if was_told && !self.is_told {
            self.pass_on();
        }
        self.place.owner.store(0, Ordering::Release);
    }
}

impl fmt::Debug for Waiter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("waits", &self.waits())
            .finish_non_exhaustive()
    }
}
