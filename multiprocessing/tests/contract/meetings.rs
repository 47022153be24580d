//! Events and barriers as the contract wants them.

use std::panic::catch_unwind;
use std::time::Duration;

use manyways_testkit::contract::{self, Action, Outcome, Refusal};

use crate::refused;

#[derive(Debug)]
pub(crate) struct Event(multiprocessing::Event);

impl contract::Event for Event {
    fn new() -> Self {
        Event(multiprocessing::Event::new().unwrap())
    }

    fn is_set(&self) -> bool {
        self.0.is_set()
    }

    fn set(&self) {
        self.0.set();
    }

    fn clear(&self) {
        self.0.clear();
    }

    fn wait(&self) -> Outcome {
        self.0.wait();
        Ok(())
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome {
        let set = self.0.wait_timeout(limit);
        set.then_some(()).ok_or(Refusal::TimedOut)
    }
}

#[derive(Debug)]
pub(crate) struct Barrier(multiprocessing::Barrier);

impl contract::Barrier for Barrier {
    fn build(parties: usize, action: Option<Action>, limit: Option<Duration>) -> Outcome<Self> {
        // No party at all is a panic.
        let made = catch_unwind(|| multiprocessing::Barrier::new(parties).unwrap());
        let mut barrier = refused(made, Refusal::InvalidValue)?;
        if let Some(action) = action {
            barrier = barrier.action(action);
        }
        if let Some(limit) = limit {
            barrier = barrier.timeout(limit);
        }
        Ok(Barrier(barrier))
    }

    fn wait(&self) -> Outcome<usize> {
        refused(self.0.wait(), Refusal::Broken)
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome<usize> {
        refused(self.0.wait_timeout(limit), Refusal::Broken)
    }

    fn reset(&self) {
        self.0.reset().unwrap();
    }

    fn abort(&self) {
        self.0.abort().unwrap();
    }

    fn parties(&self) -> usize {
        self.0.parties()
    }

    fn n_waiting(&self) -> usize {
        self.0.n_waiting()
    }

    fn broken(&self) -> bool {
        self.0.is_broken()
    }
}
