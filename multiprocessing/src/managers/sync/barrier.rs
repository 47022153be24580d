//! `Barrier`.

use std::time::Instant;

use super::monitor::Monitor;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;

/// A point where so many calls meet. The death of a client that waits breaks it, as the end of a time limit does.
#[derive(Debug)]
pub(crate) struct Barrier {
    parties: usize,
    state: Monitor<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The client of each call that waits in this round.
    waiting: Vec<u64>,
    /// How many rounds are over.
    round: u64,
    /// Rounds that were reset or broken, and how many of their calls do not know it yet.
    spoiled: Vec<(u64, usize)>,
    broken: bool,
}

impl State {
    /// Ends the round.
    fn end(&mut self, well: bool) {
        if !well && !self.waiting.is_empty() {
            self.spoiled.push((self.round, self.waiting.len()));
        }
        self.waiting.clear();
        self.round += 1;
    }

    /// How a round ended, if it is over: well or not. To be asked once by each of its calls when it is.
    fn end_of(&mut self, round: u64) -> Option<bool> {
        if self.round <= round {
            return None;
        }
        let spoiled = self
            .spoiled
            .iter()
            .position(|(spoiled, _)| *spoiled == round);
        if let Some(at) = spoiled {
            self.spoiled[at].1 -= 1;
            self.spoiled.retain(|(_, calls)| *calls > 0);
        }
        Some(spoiled.is_none())
    }

    /// So many calls of the round that was spoiled last will never ask.
    fn forget_calls(&mut self, count: usize) {
        if let Some((_, calls)) = self.spoiled.last_mut() {
            *calls -= count;
        }
        self.spoiled.retain(|(_, calls)| *calls > 0);
    }

    fn break_it(&mut self) {
        self.broken = true;
        self.end(false);
    }
}

impl Barrier {
    pub(crate) fn new(parties: usize) -> Result<Barrier, Fault> {
        if parties == 0 {
            return Err(Fault::new(
                FaultKind::Value,
                "a barrier has at least one party",
            ));
        }
        Ok(Barrier {
            parties,
            state: Monitor::default(),
        })
    }

    fn wait(&self, caller: &Caller, deadline: Option<Instant>) -> Result<usize, Fault> {
        let (index, round) = self.state.change(|state| {
            // A dead client's call would not be taken back.
            caller.check_alive()?;
            if state.broken {
                return Err(broken());
            }
            let (index, round) = (state.waiting.len(), state.round);
            state.waiting.push(caller.session.id);
            if state.waiting.len() == self.parties {
                state.end(true);
            }
            Ok((index, round))
        })?;
        let over = |state: &mut State| state.end_of(round);
        match self.state.wait(caller, deadline, over)? {
            Some(true) => Ok(index),
            Some(false) => Err(broken()),
            None => self.give_up(index, round),
        }
    }

    /// At the end of a time limit: the round is spoiled for all, unless it is over by now.
    fn give_up(&self, index: usize, round: u64) -> Result<usize, Fault> {
        self.state.change(|state| {
            if state.round == round {
                state.break_it();
            }
            match state.end_of(round) {
                Some(true) => Ok(index),
                _ => Err(broken()),
            }
        })
    }

    fn reset(&self) {
        self.state.change(|state| {
            state.broken = false;
            if !state.waiting.is_empty() {
                state.end(false);
            }
        });
    }

    fn abort(&self) {
        self.state.change(State::break_it);
    }
}

fn broken() -> Fault {
    Fault::new(
        FaultKind::BrokenBarrier,
        "the barrier is broken: a time limit passed, a client died, or it was aborted or reset",
    )
}

impl Object for Barrier {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        if method == "wait" {
            let deadline = args.take_deadline()?;
            args.done()?;
            return self.wait(caller, deadline).map(Item::into_value);
        }
        args.done()?;
        match method {
            "reset" => self.reset(),
            "abort" => self.abort(),
            "parties" => return Ok(self.parties.into_value()),
            "n_waiting" => {
                let count = self.state.look(|state| state.waiting.len());
                return Ok(count.into_value());
            }
            "broken" => return Ok(self.state.look(|state| state.broken).into()),
            _ => return Err(no_method("Barrier", method)),
        }
        Ok(Value::None)
    }

    fn abandon(&self, session: u64) {
        self.state.change(|state| {
            let dead = state
                .waiting
                .iter()
                .filter(|waiting| **waiting == session)
                .count();
            if dead > 0 {
                state.break_it();
                state.forget_calls(dead);
            }
        });
    }
}
