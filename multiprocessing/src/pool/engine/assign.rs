//! Who gets what.

use super::place::{Place, Sent, State};
use super::{Action, Chunk, Engine, Owner, Phase};
use crate::pool::failure::Failure;

impl<O: Owner> Engine<O> {
    /// Gives chunks to whoever has room.
    pub(super) fn assign(&mut self) {
        if let Phase::Ended(why) = &self.phase {
            let why = why.clone();
            return self.fail_pending(&why);
        }
        while !self.pending.is_empty() {
            let Some(place) = self.roomiest() else {
                return;
            };
            let Some(chunk) = self.pending.pop_front() else {
                return;
            };
            if chunk.owner.begin() {
                self.send(place, chunk);
            } else {
                self.fail(chunk, Failure::Cancelled);
            }
        }
        self.rebalance();
        self.wind_up();
    }

    /// The place with the fewest chunks that may have another.
    pub(super) fn roomiest(&self) -> Option<usize> {
        let max_tasks = self.policy.max_tasks;
        let places = self.places.iter().enumerate();
        let with_room = places.filter(|(_, place)| place.has_room(max_tasks));
        with_room
            .min_by_key(|(_, place)| (place.queue.len(), place.state))
            .map(|(at, _)| at)
    }

    pub(super) fn send(&mut self, at: usize, chunk: Chunk<O>) {
        let is_last = self.pending.is_empty();
        let place = &mut self.places[at];
        let is_marked = is_last || place.is_mark();
        let number = place.next;
        place.queue.push_back(Sent::new(number, chunk));
        place.next += 1;
        place.given += 1;
        self.actions.push_back(Action::Send {
            place: at,
            number,
            is_marked,
        });
        if self.policy.max_tasks == Some(place.given) {
            self.dismiss(at);
        }
    }

    pub(super) fn dismiss(&mut self, place: usize) {
        self.places[place].state = State::Dismissed;
        self.actions.push_back(Action::Dismiss(place));
    }

    /// Where a worker has nothing to do, and another has what it has not begun, that is taken back.
    pub(super) fn rebalance(&mut self) {
        let idle = |place: &Place<O>| place.state == State::Ready && place.queue.is_empty();
        if !self.places.iter().any(idle) {
            return;
        }
        let laden = self.places.iter().enumerate();
        let laden = laden.filter(|(_, place)| place.has_waiting());
        if let Some((at, _)) = laden.max_by_key(|(_, place)| place.queue.len()) {
            self.actions.push_back(Action::TakeBack(at));
        }
    }

    pub(super) fn start(&mut self, place: usize) {
        self.places[place].state = State::Starting;
        self.actions.push_back(Action::Start(place));
    }
}
