//! How a function is run: a step for each instruction, of which one may do several at once.
//!
//! A step stands where its instruction does, so that places mean the same to both. One that does several instructions
//! stands at the first of them, and is entered only there: no branch leads to the others and no path rests at them, because
//! paths stop before and behind steps, at what is no plain instruction, and at labels.

mod chain;
mod floats;
mod forward;
mod fuse;
mod hoist;
mod indexed;
mod integers;
mod operations;
mod steps;
mod unused;
mod usage;

use self::usage::Usage;
use super::cell::Handler;
use super::step::is_control;
use crate::emu::program::Function;
use crate::emu::program::op::{Instr, Op, Slot};

/// What is done in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    handler: Handler,
    /// The instruction that a fault is about.
    pub(super) pc: u32,
    /// The first instruction, from this one on, that is no plain one.
    pub(super) until: u32,
    /// An index into one of the function's tables, or a constant.
    pub(super) extra: u32,
    /// Registers. Which of them there are depends on the operation; `d` is written, and `e`, where there is one.
    pub(super) d: Slot,
    pub(super) a: Slot,
    pub(super) b: Slot,
    pub(super) c: Slot,
    pub(super) e: Slot,
    /// Instructions that are done, those that need not be done included.
    pub(super) len: u16,
}

impl Step {
    #[inline(always)]
    pub(super) fn handler(&self) -> Handler {
        self.handler
    }

    /// Something more is done: with the register `c`, and `e` is written.
    fn chained(self, handler: Handler, c: Slot, e: Slot) -> Step {
        Step {
            handler,
            c,
            e,
            ..self
        }
    }
}

/// How a function is run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// One for each instruction.
    pub(super) steps: Vec<Step>,
    /// Instructions of a kernel that give the same for all blocks. A warp does them when it is made.
    pub(super) per_warp: Vec<Step>,
}

impl Plan {
    /// Makes a plan. `params` is the size of a kernel's parameters; none for functions that are no kernels.
    pub(crate) fn of(function: &Function, params: Option<usize>) -> Plan {
        let usages: Vec<Usage> = function
            .code
            .iter()
            .map(|instr| Usage::of(function, instr))
            .collect();
        let leaders = leaders(function);
        let hoisted = hoist::hoist(function, &usages, params);
        let indexed = forward::forward(function, &usages, &leaders, &hoisted);
        let mut gone = unused::unused(function, &usages, &indexed, &hoisted);
        let pairs = fuse::fuse(function, &usages, &indexed, &leaders, &mut gone);
        let chains = chain::chain(function, &indexed, &pairs, &leaders, &mut gone);
        let steps = join(function, &leaders, &gone, |pc| {
            let index = pc as usize;
            match (indexed[index], pairs[index]) {
                (Some(access), _) => chain::step(function, pc, access, chains[index]),
                (None, Some(pair)) => fuse::step(pc, pair),
                (None, None) if gone[index] => steps::step(&Op::Nop, pc),
                (None, None) => steps::step(&function.code[index].op, pc),
            }
        });
        let alone = |pc: &u32| steps::step(&function.code[*pc as usize].op, *pc);
        Plan {
            steps,
            per_warp: hoisted.per_warp.iter().map(alone).collect(),
        }
    }
}

/// Whether an instruction does something for the lanes of its path, in all of them, and lets them go on to the next.
fn is_plain(instr: &Instr) -> bool {
    instr.guard.is_none() && !matches!(instr.op, Op::Branch(_)) && !is_control(&instr.op)
}

/// Which instructions a path may come to other than from the plain one before.
fn leaders(function: &Function) -> Vec<bool> {
    let mut leaders = vec![false; function.code.len() + 1];
    leaders[0] = true;
    for (pc, instr) in function.code.iter().enumerate() {
        if let Op::Branch(target) = instr.op {
            leaders[target as usize] = true;
        }
        if !is_plain(instr) {
            leaders[pc] = true;
            leaders[pc + 1] = true;
        }
    }
    for target in function.targets.iter().flatten() {
        leaders[*target as usize] = true;
    }
    leaders
}

/// The steps. What need not be done is joined to a step behind or before it.
fn join(
    function: &Function,
    leaders: &[bool],
    gone: &[bool],
    step_at: impl Fn(u32) -> Step,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(function.code.len());
    // From the end on, so that the step behind is known; whether it does nothing at all.
    let mut behind: Option<(Step, bool)> = None;
    for (pc, instr) in function.code.iter().enumerate().rev() {
        let mut step = step_at(pc as u32);
        step.until = match behind {
            Some((next, _)) if is_plain(instr) => next.until,
            _ => pc as u32 + u32::from(is_plain(instr)),
        };
        let mut does_nothing = gone[pc];
        let joins = is_plain(instr) && step.until > pc as u32 + 1 && !leaders[pc + 1];
        if let Some((next, next_does_nothing)) = behind.filter(|(next, _)| joins && next.len < 999)
        {
            if gone[pc] {
                does_nothing = next_does_nothing;
                step = next;
                step.len += 1;
            } else if next_does_nothing {
                step.len += next.len;
            }
        }
        behind = Some((step, does_nothing));
        steps.push(step);
    }
    steps.reverse();
    steps
}
