//! An event: a flag and a count of how often it was set.

use std::time::Duration;

use manyways_testkit::contract::{Event, Outcome, Refusal};

use super::{Monitor, fault};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventState {
    is_set: bool,
    sets: u32,
    /// For a fault.
    may_wake: u32,
}

#[derive(Debug)]
pub(crate) struct SimpleEvent<M, const FAULT: u8 = 0>(M);

impl<M: Monitor<EventState>, const FAULT: u8> SimpleEvent<M, FAULT> {
    fn wait_within(&self, limit: Option<Duration>) -> Outcome {
        let mut before = None;
        let step = |state: &mut EventState| {
            let before = *before.get_or_insert(state.sets);
            let was_set = state.sets != before;
            let passes = match FAULT {
                fault::EVENT_WAKES_ONE if was_set => std::mem::take(&mut state.may_wake) > 0,
                _ => state.is_set || was_set,
            };
            passes.then_some(())
        };
        let passed = self.0.until(limit, step).ok_or(Refusal::TimedOut);
        if FAULT == fault::EVENT_FORGETS && passed.is_ok() {
            std::thread::sleep(Duration::from_millis(5));
            if !self.is_set() {
                return self.wait_within(limit);
            }
        }
        passed
    }
}

impl<M: Monitor<EventState>, const FAULT: u8> Event for SimpleEvent<M, FAULT> {
    fn new() -> Self {
        SimpleEvent(M::new(EventState::default()))
    }

    fn is_set(&self) -> bool {
        self.0.change(|state| state.is_set)
    }

    fn set(&self) {
        self.0.change(|state| {
            state.is_set = true;
            state.sets += 1;
            state.may_wake = 1;
        });
    }

    fn clear(&self) {
        self.0.change(|state| state.is_set = false);
    }

    fn wait(&self) -> Outcome {
        self.wait_within(None)
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome {
        self.wait_within(Some(limit))
    }
}
