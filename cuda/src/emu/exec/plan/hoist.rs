//! What a kernel computes again and again that is always the same: its parameters, who and where its threads are, and what
//! depends on nothing else. A warp serves many blocks, and does it once.
//!
//! Only registers are written here that nothing else writes; so it does not matter when.

use super::is_plain;
use super::usage::{Each, Usage};
use crate::emu::program::Function;
use crate::emu::program::op::{Base, Class, MemoryOp, MemorySpace, Op, Special};

#[derive(Debug)]
pub(super) struct Hoisted {
    /// What a warp does once.
    pub(super) per_warp: Vec<u32>,
    /// Registers and constants that are the same in all lanes, at all times.
    pub(super) uniform: Each<bool>,
}

/// What it takes to know a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The warp. Whether all its lanes have the same.
    Warp(bool),
    /// The block, which is the same for all lanes.
    Block,
}

/// Finds what is always the same. `params` is the size of a kernel's parameters.
pub(super) fn hoist(function: &Function, usages: &[Usage], params: Option<usize>) -> Hoisted {
    let mut hoisted = Hoisted {
        per_warp: Vec::new(),
        uniform: Each::of(function),
    };
    // Known as soon as there is a warp.
    let mut fixed: Each<bool> = Each::of(function);
    let narrow = function.narrow_consts.iter().map(|(slot, _)| *slot);
    let wide = function.wide_consts.iter().map(|(slot, _)| *slot);
    let narrow = narrow.map(|slot| (Class::Narrow, slot));
    for key in narrow.chain(wide.map(|slot| (Class::Wide, slot))) {
        hoisted.uniform[key] = true;
        fixed[key] = true;
    }
    let Some(params) = params else { return hoisted };

    let writers = writers(function, usages);
    for (pc, usage) in usages.iter().enumerate() {
        let instr = &function.code[pc];
        let single = usage.writes.iter().all(|key| writers[*key] == 1);
        if usage.writes.is_empty() || !single || !is_plain(instr) {
            continue;
        }
        let known = match instr.op {
            Op::Special(_, special) => of_special(special),
            Op::Load(index) => of_load(&function.memories[index as usize], params),
            op if is_pure(&op) && usage.reads.iter().all(|key| fixed[*key]) => {
                let uniform = usage.reads.iter().all(|key| hoisted.uniform[*key]);
                Some(Known::Warp(uniform))
            }
            _ => None,
        };
        match known {
            None => continue,
            // Known for the base of an address; it stays where it is.
            Some(Known::Block) => {}
            Some(Known::Warp(_)) => {
                hoisted.per_warp.push(pc as u32);
                for key in &usage.writes {
                    fixed[*key] = true;
                }
            }
        }
        if known != Some(Known::Warp(false)) {
            for key in &usage.writes {
                hoisted.uniform[*key] = true;
            }
        }
    }
    hoisted
}

/// How many instructions write each register.
fn writers(function: &Function, usages: &[Usage]) -> Each<u32> {
    let mut writers = Each::of(function);
    for key in usages.iter().flat_map(|usage| &usage.writes) {
        writers[*key] += 1;
    }
    writers
}

fn of_special(special: Special) -> Option<Known> {
    match special {
        Special::BlockSize(_) | Special::GridSize(_) | Special::WarpId | Special::Warps => {
            Some(Known::Warp(true))
        }
        Special::ThreadIndex(_)
        | Special::LaneId
        | Special::LaneMaskEq
        | Special::LaneMaskLe
        | Special::LaneMaskLt
        | Special::LaneMaskGe
        | Special::LaneMaskGt => Some(Known::Warp(false)),
        Special::BlockIndex(_) => Some(Known::Block),
        _ => None,
    }
}

/// A parameter that surely can be read.
fn of_load(op: &MemoryOp, params: usize) -> Option<Known> {
    let width = i64::from(op.size) * op.regs.len() as i64;
    let offset = op.address.offset;
    let is_param = op.address.space == MemorySpace::Param && op.address.base == Base::Zero;
    let fits = offset >= 0 && offset.saturating_add(width) <= params as i64 && offset % width == 0;
    (is_param && fits).then_some(Known::Warp(true))
}

/// Whether an instruction only computes registers from registers, always the same from the same.
pub(super) fn is_pure(op: &Op) -> bool {
    matches!(
        op,
        Op::Narrow2(..)
            | Op::Wide2(..)
            | Op::WideShift(..)
            | Op::Single2(..)
            | Op::Double2(..)
            | Op::SingleFma(..)
            | Op::DoubleFma(..)
            | Op::MulAdd(..)
            | Op::WideMulAdd(..)
            | Op::MulWideUnsigned(..)
            | Op::MulWideSigned(..)
            | Op::MulHighUnsigned(..)
            | Op::Logic3(..)
            | Op::SingleNegate(..)
            | Op::SingleAbsolute(..)
            | Op::SingleSqrt(..)
            | Op::MoveNarrow(..)
            | Op::MoveWide(..)
            | Op::MovePred(..)
            | Op::Convert(..)
            | Op::Compare(..)
            | Op::SelectNarrow(..)
            | Op::SelectWide(..)
            | Op::Pred2(..)
            | Op::PredNot(..)
            | Op::Scalar(_)
    )
}
