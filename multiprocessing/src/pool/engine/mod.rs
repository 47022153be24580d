//! Which worker runs what, as a machine without clock, processes or memory of its own: events go in, actions come out.
//!
//! - Chunks wait in one queue, in the order in which they came, and go to the worker that has the fewest.
//! - A worker has at most two: the one that it runs, and the next, so that it need not wait for the supervisor. Where chunks
//!   are so short that it waits all the same, it gets more and more, up to [`LARGEST_WINDOW`]; and where another has nothing
//!   to do, what it has not begun is taken back.
//! - Of a worker that dies the running item fails, or is tried again; all else that it had goes to the others.
//! - A worker that dies is replaced. Workers that die in a row before they are ready break the pool.
//!
//! Every item that was submitted is delivered once, whatever happens.

mod place;
#[cfg(all(test, not(loom)))]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use manyways_process::Exit;

use self::place::{Place, Sent, State};
use super::failure::Failure;
use super::records::{self, Items, kind};
use super::stream::Corrupt;

/// Chunks that a worker has at once, at most: the running one, and those that it has not begun.
pub(crate) const LARGEST_WINDOW: usize = 64;

/// So many workers for each place may die in a row before they are ready, until the pool gives up.
const BARREN_DEATHS: usize = 3;

/// Whom the items of a chunk belong to.
pub(crate) trait Owner: Clone {
    /// A chunk is about to be sent. False if nobody wants it any more.
    fn begin(&self) -> bool;
}

/// How a chunk's items are treated.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// How often an item is tried again whose worker died.
    pub(crate) retries: u32,
    /// How long an item may take.
    pub(crate) limit: Option<Duration>,
}

/// Items that are sent together.
#[derive(Debug)]
pub(crate) struct Chunk<O> {
    pub(crate) owner: O,
    /// The position of the first item among its owner's.
    pub(crate) first: usize,
    pub(crate) items: Items,
    pub(crate) rules: Rules,
    /// How many workers have died of the first item.
    pub(crate) deaths: u32,
}

/// What has become of some items.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) outcome: Outcome,
}

/// The outcome of a piece's items.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A record of each.
    Records(Vec<u8>),
    /// It is the same for all.
    Failed(Failure),
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action<O> {
    /// A worker is to be started in a place.
    Start(usize),
    /// The same, but not at once: it could not be started just now.
    StartLater(usize),
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

/// How a pool works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) workers: usize,
    /// Chunks that a worker runs before it is replaced.
    pub(crate) max_tasks: Option<u64>,
}

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
    /// Workers that ended in a row before they were ready, and what the last of them said.
    barren: usize,
    last_words: Option<String>,
    actions: VecDeque<Action<O>>,
}

