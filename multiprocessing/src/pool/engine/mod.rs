//! Which worker runs what, as a machine without clock, processes or memory of its own: events go in, actions come out.
//!
//! - Chunks wait in one queue, in the order in which they came, and go to the worker that has the fewest.
//! - A worker has at most two: the one that it runs, and the next, so that it need not wait for the supervisor. Where chunks
//!   are so short that it waits all the same, it gets more and more, up to [`LARGEST_WINDOW`](told::LARGEST_WINDOW); and
//!   where another has nothing to do, what it has not begun is taken back.
//! - Of a worker that dies the running item fails, or is tried again; all else that it had goes to the others.
//! - A worker that dies is replaced. Workers that die in a row before they are ready break the pool.
//!
//! Every item that was submitted is delivered once, whatever happens.

mod assign;
mod chunk;
mod death;
mod end;
mod place;
mod spare;
#[cfg(all(test, not(loom)))]
mod tests;
mod told;

use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use self::chunk::{Chunk, Outcome, Owner, Piece, Rules};
pub(crate) use self::death::Death;
use self::place::{Place, State};
use self::spare::Spare;
use super::failure::Failure;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action<O> {
    /// A worker is to be started in a place.
    Start(usize),
    /// The same, but not at once: it could not be started just now.
    StartLater(usize, Duration),
    /// The place's chunk of this number is to be sent to its worker. The supervisor wants to know at once when one that is
    /// marked is done.
    Send {
        place: usize,
        number: u64,
        is_marked: bool,
    },
    /// What the worker has not claimed is to be taken back.
    TakeBack(usize),
    /// The worker is to be told that nothing more will come.
    Dismiss(usize),
    /// The worker is to be killed.
    Kill(usize),
    /// The owner is to be told.
    Deliver(O, Piece),
}

/// How a pool works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) workers: usize,
    /// Chunks that a worker runs before it is replaced.
    pub(crate) max_tasks: Option<u64>,
}

/// How long after a process could not be had it is tried again, at first; the pause doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How often each place tries again to have a process before a pool without any worker gives up: for six seconds, as a want of
/// descriptors or of memory often passes.
const MOST_TRIES: usize = 7;

#[derive(Debug, Clone)]
enum Phase {
    Open,
    /// What was submitted is done, and nothing more is taken.
    Closed,
    /// Nothing is done any more, for this reason.
    Ended(Failure),
}

/// The state of a pool.
#[derive(Debug)]
pub(crate) struct Engine<O> {
    policy: Policy,
    places: Vec<Place<O>>,
    pending: VecDeque<Chunk<O>>,
    phase: Phase,
    /// Starts that failed in a row.
    refused: usize,
    /// Workers that ended in a row before they were ready, and what the last of them said.
    barren: usize,
    last_words: Option<String>,
    actions: VecDeque<Action<O>>,
    spare: Spare,
}

impl<O: Owner> Engine<O> {
    pub(crate) fn new(policy: Policy) -> Engine<O> {
        let mut engine = Engine {
            policy,
            places: (0..policy.workers).map(|_| Place::default()).collect(),
            pending: VecDeque::new(),
            phase: Phase::Open,
            refused: 0,
            barren: 0,
            last_words: None,
            actions: VecDeque::new(),
            spare: Spare::default(),
        };
        (0..policy.workers).for_each(|place| engine.start(place));
        engine
    }

    /// What is to be done next.
    pub(crate) fn action(&mut self) -> Option<Action<O>> {
        self.actions.pop_front()
    }

    /// The place's chunk of this number.
    pub(crate) fn chunk(&self, place: usize, number: u64) -> Option<&Chunk<O>> {
        let queue = &self.places[place].queue;
        let at = queue.binary_search_by_key(&number, |sent| sent.number);
        at.ok().map(|at| &queue[at].chunk)
    }

    /// The items of that chunk.
    pub(crate) fn items(&self, place: usize, number: u64) -> Option<&[u8]> {
        self.chunk(place, number)
            .map(|chunk| &chunk.items.bytes[..])
    }

    /// How long the next item of the place may take, and its number among its worker's items.
    pub(crate) fn limit(&self, place: usize) -> Option<(u64, Duration)> {
        let place = &self.places[place];
        let limit = place.queue.front()?.chunk.rules.limit?;
        Some((place.told + 1, limit))
    }

    /// The number of the next chunk for the worker.
    pub(crate) fn next_number(&self, place: usize) -> u64 {
        self.places[place].next
    }

    /// Whether any worker has something to do.
    pub(crate) fn is_busy(&self) -> bool {
        self.places.iter().any(|place| !place.queue.is_empty())
    }

    /// A chunk is to be run.
    pub(crate) fn submit(&mut self, chunk: Chunk<O>) {
        match self.refusal() {
            None => self.pending.push_back(chunk),
            Some(why) => self.fail(chunk, why),
        }
        self.assign();
    }

    /// A worker runs in the place.
    pub(crate) fn started(&mut self, place: usize) {
        self.refused = 0;
        if matches!(self.phase, Phase::Ended(_)) {
            self.actions.push_back(Action::Kill(place));
        }
    }

    /// No worker could be started in the place.
    pub(crate) fn start_failed(&mut self, place: usize, why: String) {
        let vacated = std::mem::take(&mut self.places[place]);
        self.put_back(vacated.queue.into_iter().map(|sent| sent.chunk));
        let tries = self.refused / self.policy.workers;
        self.refused += 1;
        self.last_words = Some(why);
        let is_alone = self.places.iter().all(|place| place.state == State::Vacant);
        if is_alone && tries >= MOST_TRIES {
            self.break_down();
        } else {
            let pause = FIRST_PAUSE * (1 << tries.min(MOST_TRIES));
            self.actions.push_back(Action::StartLater(place, pause));
        }
        self.assign();
    }

    /// It is time to try once more to start a worker.
    pub(crate) fn start_again(&mut self, place: usize) {
        if self.places[place].state == State::Vacant && self.wants_worker() {
            self.start(place);
        }
        self.assign();
    }
}
