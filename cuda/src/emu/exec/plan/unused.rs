//! What need not be done where it stands: what has been hoisted, and what nobody reads.

use super::forward::Indexed;
use super::hoist::{Hoisted, is_pure};
use super::is_plain;
use super::usage::{Each, Key, Keys, Usage};
use crate::emu::program::Function;
use crate::emu::program::op::{Class, Op};

/// Whether each instruction need not be done.
pub(super) fn unused(
    function: &Function,
    usages: &[Usage],
    indexed: &[Option<Indexed>],
    hoisted: &Hoisted,
) -> Vec<bool> {
    let mut reads: Each<usize> = Each::of(function);
    for (usage, indexed) in usages.iter().zip(indexed) {
        for key in keys_read(usage, indexed.as_ref()) {
            reads[key] += 1;
        }
    }
    let mut gone = vec![false; usages.len()];
    for pc in &hoisted.per_warp {
        gone[*pc as usize] = true;
    }
    // From the end on: what was read only by what is not done is not read.
    for (pc, usage) in usages.iter().enumerate().rev() {
        let instr = &function.code[pc];
        let computes = is_pure(&instr.op) || matches!(instr.op, Op::Special(..));
        let is_read = |key: &Key| reads[*key] > 0;
        if gone[pc] || !computes || !is_plain(instr) || usage.writes.iter().any(is_read) {
            continue;
        }
        gone[pc] = true;
        for key in &usage.reads {
            reads[*key] -= 1;
        }
    }
    gone
}

/// What an instruction reads; an indexed access reads base and index in place of their sum.
pub(super) fn keys_read(usage: &Usage, indexed: Option<&Indexed>) -> Keys {
    let mut keys = usage.reads.clone();
    if let Some(indexed) = indexed {
        keys.retain(|key| *key != (Class::Wide, indexed.sum));
        keys.push((Class::Wide, indexed.base));
        keys.push((Class::Narrow, indexed.index));
        // A store may store the very address.
        if indexed.stores_sum {
            keys.push((Class::Wide, indexed.sum));
        }
    }
    keys
}
