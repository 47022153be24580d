//! Warps side by side: while all warps of a block are at the same instruction with all their lanes, each step is done for one
//! warp after the other. What one warp's step must wait for, the next one's does not.

use super::block::Block;
use super::env::Env;
use super::frame::Lanes;
use super::path::State;
use super::site::Site;
use super::trouble::Trouble;
use super::warp::{SLICE, Step, Warp};
use crate::emu::program::op::{Instr, Op};

/// What one of the warps did wrong: which one, and what.
type Outcome = Result<(), (usize, Box<Trouble>)>;

impl Block {
    /// Runs all warps as far as they go together.
    pub(super) fn together(&mut self, env: &Env<'_>) -> Step {
        let (state, warps) = self.parts();
        let Some((function, first)) = warps.first().and_then(place) else {
            return Ok(());
        };
        let alike = |warp: &Warp| place(warp) == Some((function, first));
        if warps.len() == 1 || !warps.iter().all(alike) {
            return Ok(());
        }
        let sites: Vec<Site<'_>> = warps
            .iter()
            .map(|warp| warp.site(env, state, &warp.paths[0]))
            .collect();
        let (pc, done, outcome) = run(&sites, first);
        drop(sites);
        for warp in warps.iter_mut() {
            warp.paths[0].pc = pc;
            warp.instructions += u64::from(done);
        }
        outcome.map_err(|(index, trouble)| warps[index].fault(env, state, 0, *trouble))
    }
}

/// The function and instruction at which all lanes of a warp are that can run, if it has 32.
fn place(warp: &Warp) -> Option<(u32, u32)> {
    match warp.paths.as_slice() {
        [path] if path.state == State::Ready && path.lanes == !0 => Some((path.function, path.pc)),
        _ => None,
    }
}

/// Runs warps of one function from `pc` on, to an instruction that they do not all do alike. Returns where they are, and how
/// many instructions each has done.
fn run(sites: &[Site<'_>], mut pc: u32) -> (u32, u32, Outcome) {
    let function = sites[0].function;
    let steps = function.plan.steps.as_slice();
    let mut budget = SLICE;
    loop {
        let first = pc;
        let until = steps[pc as usize].until.min(pc.saturating_add(budget));
        while pc < until {
            let step = &steps[pc as usize];
            for (index, site) in sites.iter().enumerate() {
                if let Err(trouble) = step.handler().run(site, step, &Lanes::ALL) {
                    return (step.pc, SLICE - budget, Err((index, trouble)));
                }
            }
            pc += u32::from(step.len);
        }
        budget = budget.saturating_sub(pc - first);
        let next = if budget == 0 { None } else { branch(sites, pc) };
        let Some(next) = next else {
            return (pc, SLICE - budget, Ok(()));
        };
        budget -= 1;
        pc = next;
    }
}

/// Where all warps go on, if they are at a branch and go the same way.
fn branch(sites: &[Site<'_>], pc: u32) -> Option<u32> {
    let Instr {
        op: Op::Branch(target),
        guard,
    } = sites[0].function.code[pc as usize]
    else {
        return None;
    };
    let Some(guard) = guard else {
        return Some(target);
    };
    let (mut all, mut any) = (!0, 0);
    for site in sites {
        let pred = site.view.pred(guard.slot);
        let bits = if guard.negated { !pred } else { pred };
        all &= bits;
        any |= bits;
    }
    match (all, any) {
        (u32::MAX, _) => Some(target),
        (_, 0) => Some(pc + 1),
        _ => None,
    }
}
