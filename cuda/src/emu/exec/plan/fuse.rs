//! Two operations on floats of which the second needs the first's result: done together, the result need not go through a
//! register, on whose being written the second would have to wait.
//!
//! The first one is done where the second stands, if nothing between reads its result or writes what it reads.

use super::forward::Indexed;
use super::operations::{pair, relate_pair};
use super::unused::keys_read;
use super::usage::{Each, Key, Keys, Usage};
use super::{Step, is_plain, steps};
use crate::emu::exec::cell::Handler;
use crate::emu::exec::scalar::nan32;
use crate::emu::program::Function;
use crate::emu::program::op::{Class, Compared, Float2, Int2, Op, Primitive, Slot};

/// Where the first result goes in the second operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Left,
    Right,
    Both,
}

/// The operations that come in pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float(Float2),
    /// An addition of integers; only as the first.
    Add,
    /// Only as the second. Whether it is negated.
    Compare(Compared, Primitive, bool),
}

#[derive(Debug, Clone, Copy)]
struct Single {
    kind: Kind,
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
            let kind = Kind::Float(op);
            Some(Single { kind, d, a, b })
        }
        Op::Narrow2(Int2::Add, d, a, b) => {
            let kind = Kind::Add;
            Some(Single { kind, d, a, b })
        }
        Op::Compare(what @ (Compared::S32 | Compared::U32 | Compared::F32), test, d, a, b)
            if !test.or_exchanged =>
        {
            let kind = Kind::Compare(what, test.primitive, test.negated);
            Some(Single { kind, d, a, b })
        }
        _ => None,
    }
}

/// Whether there is a handler for two operations.
fn can_pair(first: Kind, second: Kind, form: Form) -> bool {
    match (first, second) {
        (Kind::Float(_), Kind::Float(_)) => true,
        (Kind::Float(_), Kind::Compare(what, ..)) => what == Compared::F32 && form != Form::Both,
        (Kind::Add, Kind::Compare(what, ..)) => what != Compared::F32 && form != Form::Both,
        _ => false,
    }
}

/// So many may wait for their second: each is looked at for every instruction behind it.
const MAX_OPEN: usize = 32;

/// The pairs, each where its second instruction stands. The first ones are gone then.
pub(super) fn fuse(
    function: &Function,
    usages: &[Usage],
    indexed: &[Option<Indexed>],
    leaders: &[bool],
    gone: &mut [bool],
) -> Vec<Option<Pair>> {
    let reads: Vec<Keys> = usages
        .iter()
        .zip(indexed)
        .map(|(usage, indexed)| keys_read(usage, indexed.as_ref()))
        .collect();
    let mut readers: Each<usize> = Each::of(function);
    for (pc, keys) in reads.iter().enumerate() {
        for key in keys.iter().filter(|_| !gone[pc]) {
            readers[*key] += 1;
        }
    }
    let mut pairs = vec![None; usages.len()];
    // Those of this block that may be first: the register that each writes, and where it stands. The oldest comes first.
    let mut open: Vec<(Slot, usize)> = Vec::with_capacity(MAX_OPEN);
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
            let first = |slot: Slot| Some(open.iter().find(|(written, _)| *written == slot)?.1);
            let (form, at) = match (first(second.a), first(second.b)) {
                (Some(at), _) if second.a == second.b => (Form::Both, at),
                (Some(at), _) => (Form::Left, at),
                (None, Some(at)) => (Form::Right, at),
                (None, None) => return None,
            };
            let first = single(&function.code[at].op)?;
            can_pair(first.kind, second.kind, form).then_some((form, at, first, second))
        });
        if let Some((form, at, first, second)) = found {
            let own = if form == Form::Both { 2 } else { 1 };
            let all = readers[(Class::Narrow, first.d)];
            pairs[pc] = Some(Pair {
                first,
                second,
                form,
                keep: all > own,
            });
            gone[at] = true;
        }
        // Who reads a result, or writes what made it, ends the chance to do it later.
        open.retain(|(slot, at)| {
            let is_read = reads[pc].contains(&(Class::Narrow, *slot));
            let spoils = |key: &Key| *key == (Class::Narrow, *slot) || reads[*at].contains(key);
            !is_read && !usages[pc].writes.iter().any(spoils)
        });
        match here {
            Some(here) if pairs[pc].is_none() && !matches!(here.kind, Kind::Compare(..)) => {
                if open.len() == MAX_OPEN {
                    open.remove(0);
                }
                open.push((here.d, pc));
            }
            _ => {}
        }
    }
    pairs
}

