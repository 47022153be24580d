//! The inner loop: steps of one path, until something concerns others.

use super::frame::Lanes;
use super::site::Site;
use super::trouble::Trouble;
use crate::emu::program::op::{Instr, Op};

/// Why the inner loop ended. The path's `pc` is at the instruction that has not been done yet, if there is one.
#[derive(Debug)]
pub(super) enum Stop {
    /// Another path waits at this instruction, or has a lower one.
    Meeting,
    /// It has used up its instructions.
    Budget,
    /// Some lanes branch: which, and where to. The others go on at `pc`.
    Split(u32, u32),
    /// An instruction that needs the warp.
    Control(Op),
    Fault(Box<Trouble>),
}

/// Where a run of the inner loop is to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The next instruction at which another path is or waits, at or behind `pc`.
    pub(super) meeting: u32,
    /// Branches to below this concern another path.
    pub(super) floor: u32,
    pub(super) budget: u32,
}

/// Runs instructions from `pc` on. Returns the new `pc`, the budget that is left and why it ended.
pub(super) fn run(site: &Site<'_>, mut pc: u32, limits: Limits) -> (u32, u32, Stop) {
    let steps = site.function.plan.steps.as_slice();
    let some;
    let lanes = if site.lanes == !0 {
        &Lanes::ALL
    } else {
        some = Lanes::new(site.lanes);
        &some
    };
    let mut budget = limits.budget;
    loop {
        // Plain instructions. What another path waits for is never within a step, thus none goes too far.
        let first = pc;
        let until = steps[pc as usize].until.min(limits.meeting);
        let until = until.min(pc.saturating_add(budget));
        while pc < until {
            let step = &steps[pc as usize];
            if let Err(trouble) = step.handler().run(site, step, lanes) {
                return (step.pc, budget, Stop::Fault(trouble));
            }
            pc += u32::from(step.len);
        }
        budget = budget.saturating_sub(pc - first);
        if pc == limits.meeting {
            return (pc, budget, Stop::Meeting);
        }
        if budget == 0 {
            return (pc, budget, Stop::Budget);
        }
        budget -= 1;
        match special(site, pc, limits) {
            Ok(next) => pc = next,
            Err((next, stop)) => return (next, budget, stop),
        }
    }
}

/// Does an instruction that has a guard, branches or needs the warp: the place of the next one, or why there is none.
#[inline(always)]
fn special(site: &Site<'_>, pc: u32, limits: Limits) -> Result<u32, (u32, Stop)> {
    // Every body ends with a return, thus `pc` never passes the end.
    let Instr { op, guard } = &site.function.code[pc as usize];
    let mut active = site.lanes;
    if let Some(guard) = guard {
        let pred = site.view.pred(guard.slot);
        active &= if guard.negated { !pred } else { pred };
        if active == 0 {
            return Ok(pc + 1);
        }
    }
    match *op {
        Op::Branch(target) if active != site.lanes => Err((pc + 1, Stop::Split(active, target))),
        Op::Branch(target) => {
            // Behind a jump over another path's instruction it is the other's turn.
            let passes = target > limits.meeting && pc < limits.meeting;
            if passes || target < limits.floor {
                return Err((target, Stop::Meeting));
            }
            Ok(target)
        }
        op if is_control(&op) => Err((pc, Stop::Control(op))),
        _ => {
            let step = &site.function.plan.steps[pc as usize];
            match step.handler().run(site, step, &Lanes::new(active)) {
                Ok(()) => Ok(pc + 1),
                Err(trouble) => Err((pc, Stop::Fault(trouble))),
            }
        }
    }
}

/// Whether an instruction moves lanes or needs other lanes.
#[inline(always)]
pub(super) fn is_control(op: &Op) -> bool {
    matches!(
        op,
        Op::BranchIndex(_)
            | Op::Call(_)
            | Op::Return
            | Op::Exit
            | Op::Trap
            | Op::Yield
            | Op::Barrier(_)
            | Op::SyncWarp(_)
            | Op::Shuffle(_)
            | Op::Vote(_)
            | Op::Match(_)
            | Op::Reduce(_)
            | Op::Elect(_)
            | Op::Unsupported(_)
    )
}
