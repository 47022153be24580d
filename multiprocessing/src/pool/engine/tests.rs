//! The engine among simulated workers, which do their steps and die at any moment.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use manyways_process::Exit;
use manyways_testkit::guarded;
use proptest::prelude::*;

use super::{Action, Chunk, Death, Engine, Outcome, Owner, Policy, Rules};
use crate::pool::failure::Failure;
use crate::pool::records::{self, Items, kind};

/// A job, whose chunks nobody wants if it is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Job(u32);

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
struct Worker {
    /// Number and items of what was sent.
    tasks: VecDeque<(u64, usize)>,
    /// Items that are left of the claimed chunk.
    running: usize,
    claimed: u64,
    begun: u64,
    is_ready: bool,
    is_dismissed: bool,
    /// Between its beginning and its end.
    in_item: bool,
    written: Vec<u8>,
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

#[derive(Debug, Clone)]
enum Outcomes {
    Value,
    Failed(Failure),
}

/// The engine, its workers, and what became of the items.
struct World {
    engine: Engine<Job>,
    workers: Vec<Option<Worker>>,
    outcomes: BTreeMap<(Job, usize), Outcomes>,
    killed_items: usize,
    most_sent: usize,
}

impl World {
    fn new(policy: Policy) -> World {
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

    fn act(&mut self) {
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
                    let from = std::mem::replace(&mut worker.claimed, next);
                    self.engine.taken_back(place, from);
                }
                Action::Dismiss(place) => self.workers[place].as_mut().unwrap().is_dismissed = true,
                Action::Kill(place) => self.kill(place),
                Action::Deliver(job, piece) => {
                    let outcome = match piece.outcome {
                        Outcome::Records(bytes) => {
                            assert_eq!(bytes.len(), 4 * piece.count);
                            Outcomes::Value
                        }
                        Outcome::Failed(failure) => Outcomes::Failed(failure),
                    };
                    for index in piece.first..piece.first + piece.count {
                        let earlier = self.outcomes.insert((job, index), outcome.clone());
                        assert!(
                            earlier.is_none(),
                            "item {index} of {job:?} is delivered twice"
                        );
                    }
                }
            }
        }
    }

    fn submit(&mut self, job: u32, first: usize, count: usize, rules: Rules) {
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
    fn read(&mut self, place: usize) -> bool {
        let written = match &mut self.workers[place] {
            Some(worker) => std::mem::take(&mut worker.written),
            None => Vec::new(),
        };
        assert_eq!(self.engine.told(place, &written).unwrap(), written.len());
        self.act();
        !written.is_empty()
    }

    fn kill(&mut self, place: usize) {
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

    fn step(&mut self, place: usize) -> bool {
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
    fn settle(&mut self) {
        let places = 0..self.workers.len();
        while places.clone().fold(false, |any, place| {
            let has_moved = self.step(place);
            // What is read may bring new chunks to a worker whose turn is over.
            let has_read = self.read(place);
            any | has_moved | has_read
        }) {}
    }

    fn failures(&self) -> Vec<&Failure> {
        let outcomes = self.outcomes.values();
        let failures = outcomes.filter_map(|outcome| match outcome {
            Outcomes::Failed(failure) => Some(failure),
            Outcomes::Value => None,
        });
        failures.collect()
    }
}

fn policy(workers: usize) -> Policy {
    Policy {
        workers,
        max_tasks: None,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Submit(usize),
    Unwanted,
    Work(usize),
    Read(usize),
    Kill(usize),
}

fn steps(workers: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1usize..6).prop_map(Step::Submit),
        1 => Just(Step::Unwanted),
        20 => (0..workers).prop_map(Step::Work),
        5 => (0..workers).prop_map(Step::Read),
        1 => (0..workers).prop_map(Step::Kill),
    ];
    prop::collection::vec(step, 0..300)
}

/// Under the guard as it takes long: else other tests' guards see its thread as one that they left behind.
#[test]
fn every_item_is_delivered_once_and_a_death_costs_the_running_item() {
    guarded(|| {
        proptest!(|(
            steps in steps(3), max_tasks in prop::option::of(1u64..4), retries in 0u32..2, closes in any::<bool>(),
        )| {
            let mut world = World::new(Policy { workers: 3, max_tasks });
            let rules = Rules { retries, limit: None };
            let (mut wanted, mut unwanted) = (0, 0);
            for step in steps {
                match step {
                    Step::Submit(count) => {
                        world.submit(0, wanted, count, rules);
                        wanted += count;
                    }
                    Step::Unwanted => {
                        world.submit(1, unwanted, 1, rules);
                        unwanted += 1;
                    }
                    Step::Work(place) => drop(world.step(place)),
                    Step::Read(place) => drop(world.read(place)),
                    Step::Kill(place) => world.kill(place),
                }
            }
            if matches!(world.engine.refusal(), Some(Failure::Broken(_))) {
                return Ok(()); // So many died before they were ready.
            }
            world.settle();
            prop_assert_eq!(world.outcomes.len(), wanted + unwanted);
            let died = world.failures().iter().filter(|failure| matches!(failure, Failure::Died { .. })).count();
            let cancelled = world.failures().iter().filter(|failure| matches!(failure, Failure::Cancelled)).count();
            prop_assert_eq!(died + cancelled, world.failures().len());
            prop_assert_eq!(cancelled, unwanted);
            prop_assert!(died <= world.killed_items && (retries > 0 || died == world.killed_items));
            if closes {
                world.engine.close();
            } else {
                world.engine.terminate();
            }
            world.act();
            world.settle();
            prop_assert!(world.engine.is_over() && world.workers.iter().all(Option::is_none));
        });
    });
}

#[test]
fn slow_items_do_not_wait_behind_one_another() {
    let mut world = World::new(policy(2));
    (0..6).for_each(|first| world.submit(0, first, 1, Rules::default()));
    assert_eq!(world.most_sent, 2);
    // The second worker does nothing; all that it has not claimed comes to the first.
    for _ in 0..100 {
        world.step(0);
        world.read(0);
    }
    assert_eq!(world.outcomes.len(), 6);
}

#[test]
fn a_worker_that_runs_dry_gets_more_at_once_and_gives_it_back() {
    let mut world = World::new(policy(2));
    (0..400).for_each(|first| world.submit(0, first, 1, Rules::default()));
    for _ in 0..3 {
        while world.step(0) {}
        world.read(0);
    }
    assert!(world.workers[0].as_ref().unwrap().tasks.len() >= 8);
    // Now the first is stuck in an item.
    world.step(0);
    world.step(0);
    for _ in 0..2000 {
        world.step(1);
        world.read(1);
    }
    assert_eq!(world.outcomes.len(), 399);
}

#[test]
fn an_overdue_item_fails_as_such_and_no_other() {
    let mut world = World::new(policy(1));
    let limit = Some(Duration::from_secs(1));
    world.submit(0, 0, 3, Rules { retries: 1, limit });
    for _ in 0..5 {
        world.step(0); // Ready, claimed, the first done, the second begun.
    }
    world.read(0);
    assert_eq!(world.engine.limit(0), Some((2, Duration::from_secs(1))));
    world.engine.overdue(0, 2);
    world.act();
    world.settle();
    assert_eq!(world.outcomes.len(), 3);
    assert!(matches!(
        world.failures()[..],
        [Failure::Overdue { pid: 1, .. }]
    ));
}

#[test]
fn an_item_that_ended_in_the_last_moment_is_not_overdue() {
    let mut world = World::new(policy(1));
    let limit = Some(Duration::from_secs(1));
    world.submit(0, 0, 2, Rules { retries: 0, limit });
    for _ in 0..4 {
        world.step(0);
    }
    world.engine.overdue(0, 1);
    world.act();
    world.settle();
    assert_eq!(world.outcomes.len(), 2);
    assert!(world.failures().is_empty());
}

#[test]
fn workers_that_never_get_ready_break_the_pool() {
    let mut world = World::new(policy(2));
    world.submit(0, 0, 2, Rules::default());
    for at in 0..6 {
        let worker = world.workers[at % 2].as_mut().unwrap();
        records::push(kind::NOT_INITIALIZED, b"no key", &mut worker.written);
        world.kill(at % 2);
    }
    assert!(world.engine.is_over());
    let [Failure::Broken(why), Failure::Broken(_)] = &world.failures()[..] else {
        panic!("{:?}", world.outcomes);
    };
    assert_eq!(&**why, "no key");
    world.submit(0, 2, 1, Rules::default());
    assert_eq!(world.failures().len(), 3);
}

#[test]
fn processes_that_cannot_be_had_break_the_pool() {
    let mut engine = Engine::<Job>::new(policy(1));
    let (mut starts, mut patience) = (0, Duration::ZERO);
    while let Some(action) = engine.action() {
        match action {
            Action::Start(place) => {
                starts += 1;
                engine.start_failed(place, "no more processes".to_owned());
            }
            Action::StartLater(place, pause) => {
                patience += pause;
                engine.start_again(place);
            }
            other => panic!("unexpected: {other:?}"),
        }
    }
    assert_eq!((starts, patience), (8, Duration::from_millis(127 * 50)));
    assert!(engine.is_over() && matches!(engine.refusal(), Some(Failure::Broken(_))));
}

#[test]
fn termination_fails_what_is_pending_and_what_runs() {
    let mut world = World::new(policy(1));
    world.submit(
        0,
        0,
        4,
        Rules {
            retries: 1,
            limit: None,
        },
    );
    world.submit(0, 4, 4, Rules::default());
    for _ in 0..5 {
        world.step(0);
    }
    world.engine.terminate();
    world.act();
    assert!(world.engine.is_over());
    assert_eq!(world.outcomes.len(), 8);
    assert_eq!(world.failures().len(), 7);
    assert!(
        world
            .failures()
            .iter()
            .all(|failure| matches!(failure, Failure::Terminated))
    );
}

#[test]
fn nonsense_from_a_worker_is_noticed() {
    let mut engine = Engine::<Job>::new(policy(1));
    let mut bytes = Vec::new();
    records::push(kind::VALUE, &[1], &mut bytes);
    assert!(engine.told(0, &bytes).is_err());
}