/// The step for a pair: `d`, `a`, `b` and `c` as the second's result, the first's operands, and the second's other operand;
/// `extra` is the first's result, with the highest bit set if the second is negated.
pub(super) fn step(pc: u32, pair: Pair) -> Step {
    let Pair { first, second, .. } = pair;
    let negated = matches!(second.kind, Kind::Compare(_, _, true));
    Step {
        handler: handler(&pair),
        extra: u32::from(first.d) | u32::from(negated) << 31,
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
    match pair.first.kind {
        Kind::Float(Float2::Sub) => float_first(pair, |a, b| a - b),
        Kind::Float(Float2::Mul) => float_first(pair, |a, b| a * b),
        Kind::Float(_) => float_first(pair, |a, b| a + b),
        _ => compare_integers(pair),
    }
}

fn float(bits: u32) -> f32 {
    f32::from_bits(bits)
}

fn float_first(pair: &Pair, f: impl Fn(f32, f32) -> f32 + Copy + 'static) -> Handler {
    let f = move |a: u32, b: u32| nan32(f(float(a), float(b)));
    match pair.second.kind {
        Kind::Float(Float2::Sub) => float_second(pair, f, |a, b| a - b),
        Kind::Float(Float2::Mul) => float_second(pair, f, |a, b| a * b),
        Kind::Float(_) => float_second(pair, f, |a, b| a + b),
        Kind::Compare(_, Primitive::Equal, _) => compare(pair, f, |a, b| float(a) == float(b)),
        Kind::Compare(_, Primitive::Less, _) => compare(pair, f, |a, b| float(a) < float(b)),
        _ => compare(pair, f, |a, b| float(a) <= float(b)),
    }
}

fn float_second(
    two: &Pair,
    f: impl Fn(u32, u32) -> u32 + Copy + 'static,
    g: impl Fn(f32, f32) -> f32 + Copy + 'static,
) -> Handler {
    let g = move |a: u32, b: u32| nan32(g(float(a), float(b)));
    match (two.form, two.keep) {
        (Form::Left, false) => pair::<false>(f, g),
        (Form::Left, true) => pair::<true>(f, g),
        (Form::Right, false) => pair::<false>(f, move |first, c| g(c, first)),
        (Form::Right, true) => pair::<true>(f, move |first, c| g(c, first)),
        (Form::Both, false) => pair::<false>(f, move |first, _| g(first, first)),
        (Form::Both, true) => pair::<true>(f, move |first, _| g(first, first)),
    }
}

fn compare_integers(pair: &Pair) -> Handler {
    let f = u32::wrapping_add;
    match pair.second.kind {
        Kind::Compare(_, Primitive::Equal, _) => compare(pair, f, |a, b| a == b),
        Kind::Compare(Compared::S32, Primitive::Less, _) => {
            compare(pair, f, |a, b| (a as i32) < b as i32)
        }
        Kind::Compare(Compared::S32, ..) => compare(pair, f, |a, b| a as i32 <= b as i32),
        Kind::Compare(_, Primitive::Less, _) => compare(pair, f, |a, b| a < b),
        _ => compare(pair, f, |a, b| a <= b),
    }
}

fn compare(
    two: &Pair,
    f: impl Fn(u32, u32) -> u32 + Copy + 'static,
    g: impl Fn(u32, u32) -> bool + Copy + 'static,
) -> Handler {
    match (two.form == Form::Left, two.keep) {
        (true, false) => relate_pair::<false>(f, g),
        (true, true) => relate_pair::<true>(f, g),
        (false, false) => relate_pair::<false>(f, move |first, c| g(c, first)),
        (false, true) => relate_pair::<true>(f, move |first, c| g(c, first)),
    }
}
