//! Events as the contract wants them.

use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};

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
