//! How a pool ends: closed, terminated, or broken.

use super::place::{Place, State};
use super::{Action, Chunk, Engine, Outcome, Owner, Phase, Piece};
use crate::pool::failure::Failure;

/// So many workers for each place may die in a row before they are ready, until the pool gives up.
const BARREN_DEATHS: usize = 3;

impl<O: Owner> Engine<O> {
    /// No more chunks will come: once all are done, the pool ends.
    pub(crate) fn close(&mut self) {
        if matches!(self.phase, Phase::Open) {
            self.phase = Phase::Closed;
        }
        self.wind_up();
    }

    /// Everything is to end now.
    pub(crate) fn terminate(&mut self) {
        self.end(&Failure::Terminated);
    }

    /// Nobody wants what has not been sent.
    pub(crate) fn cancel_pending(&mut self) {
        self.fail_pending(&Failure::Cancelled);
        self.wind_up();
    }

    /// The supervisor cannot go on: everything fails for this reason, and no worker is cared for any more.
    pub(crate) fn abandon(&mut self, why: &str) {
        self.end(&Failure::Broken(why.into()));
        for place in &mut self.places {
            let place = std::mem::take(place);
            let chunks = place.queue.into_iter().map(|sent| sent.chunk);
            self.pending.extend(chunks);
        }
        self.fail_pending(&Failure::Broken(why.into()));
    }

    pub(super) fn is_barren(&self) -> bool {
        self.barren >= BARREN_DEATHS * self.policy.workers
    }

    pub(super) fn break_down(&mut self) {
        let why = self.last_words.take();
        let why = why.unwrap_or_else(|| "they died before they were ready".to_owned());
        self.end(&Failure::Broken(why.into()));
    }

    pub(super) fn end(&mut self, why: &Failure) {
        if matches!(self.phase, Phase::Ended(_)) {
            return;
        }
        self.phase = Phase::Ended(why.clone());
        self.fail_pending(why);
        for place in 0..self.places.len() {
            if self.places[place].state != State::Vacant {
                self.actions.push_back(Action::Kill(place));
            }
        }
    }

    pub(super) fn fail_pending(&mut self, why: &Failure) {
        while let Some(chunk) = self.pending.pop_front() {
            self.fail(chunk, why.clone());
        }
    }

    pub(super) fn fail(&mut self, chunk: Chunk<O>, why: Failure) {
        let piece = Piece {
            first: chunk.first,
            count: chunk.items.count,
            outcome: Outcome::Failed(why),
        };
        self.actions.push_back(Action::Deliver(chunk.owner, piece));
    }

    pub(super) fn wants_worker(&self) -> bool {
        match self.phase {
            Phase::Open => true,
            Phase::Closed => !self.pending.is_empty(),
            Phase::Ended(_) => false,
        }
    }

    /// Dismisses the workers of a closed pool that has nothing left to do.
    pub(super) fn wind_up(&mut self) {
        let is_closed = matches!(self.phase, Phase::Closed);
        if !is_closed || !self.pending.is_empty() || self.is_busy() {
            return;
        }
        for place in 0..self.places.len() {
            if matches!(self.places[place].state, State::Starting | State::Ready) {
                self.dismiss(place);
            }
        }
    }

    /// Whether the pool has ended, and no worker is left.
    pub(crate) fn is_over(&self) -> bool {
        let is_vacant = |place: &Place<O>| place.state == State::Vacant;
        let is_ending = !matches!(self.phase, Phase::Open);
        is_ending && self.pending.is_empty() && self.places.iter().all(is_vacant)
    }

    /// Why nothing is taken any more, if nothing is.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        match &self.phase {
            Phase::Open => None,
            Phase::Closed => Some(Failure::Closed),
            Phase::Ended(why) => Some(why.clone()),
        }
    }
}
