//! What a worker had comes back from it: when it dies, or as another has nothing to do.

use manyways_process::Exit;

use super::place::{Place, Sent};
use super::{Action, Chunk, Engine, Outcome, Owner, Phase, Piece};
use crate::pool::failure::Failure;

/// How a worker was found to have ended, after all that it had written was taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death {
    pub(crate) pid: u32,
    pub(crate) exit: Exit,
    /// It had broken the rules, and was ended for it.
    pub(crate) is_corrupt: bool,
    pub(crate) begun: u64,
    pub(crate) claimed: u64,
}

impl<O: Owner> Engine<O> {
    /// The place's worker has ended.
    pub(crate) fn died(&mut self, place: usize, death: Death) {
        let dead = std::mem::take(&mut self.places[place]);
        if !dead.is_ready {
            self.barren += 1;
        }
        let back = self.inherit(dead, death);
        self.put_back(back.into_iter());
        if self.is_barren() {
            self.break_down();
        }
        if self.wants_worker() {
            self.start(place);
        }
        self.assign();
    }

    /// Settles what the dead worker was running, and gives what others are to run.
    pub(super) fn inherit(&mut self, dead: Place<O>, death: Death) -> Vec<Chunk<O>> {
        let running = (death.begun > dead.told).then_some(dead.told + 1);
        let is_overdue = running.is_some() && running == dead.doomed;
        let mut back = Vec::new();
        for (at, sent) in dead.queue.into_iter().enumerate() {
            if at > 0 || death.claimed <= sent.number {
                back.push(sent.chunk);
                continue;
            }
            let mut rest = self.deliver_told(sent);
            if running.is_some() {
                let later = rest.split_off(1);
                back.extend(self.settle_running(rest, death, is_overdue));
                rest = later;
            }
            back.push(rest);
        }
        back.retain(|chunk| chunk.items.count > 0);
        back
    }

    /// Delivers what is done of a chunk, and gives the rest.
    pub(super) fn deliver_told(&mut self, sent: Sent<O>) -> Chunk<O> {
        let Sent {
            mut chunk,
            told,
            results,
            ..
        } = sent;
        let rest = chunk.split_off(told);
        if told > 0 {
            let piece = Piece {
                first: chunk.first,
                count: told,
                outcome: Outcome::Records(results),
            };
            self.actions.push_back(Action::Deliver(chunk.owner, piece));
        }
        rest
    }

    /// Fails the item of which a worker died, or gives it back for another try.
    pub(super) fn settle_running(
        &mut self,
        mut item: Chunk<O>,
        death: Death,
        is_overdue: bool,
    ) -> Option<Chunk<O>> {
        let Death { pid, exit, .. } = death;
        let failure = match item.rules.limit {
            _ if matches!(self.phase, Phase::Ended(_)) => return Some(item),
            Some(limit) if is_overdue => Failure::Overdue { pid, limit },
            _ if item.deaths < item.rules.retries => {
                item.deaths += 1;
                return Some(item);
            }
            _ if death.is_corrupt => Failure::Corrupted { pid },
            _ => Failure::Died { pid, exit },
        };
        self.fail(item, failure);
        None
    }

    /// The chunks from this number on were taken back from the worker.
    pub(crate) fn taken_back(&mut self, place: usize, from: u64) {
        let place = &mut self.places[place];
        let kept = place.queue.partition_point(|sent| sent.number < from);
        let back = place.queue.split_off(kept);
        place.given -= back.len() as u64;
        let any = !back.is_empty();
        self.put_back(back.into_iter().map(|sent| sent.chunk));
        if any {
            self.assign();
        }
    }

    pub(super) fn put_back(&mut self, chunks: impl DoubleEndedIterator<Item = Chunk<O>>) {
        chunks
            .rev()
            .for_each(|chunk| self.pending.push_front(chunk));
    }

    /// The running item's time is over; its worker cannot do anything for it any more.
    pub(crate) fn overdue(&mut self, place: usize, number: u64) {
        self.places[place].doomed = Some(number);
        self.actions.push_back(Action::Kill(place));
    }
}
