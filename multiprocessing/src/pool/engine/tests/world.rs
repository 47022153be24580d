//! Simulated workers, and what becomes of the items that the engine has them run.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use manyways_process::Exit;

use crate::pool::engine::{Action, Chunk, Death, Engine, Outcome, Owner, Piece, Policy, Rules};
use crate::pool::failure::Failure;
use crate::pool::records::{self, Items, kind};

/// A job, whose chunks nobody wants if it is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Job(u32);

impl Owner for Job {
    fn begin(&self) -> bool {
        self.0.is_multiple_of(2)
    }
}

const KILLED: Exit = Exit::Signal {
    signal: 9,
    core_dumped: false,
};

/// A worker as its shared memory shows it.
#[derive(Debug, Default)]
pub(super) struct Worker {
    /// Number and items of what was sent.
    pub(super) tasks: VecDeque<(u64, usize)>,
    /// Items that are left of the claimed chunk.
    running: usize,
    claimed: u64,
    begun: u64,
    is_ready: bool,
    is_dismissed: bool,
    /// Between its beginning and its end.
    in_item: bool,
    pub(super) written: Vec<u8>,
}

impl Worker {
    /// The next thing that it does. False if there is nothing.
    fn step(&mut self) -> bool {
        if !self.is_ready {
            self.is_ready = true;
            records::push(kind::READY, &[], &mut self.written);
        } else if self.in_item {
            self.in_item = false;
            self.running -= 1;
            records::push(kind::VALUE, &[7; 3], &mut self.written);
        } else if self.running > 0 {
            self.in_item = true;
            self.begun += 1;
        } else if let Some((number, items)) = self.tasks.pop_front() {
            if self.claimed == number {
                self.claimed += 1;
                self.running = items;
            }
        } else {
            return false;
        }
        true
    }
}

/// The engine, its workers, and what became of the items.
pub(super) struct World {
    pub(super) engine: Engine<Job>,
    pub(super) workers: Vec<Option<Worker>>,
    /// The failures of items, none for those that have results.
    pub(super) outcomes: BTreeMap<(Job, usize), Option<Failure>>,
    /// Workers that were killed in an item.
    pub(super) killed_items: usize,
    /// The most chunks that a worker had at once.
    pub(super) most_sent: usize,
}

impl World {
    pub(super) fn new(policy: Policy) -> World {
        let mut world = World {
            engine: Engine::new(policy),
            workers: (0..policy.workers).map(|_| None).collect(),
            outcomes: BTreeMap::new(),
            killed_items: 0,
            most_sent: 0,
        };
        world.act();
        world
    }

    pub(super) fn act(&mut self) {
        while let Some(action) = self.engine.action() {
            match action {
                Action::Start(place) => {
                    assert!(self.workers[place].is_none());
                    self.workers[place] = Some(Worker::default());
                    self.engine.started(place);
                }
                Action::StartLater(place, _) => self.engine.start_again(place),
                Action::Send { place, number, .. } => {
                    let chunk = self.engine.chunk(place, number).unwrap();
                    let worker = self.workers[place].as_mut().unwrap();
                    assert!(!worker.is_dismissed);
                    worker.tasks.push_back((number, chunk.items.count));
                    self.most_sent = self.most_sent.max(worker.tasks.len());
                }
                Action::TakeBack(place) => {
                    let next = self.engine.next_number(place);
                    let worker = self.workers[place].as_mut().unwrap();
                    let from = mem::replace(&mut worker.claimed, next);
                    self.engine.taken_back(place, from);
                }
                Action::Dismiss(place) => self.workers[place].as_mut().unwrap().is_dismissed = true,
                Action::Kill(place) => self.kill(place),
                Action::Deliver(job, piece) => self.deliver(job, piece),
            }
        }
    }

    fn deliver(&mut self, job: Job, piece: Piece) {
        let failure = match piece.outcome {
            Outcome::Records(bytes) => {
                assert_eq!(bytes.len(), 4 * piece.count);
                None
            }
            Outcome::Failed(failure) => Some(failure),
        };
        for index in piece.first..piece.first + piece.count {
            let earlier = self.outcomes.insert((job, index), failure.clone());
            let is_new = earlier.is_none();
            assert!(is_new, "item {index} of {job:?} is delivered twice");
        }
    }

    pub(super) fn submit(&mut self, job: u32, first: usize, count: usize, rules: Rules) {
        let mut items = Items::default();
        (0..count).for_each(|item| items.push(&item).unwrap());
        self.engine.submit(Chunk {
            owner: Job(job),
            first,
            items,
            rules,
            deaths: 0,
        });
        self.act();
    }

    /// The supervisor reads what the worker has written, if there is anything.
    pub(super) fn read(&mut self, place: usize) -> bool {
        let written = match &mut self.workers[place] {
            Some(worker) => mem::take(&mut worker.written),
            None => Vec::new(),
        };
        assert_eq!(self.engine.told(place, &written).unwrap(), written.len());
        self.act();
        !written.is_empty()
    }

    pub(super) fn kill(&mut self, place: usize) {
        self.read(place);
        let Some(worker) = self.workers[place].take() else {
            return;
        };
        self.killed_items += usize::from(worker.in_item);
        let death = Death {
            pid: 1,
            exit: KILLED,
            is_corrupt: false,
            begun: worker.begun,
            claimed: worker.claimed,
        };
        self.engine.died(place, death);
        self.act();
    }

    pub(super) fn step(&mut self, place: usize) -> bool {
        let Some(worker) = &mut self.workers[place] else {
            return false;
        };
        let has_moved = worker.step();
        if !has_moved && worker.is_dismissed {
            records::push(kind::LEAVING, &[], &mut worker.written);
            self.kill(place);
            return true;
        }
        has_moved
    }

    /// Lets the workers work until nothing moves any more.
    pub(super) fn settle(&mut self) {
        let places = 0..self.workers.len();
        while places.clone().fold(false, |any, place| {
            let has_moved = self.step(place);
            // What is read may bring new chunks to a worker whose turn is over.
            let has_read = self.read(place);
            any | has_moved | has_read
        }) {}
    }

    pub(super) fn failures(&self) -> Vec<&Failure> {
        self.outcomes.values().flatten().collect()
    }
}