impl<O: Owner> Engine<O> {
    pub(crate) fn new(policy: Policy) -> Engine<O> {
        let mut engine = Engine {
            policy,
            places: (0..policy.workers).map(|_| Place::default()).collect(),
            pending: VecDeque::new(),
            phase: Phase::Open,
            barren: 0,
            last_words: None,
            actions: VecDeque::new(),
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
        if matches!(self.phase, Phase::Ended(_)) {
            self.actions.push_back(Action::Kill(place));
        }
    }

    /// No worker could be started in the place.
    pub(crate) fn start_failed(&mut self, place: usize, why: String) {
        let vacated = std::mem::take(&mut self.places[place]);
        self.put_back(vacated.queue.into_iter().map(|sent| sent.chunk));
        self.barren += 1;
        self.last_words = Some(why);
        let is_alone = self.places.iter().all(|place| place.state == State::Vacant);
        if is_alone && self.is_barren() {
            self.break_down();
        } else {
            self.actions.push_back(Action::StartLater(place));
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

    fn ready(&mut self, place: usize) {
        self.barren = 0;
        let place = &mut self.places[place];
        place.is_ready = true;
        if place.state == State::Starting {
            place.state = State::Ready;
        }
    }

    /// Takes the outcomes that come first, and gives how many bytes they are.
    fn take_outcomes(&mut self, place: usize, bytes: &[u8]) -> usize {
        let mut used = 0;
        while let Some(sent) = self.places[place].queue.front_mut() {
            let (size, count) = outcomes(&bytes[used..], sent.chunk.items.count - sent.told);
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
    fn finish_first(&mut self, place: usize) {
        let place = &mut self.places[place];
        let Some(sent) = place.queue.pop_front() else {
            return;
        };
        if place.queue.is_empty() && !self.pending.is_empty() {
            place.window = (2 * place.window).min(LARGEST_WINDOW);
        }
        let piece = Piece {
            first: sent.chunk.first,
            count: sent.told,
            outcome: Outcome::Records(sent.results),
        };
        self.actions
            .push_back(Action::Deliver(sent.chunk.owner, piece));
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

    fn put_back(&mut self, chunks: impl DoubleEndedIterator<Item = Chunk<O>>) {
        chunks
            .rev()
            .for_each(|chunk| self.pending.push_front(chunk));
    }

    /// The running item's time is over; its worker cannot do anything for it any more.
    pub(crate) fn overdue(&mut self, place: usize, number: u64) {
        self.places[place].doomed = Some(number);
        self.actions.push_back(Action::Kill(place));
    }

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
    fn inherit(&mut self, dead: Place<O>, death: Death) -> Vec<Chunk<O>> {
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
    fn deliver_told(&mut self, sent: Sent<O>) -> Chunk<O> {
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
    fn settle_running(
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

    /// Nobody wants what has not been sent.
    pub(crate) fn cancel_pending(&mut self) {
        self.fail_pending(&Failure::Cancelled);
        self.wind_up();
    }

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

    fn is_barren(&self) -> bool {
        self.barren >= BARREN_DEATHS * self.policy.workers
    }

    fn break_down(&mut self) {
        let why = self.last_words.take();
        let why = why.unwrap_or_else(|| "they died before they were ready".to_owned());
        self.end(&Failure::Broken(why.into()));
    }

    fn end(&mut self, why: &Failure) {
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

    fn fail_pending(&mut self, why: &Failure) {
        while let Some(chunk) = self.pending.pop_front() {
            self.fail(chunk, why.clone());
        }
    }

    fn fail(&mut self, chunk: Chunk<O>, why: Failure) {
        let piece = Piece {
            first: chunk.first,
            count: chunk.items.count,
            outcome: Outcome::Failed(why),
        };
        self.actions.push_back(Action::Deliver(chunk.owner, piece));
    }

    fn wants_worker(&self) -> bool {
        match self.phase {
            Phase::Open => true,
            Phase::Closed => !self.pending.is_empty(),
            Phase::Ended(_) => false,
        }
    }

    fn start(&mut self, place: usize) {
        self.places[place].state = State::Starting;
        self.actions.push_back(Action::Start(place));
    }

    /// Gives chunks to whoever has room.
    fn assign(&mut self) {
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
    fn roomiest(&self) -> Option<usize> {
        let max_tasks = self.policy.max_tasks;
        let places = self.places.iter().enumerate();
        let with_room = places.filter(|(_, place)| place.has_room(max_tasks));
        with_room
            .min_by_key(|(_, place)| (place.queue.len(), place.state))
            .map(|(at, _)| at)
    }

    fn send(&mut self, at: usize, chunk: Chunk<O>) {
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

    fn dismiss(&mut self, place: usize) {
        self.places[place].state = State::Dismissed;
        self.actions.push_back(Action::Dismiss(place));
    }

    /// Where a worker has nothing to do, and another has what it has not begun, that is taken back.
    fn rebalance(&mut self) {
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

    /// Dismisses the workers of a closed pool that has nothing left to do.
    fn wind_up(&mut self) {
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
}

impl<O: Owner> Chunk<O> {
    /// Keeps so many items, and gives a chunk of the others.
    fn split_off(&mut self, count: usize) -> Chunk<O> {
        let deaths = if count == 0 { self.deaths } else { 0 };
        Chunk {
            owner: self.owner.clone(),
            first: self.first + count,
            items: self.items.split_off(count),
            rules: self.rules,
            deaths,
        }
    }
}

/// The bytes and the number of the outcomes that come first, up to a number of them.
#[inline]
fn outcomes(bytes: &[u8], most: usize) -> (usize, usize) {
    let (mut size, mut count) = (0, 0);
    while count < most {
        match records::first(&bytes[size..]) {
            Some(record) if record.kind < kind::READY => size += record.size,
            _ => break,
        }
        count += 1;
    }
    (size, count)
}
