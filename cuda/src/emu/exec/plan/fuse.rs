//! Two operations on floats of which the second needs the first's result: done together, the result need not go through a
//! register, on whose being written the second would have to wait.
//!
//! The first one is done where the second stands, if nothing between reads its result or writes what it reads.

use std::collections::HashMap;

use super::forward::Indexed;
use super::operations::pair;
use super::unused::keys_read;
use super::usage::{Key, Usage};
use super::{Step, is_plain, steps};
use crate::emu::exec::cell::Handler;
use crate::emu::exec::scalar::nan32;
use crate::emu::program::Function;
use crate::emu::program::op::{Class, Float2, Op, Slot};

/// Where the first result goes in the second operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Left,
    Right,
    Both,
}

#[derive(Debug, Clone, Copy)]
struct Single {
    op: Float2,
    d: Slot,
    a: Slot,
    b: Slot,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    first: Single,
    second: Single,
    form: Form,
    /// The first result is read by others, too.
    keep: bool,
}

fn single(op: &Op) -> Option<Single> {
    match *op {
        Op::Single2(op @ (Float2::Add | Float2::Sub | Float2::Mul), d, a, b) => {
            Some(Single { op, d, a, b })
        }
        _ => None,
    }
}

/// The pairs, each where its second instruction stands. The first ones are gone then.
pub(super) fn fuse(
    function: &Function,
    usages: &[Usage],
    indexed: &[Option<Indexed>],
    leaders: &[bool],
    gone: &mut [bool],
) -> Vec<Option<Pair>> {
    let reads: Vec<Vec<Key>> = usages
        .iter()
        .zip(indexed)
        .map(|(usage, indexed)| keys_read(usage, indexed.as_ref()))
        .collect();
    let mut readers: HashMap<Key, usize> = HashMap::new();
    for (pc, keys) in reads.iter().enumerate() {
        for key in keys.iter().filter(|_| !gone[pc]) {
            *readers.entry(*key).or_default() += 1;
        }
    }
    let mut pairs = vec![None; usages.len()];
    // Those of this block that may be first, by the register that they write.
    let mut open: HashMap<Slot, usize> = HashMap::new();
    for pc in 0..usages.len() {
        let instr = &function.code[pc];
        if leaders[pc] || !is_plain(instr) {
            open.clear();
        }
        if gone[pc] {
            continue;
        }
        let here = single(&instr.op).filter(|_| is_plain(instr));
        let found = here.and_then(|second| {
            let first = |slot: Slot| open.get(&slot).copied();
            let (form, at) = match (first(second.a), first(second.b)) {
                (Some(at), _) if second.a == second.b => (Form::Both, at),
                (Some(at), _) => (Form::Left, at),
                (None, Some(at)) => (Form::Right, at),
                (None, None) => return None,
            };
            Some((form, at, single(&function.code[at].op)?, second))
        });
        if let Some((form, at, first, second)) = found {
            let own = if form == Form::Both { 2 } else { 1 };
            let all = readers.get(&(Class::Narrow, first.d)).copied();
            pairs[pc] = Some(Pair {
                first,
                second,
                form,
                keep: all.unwrap_or(0) > own,
            });
            gone[at] = true;
        }
        // Who reads a result, or writes what made it, ends the chance to do it later.
        open.retain(|slot, at| {
            let is_read = reads[pc].contains(&(Class::Narrow, *slot));
            let spoils = |key: &Key| *key == (Class::Narrow, *slot) || reads[*at].contains(key);
            !is_read && !usages[pc].writes.iter().any(spoils)
        });
        if let (Some(here), None) = (here, pairs[pc]) {
            open.insert(here.d, pc);
        }
    }
    pairs
}

/// The step for a pair: `d`, `a`, `b` and `c` as the second's result, the first's operands, and the second's other operand;
/// `extra` is the first's result.
pub(super) fn step(pc: u32, pair: Pair) -> Step {
    let Pair { first, second, .. } = pair;
    Step {
        handler: handler(&pair),
        extra: u32::from(first.d),
        d: second.d,
        a: first.a,
        b: first.b,
        c: match pair.form {
            Form::Left => second.b,
            Form::Right => second.a,
            // Read, and not used.
            Form::Both => first.a,
        },
        ..steps::step(&Op::Nop, pc)
    }
}

fn handler(pair: &Pair) -> Handler {
    match pair.first.op {
        Float2::Sub => with_first(pair, |a, b| a - b),
        Float2::Mul => with_first(pair, |a, b| a * b),
        _ => with_first(pair, |a, b| a + b),
    }
}

fn with_first(pair: &Pair, f: impl Fn(f32, f32) -> f32 + Copy + 'static) -> Handler {
    match pair.second.op {
        Float2::Sub => with_second(pair, f, |a, b| a - b),
        Float2::Mul => with_second(pair, f, |a, b| a * b),
        _ => with_second(pair, f, |a, b| a + b),
    }
}

fn with_second(
    two: &Pair,
    f: impl Fn(f32, f32) -> f32 + Copy + 'static,
    g: impl Fn(f32, f32) -> f32 + Copy + 'static,
) -> Handler {
    let f = move |a: u32, b: u32| nan32(f(f32::from_bits(a), f32::from_bits(b)));
    let g = move |a: u32, b: u32| nan32(g(f32::from_bits(a), f32::from_bits(b)));
    match (two.form, two.keep) {
        (Form::Left, false) => pair::<false>(f, g),
        (Form::Left, true) => pair::<true>(f, g),
        (Form::Right, false) => pair::<false>(f, move |first, c| g(c, first)),
        (Form::Right, true) => pair::<true>(f, move |first, c| g(c, first)),
        (Form::Both, false) => pair::<false>(f, move |first, _| g(first, first)),
        (Form::Both, true) => pair::<true>(f, move |first, _| g(first, first)),
    }
}
