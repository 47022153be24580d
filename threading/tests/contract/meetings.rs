//! Events and barriers as the contract wants them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use manyways_testkit::contract::{self, Action, Outcome, Refusal};

use crate::refused;

#[derive(Debug)]
pub(crate) struct Event(threading::Event);

impl contract::Event for Event {
    fn new() -> Self {
        Event(threading::Event::new())
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
        refused(self.0.wait_timeout(limit), Refusal::TimedOut)
    }
}

#[derive(Debug)]
pub(crate) struct Barrier(threading::Barrier);

impl contract::Barrier for Barrier {
    fn build(parties: usize, action: Option<Action>, limit: Option<Duration>) -> Outcome<Self> {
        let make = || {
            let barrier = match action {
                Some(action) => threading::Barrier::with_action(parties, action),
                None => threading::Barrier::new(parties),
            };
            match limit {
                Some(limit) => barrier.timeout(limit),
                None => barrier,
            }
        };
        // No party at all is a panic.
        let made = catch_unwind(AssertUnwindSafe(make)).map(Barrier);
        refused(made, Refusal::InvalidValue)
    }

    fn wait(&self) -> Outcome<usize> {
        refused(self.0.wait(), Refusal::Broken)
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome<usize> {
        refused(self.0.wait_timeout(limit), Refusal::Broken)
    }

    fn reset(&self) {
        self.0.reset();
    }

    fn abort(&self) {
        self.0.abort();
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
