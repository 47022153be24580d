//! A barrier: rounds, and how the last of them ended.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use manyways_testkit::contract::{Action, Barrier, Outcome, Refusal};

use super::{Monitor, fault};

/// A waiter is at most so many rounds late.
const REMEMBERED: usize = 64;

#[derive(Debug, Clone, Copy)]
pub(crate) struct BarrierState {
    waiting: usize,
    round: usize,
    is_broken: bool,
    passed: [bool; REMEMBERED],
}

impl BarrierState {
    fn end_round(&mut self, passed: bool) {
        self.passed[self.round % REMEMBERED] = passed;
        self.round += 1;
        self.waiting = 0;
    }
}

pub(crate) struct SimpleBarrier<M, const FAULT: u8 = 0> {
    state: M,
    parties: usize,
    action: Option<Action>,
    limit: Option<Duration>,
}

impl<M: fmt::Debug, const FAULT: u8> fmt::Debug for SimpleBarrier<M, FAULT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(f)
    }
}

impl<M: Monitor<BarrierState>, const FAULT: u8> SimpleBarrier<M, FAULT> {
    /// The caller's index and round, or why it may not wait.
    fn enter(&self, state: &mut BarrierState) -> Outcome<(usize, usize)> {
        if state.is_broken && FAULT != fault::BARRIER_WHOLE_AFTER_ABORT {
            return Err(Refusal::Broken);
        }
        let (index, round) = (state.waiting, state.round);
        state.waiting += 1;
        if state.waiting == self.parties {
            let acted = self.act();
            state.end_round(acted);
            state.is_broken = !acted;
            return acted.then_some((index, round)).ok_or(Refusal::ActionFailed);
        }
        if FAULT == fault::BARRIER_EARLY_ACTION && index == 0 {
            self.act();
        }
        Ok((index, round))
    }

    fn act(&self) -> bool {
        let act = || {
            self.action.as_ref().is_none_or(|action| {
                action();
                true
            })
        };
        panic::catch_unwind(AssertUnwindSafe(act)).is_ok()
    }

    fn wait_within(&self, limit: Option<Duration>) -> Outcome<usize> {
        let (index, round) = self.state.change(|state| self.enter(state))?;
        let passed = |state: &mut BarrierState| {
            (state.round != round).then(|| state.passed[round % REMEMBERED])
        };
        let ended = self.state.until(limit, passed);
        let ended = ended.unwrap_or_else(|| self.state.change(|state| self.give_up(state, round)));
        let index = if FAULT == fault::BARRIER_INDEX_TWICE {
            index.max(1)
        } else {
            index
        };
        ended.then_some(index).ok_or(Refusal::Broken)
    }

    fn give_up(&self, state: &mut BarrierState, round: usize) -> bool {
        if state.round != round {
            return state.passed[round % REMEMBERED];
        }
        if FAULT == fault::BARRIER_LEFT_ALONE {
            state.waiting -= 1;
            return false;
        }
        state.end_round(false);
        state.is_broken = true;
        false
    }
}

impl<M: Monitor<BarrierState>, const FAULT: u8> Barrier for SimpleBarrier<M, FAULT> {
    fn build(parties: usize, action: Option<Action>, limit: Option<Duration>) -> Outcome<Self> {
        if parties == 0 {
            return Err(Refusal::InvalidValue);
        }
        let state = BarrierState {
            waiting: 0,
            round: 0,
            is_broken: false,
            passed: [false; REMEMBERED],
        };
        let state = M::new(state);
        Ok(SimpleBarrier {
            state,
            parties,
            action,
            limit,
        })
    }

    fn wait(&self) -> Outcome<usize> {
        self.wait_within(self.limit)
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome<usize> {
        self.wait_within(Some(limit))
    }

    fn reset(&self) {
        self.state.change(|state| {
            if state.waiting > 0 {
                state.end_round(false);
            }
            state.is_broken &= FAULT == fault::BARRIER_BROKEN_AFTER_RESET;
        });
    }

    fn abort(&self) {
        self.state.change(|state| {
            state.end_round(false);
            state.is_broken = true;
        });
    }

    fn parties(&self) -> usize {
        self.parties
    }

    fn n_waiting(&self) -> usize {
        self.state.change(|state| state.waiting)
    }

    fn broken(&self) -> bool {
        self.state.change(|state| state.is_broken)
    }
}
