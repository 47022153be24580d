//! What is due at a moment: workers that are to be started later, and items whose time is limited.

use std::time::{Duration, Instant};

use super::Supervisor;
use crate::pool::clock::now;

impl Supervisor {
    /// How long nothing is to be done but at somebody's call.
    pub(super) fn next_moment(&self) -> Option<Duration> {
        let now = Instant::now();
        let starts = self.later.iter();
        let starts = starts.map(|(at, _)| at.saturating_duration_since(now));
        let limits = (0..self.hands.len()).filter_map(|place| self.time_left(place));
        starts.chain(limits.map(|(_, left)| left)).min()
    }

    /// Starts the workers whose time has come. Whether there were any.
    pub(super) fn start_later(&mut self) -> bool {
        if self.later.is_empty() {
            return false;
        }
        let now = Instant::now();
        let is_due = |(at, _): &mut (Instant, usize)| *at <= now;
        let due: Vec<_> = self.later.extract_if(.., is_due).collect();
        for (_, place) in &due {
            self.engine.start_again(*place);
            self.act();
        }
        !due.is_empty()
    }

    /// Ends the workers whose running items have taken too long. Whether there were any.
    pub(super) fn end_overdue(&mut self) -> bool {
        let mut any = false;
        for place in 0..self.hands.len() {
            if let Some((number, left)) = self.time_left(place)
                && left.is_zero()
                && self.door.board.desk(place).doom(number)
            {
                self.engine.overdue(place, number);
                self.act();
                any = true;
            }
        }
        any
    }

    /// The item that the place's worker runs, or will next, if its time is limited, and how much is left of that.
    fn time_left(&self, place: usize) -> Option<(u64, Duration)> {
        if !self.has_limits || self.hands[place].is_none() {
            return None;
        }
        let (number, limit) = self.engine.limit(place)?;
        let left = match self.door.board.desk(place).running_since(number) {
            Some(since) => limit.saturating_sub(Duration::from_nanos(now().saturating_sub(since))),
            None => limit,
        };
        Some((number, left))
    }
}
