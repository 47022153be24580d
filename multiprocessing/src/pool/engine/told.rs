//! What workers have told.

use super::place::State;
use super::{Action, Engine, Outcome, Owner, Piece};
use crate::pool::records::{self, kind};
use crate::pool::stream::Corrupt;

/// Chunks that a worker has at once, at most: the running one, and those that it has not begun.
pub(crate) const LARGEST_WINDOW: usize = 64;

impl<O: Owner> Engine<O> {
    /// The worker has written this. Gives how much of it are whole records.
    pub(crate) fn told(&mut self, place: usize, bytes: &[u8]) -> Result<usize, Corrupt> {
        let mut used = 0;
        loop {
            used += self.take_outcomes(place, &bytes[used..]);
            let Some(record) = records::first(&bytes[used..]) else {
                break;
            };
            match record.kind {
                kind::READY => self.ready(place),
                kind::NOT_INITIALIZED => {
                    self.last_words = Some(String::from_utf8_lossy(record.payload).into_owned());
                }
                kind::LEAVING => self.places[place].state = State::Leaving,
                _ => return Err(Corrupt), // The outcome of an item that the worker does not have.
            }
            used += record.size;
        }
        self.assign();
        Ok(used)
    }

    pub(super) fn ready(&mut self, place: usize) {
        self.barren = 0;
        let place = &mut self.places[place];
        place.is_ready = true;
        if place.state == State::Starting {
            place.state = State::Ready;
        }
    }

    /// Takes the outcomes that come first, and gives how many bytes they are.
    pub(super) fn take_outcomes(&mut self, place: usize, bytes: &[u8]) -> usize {
        let mut used = 0;
        while let Some(sent) = self.places[place].queue.front_mut() {
            let (size, count) =
                records::outcomes(&bytes[used..], sent.chunk.items.count - sent.told);
            if sent.told == 0 && count > 0 {
                sent.results = self.spare.take(&sent.chunk);
            }
            sent.results.extend_from_slice(&bytes[used..used + size]);
            sent.told += count;
            used += size;
            let is_done = sent.told == sent.chunk.items.count;
            self.places[place].told += count as u64;
            if !is_done {
                break;
            }
            self.finish_first(place);
        }
        used
    }

    /// The place's first chunk is done.
    pub(super) fn finish_first(&mut self, place: usize) {
        let place = &mut self.places[place];
        let Some(sent) = place.queue.pop_front() else {
            return;
        };
        if place.queue.is_empty() && !self.pending.is_empty() {
            place.window = (2 * place.window).min(LARGEST_WINDOW);
        }
        self.spare.put(sent.chunk.items.bytes);
        let piece = Piece {
            first: sent.chunk.first,
            count: sent.told,
            outcome: Outcome::Records(sent.results),
        };
        self.actions
            .push_back(Action::Deliver(sent.chunk.owner, piece));
    }
}
