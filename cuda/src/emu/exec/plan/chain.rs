//! A load and the operation on floats behind it that uses what is loaded: done together, they cost one step.

use std::marker::PhantomData;

use super::forward::Indexed;
use super::fuse::Pair;
use super::indexed::{self, LoadIndexed, each_loaded};
use super::{Step, is_plain};
use crate::emu::exec::cell::{Handler, Operation, OutcomeOfAll};
use crate::emu::exec::frame::Lanes;
use crate::emu::exec::lanewise::map2;
use crate::emu::exec::scalar::nan32;
use crate::emu::exec::site::Site;
use crate::emu::exec::trouble::Outcome;
use crate::emu::program::Function;
use crate::emu::program::op::{Class, Float2, Op, Slot};

/// What is done with a loaded float.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    op: Float2,
    d: Slot,
    /// The other operand.
    other: Slot,
    /// The loaded one is on the left.
    on_the_left: bool,
}

/// The uses of what loads give, each where its load stands. Their own instructions are gone then.
pub(super) fn chain(
    function: &Function,
    indexed: &[Option<Indexed>],
    pairs: &[Option<Pair>],
    leaders: &[bool],
    gone: &mut [bool],
) -> Vec<Option<Use>> {
    let mut chains = vec![None; indexed.len()];
    for pc in 0..indexed.len() {
        let Some(loaded) = indexed[pc].and_then(|_| loaded(function, pc)) else {
            continue;
        };
        let behind = (pc + 1..indexed.len())
            .take_while(|at| !leaders[*at] && is_plain(&function.code[*at]))
            .find(|at| !gone[*at]);
        if let Some(at) = behind.filter(|at| pairs[*at].is_none()) {
            chains[pc] = used(&function.code[at].op, loaded);
            gone[at] |= chains[pc].is_some();
        }
    }
    chains
}

/// The register that a load of a word gives.
fn loaded(function: &Function, pc: usize) -> Option<Slot> {
    let instr = &function.code[pc];
    let Op::Load(index) = instr.op else {
        return None;
    };
    match function.memories[index as usize].regs.as_slice() {
        [Some(reg)] if reg.class == Class::Narrow && is_plain(instr) => Some(reg.slot),
        _ => None,
    }
}

fn used(op: &Op, loaded: Slot) -> Option<Use> {
    let Op::Single2(op @ (Float2::Add | Float2::Sub | Float2::Mul), d, a, b) = *op else {
        return None;
    };
    let on_the_left = a == loaded;
    let other = if on_the_left { b } else { a };
    (on_the_left || b == loaded).then_some(Use {
        op,
        d,
        other,
        on_the_left,
    })
}

/// The step of an indexed access and, if there is one, of the use of what it loads: `c` is the other operand and `e` the result.
pub(super) fn step(function: &Function, pc: u32, access: Indexed, used: Option<Use>) -> Step {
    let step = indexed::step(function, pc, access);
    let Some(used) = used else { return step };
    step.chained(handler(used, access.signed), used.other, used.d)
}

fn handler(used: Use, signed: bool) -> Handler {
    match (used.op, used.on_the_left) {
        (Float2::Mul, _) => load_then(signed, |loaded, other| loaded * other),
        (Float2::Sub, true) => load_then(signed, |loaded, other| loaded - other),
        (Float2::Sub, false) => load_then(signed, |loaded, other| other - loaded),
        // The sum of two is the same either way: what is no number is always made the same.
        _ => load_then(signed, |loaded, other| loaded + other),
    }
}

fn load_then(signed: bool, f: impl Fn(f32, f32) -> f32 + Copy + 'static) -> Handler {
    let f = move |a: u32, b: u32| nan32(f(f32::from_bits(a), f32::from_bits(b)));
    if signed {
        Handler::new(LoadThen::<_, true>(f))
    } else {
        Handler::new(LoadThen::<_, false>(f))
    }
}

/// [`LoadIndexed`], and the register `e` = f(d, c)
#[derive(Clone, Copy)]
struct LoadThen<F, const SIGNED: bool>(F);

impl<F: Fn(u32, u32) -> u32 + Copy + 'static, const SIGNED: bool> LoadThen<F, SIGNED> {
    #[inline(always)]
    fn then(self, site: &Site<'_>, step: &Step, lanes: &Lanes) {
        let view = &site.view;
        let (loaded, other) = (view.narrow(step.d), view.narrow(step.c));
        map2(view.narrow(step.e), loaded, other, lanes, self.0);
    }
}

impl<F: Fn(u32, u32) -> u32 + Copy + 'static, const SIGNED: bool> Operation
    for LoadThen<F, SIGNED>
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        LoadIndexed::<u32, SIGNED>(PhantomData).run(site, step, lanes)?;
        self.then(site, step, lanes);
        Ok(())
    }

    #[inline(always)]
    fn run_all(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        each_loaded::<u32, SIGNED>(sites, step, |site| self.then(site, step, &Lanes::ALL))
    }
}
