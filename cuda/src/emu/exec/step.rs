//! The inner loop: steps of one path, until something concerns others.

use super::frame::Lanes;
use super::site::Site;
use super::trouble::Trouble;
use crate::emu::program::Function;
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

/// Instructions that may be jumped over without there being two paths.
const MAX_JUMP: u32 = 100;

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
            Ok((next, more)) => {
                pc = next;
                budget = budget.saturating_sub(more);
            }
            Err((next, stop)) => return (next, budget, stop),
        }
    }
}

/// Whether there are only a few plain instructions behind a branch, up to its target.
pub(super) fn can_jump_over(function: &Function, pc: u32, target: u32) -> bool {
    let is_short = target > pc && target - pc <= MAX_JUMP;
    is_short && function.plan.steps[pc as usize + 1].until >= target
}

/// Does the plain instructions that some lanes jump over, in the others. None if there are other instructions, or another path
/// would be met.
#[inline(never)]
fn jumped_over(site: &Site<'_>, pc: u32, target: u32, others: u32, limits: Limits) -> Option<Next> {
    let steps = site.function.plan.steps.as_slice();
    let meets = limits.meeting < target || target < limits.floor;
    if meets || !can_jump_over(site.function, pc, target) {
        return None;
    }
    let lanes = Lanes::new(others);
    let mut at = pc + 1;
    while at < target {
        let step = &steps[at as usize];
        if let Err(trouble) = step.handler().run(site, step, &lanes) {
            return Some(Err((step.pc, Stop::Fault(trouble))));
        }
        at += u32::from(step.len);
    }
    Some(Ok((target, target - pc - 1)))
}

/// Where to go on, and how many instructions have been done besides one; or where to stop, and why.
type Next = Result<(u32, u32), (u32, Stop)>;

/// Does an instruction that has a guard, branches or needs the warp.
#[inline(always)]
fn special(site: &Site<'_>, pc: u32, limits: Limits) -> Next {
    // Every body ends with a return, thus `pc` never passes the end.
    let Instr { op, guard } = &site.function.code[pc as usize];
    let mut active = site.lanes;
    if let Some(guard) = guard {
        let pred = site.view.pred(guard.slot);
        active &= if guard.negated { !pred } else { pred };
        if active == 0 {
            return Ok((pc + 1, 0));
        }
    }
    match *op {
        Op::Branch(target) if active != site.lanes => {
            let jumped = jumped_over(site, pc, target, site.lanes & !active, limits);
            jumped.unwrap_or(Err((pc + 1, Stop::Split(active, target))))
        }
        Op::Branch(target) => {
            // Behind a jump over another path's instruction it is the other's turn.
            let passes = target > limits.meeting && pc < limits.meeting;
            if passes || target < limits.floor {
                return Err((target, Stop::Meeting));
            }
            Ok((target, 0))
        }
        op if is_control(&op) => Err((pc, Stop::Control(op))),
        _ => {
            let step = &site.function.plan.steps[pc as usize];
            match step.handler().run(site, step, &Lanes::new(active)) {
                Ok(()) => Ok((pc + 1, 0)),
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
