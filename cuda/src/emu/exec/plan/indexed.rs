//! Loads and stores of `base + index * size + offset`, with a base that all lanes share.
//!
//! If the lanes' indices follow each other, the warp accesses one range, which is checked as a whole and copied. Else each
//! lane's address is computed and the access done as any other.

use std::cell::Ref;
use std::marker::PhantomData;

use super::forward::Indexed;
use super::{Step, steps};
use crate::emu::exec::access::Addresses;
use crate::emu::exec::cell::{Handler, Operation};
use crate::emu::exec::frame::{LANES, Lanes};
use crate::emu::exec::lanewise::{Word, follows};
use crate::emu::exec::site::Site;
use crate::emu::exec::trouble::Outcome;
use crate::emu::memory::Allocation;
use crate::emu::program::Function;
use crate::emu::program::op::{MemoryOp, Op};

/// The step for an access: `d` is the element's register, `a` the base, `b` the index and `extra` the offset.
pub(super) fn step(function: &Function, pc: u32, access: Indexed) -> Step {
    let op = &function.code[pc as usize].op;
    let (Op::Load(index) | Op::Store(index)) = *op else {
        return steps::step(op, pc);
    };
    let memory = &function.memories[index as usize];
    let slot = memory
        .regs
        .iter()
        .flatten()
        .next()
        .map_or(0, |reg| reg.slot);
    Step {
        handler: handler(matches!(op, Op::Store(_)), memory.size == 8, access.signed),
        extra: access.offset as u32,
        d: slot,
        a: access.base,
        b: access.index,
        ..steps::step(op, pc)
    }
}

fn handler(is_store: bool, is_wide: bool, signed: bool) -> Handler {
    match (is_store, is_wide, signed) {
        (false, false, false) => Handler::new(LoadIndexed::<u32, false>(PhantomData)),
        (false, false, true) => Handler::new(LoadIndexed::<u32, true>(PhantomData)),
        (false, true, false) => Handler::new(LoadIndexed::<u64, false>(PhantomData)),
        (false, true, true) => Handler::new(LoadIndexed::<u64, true>(PhantomData)),
        (true, false, false) => Handler::new(StoreIndexed::<u32, false>(PhantomData)),
        (true, false, true) => Handler::new(StoreIndexed::<u32, true>(PhantomData)),
        (true, true, false) => Handler::new(StoreIndexed::<u64, false>(PhantomData)),
        (true, true, true) => Handler::new(StoreIndexed::<u64, true>(PhantomData)),
    }
}

#[derive(Clone, Copy)]
struct LoadIndexed<T, const SIGNED: bool>(PhantomData<T>);

impl<T: Word, const SIGNED: bool> Operation for LoadIndexed<T, SIGNED> {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        if let Some((allocation, at)) = row::<T, SIGNED>(site, step, lanes) {
            let check = site.env.launch.checks.uninitialised_global;
            if !check || allocation.shadow().covers(at, LANES * size_of::<T>()) {
                T::load_row(&allocation, at, T::row(&site.view, step.d));
                return Ok(());
            }
        }
        slowly::<T, SIGNED>(site, step, lanes.bits)
    }
}

#[derive(Clone, Copy)]
struct StoreIndexed<T, const SIGNED: bool>(PhantomData<T>);

impl<T: Word, const SIGNED: bool> Operation for StoreIndexed<T, SIGNED> {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        if let Some((allocation, at)) = row::<T, SIGNED>(site, step, lanes)
            && !allocation.is_constant()
        {
            T::store_row(&allocation, at, T::row(&site.view, step.d));
            allocation.shadow().mark(at, LANES * size_of::<T>());
            return Ok(());
        }
        slowly::<T, SIGNED>(site, step, lanes.bits)
    }
}

#[inline(always)]
fn extend<const SIGNED: bool>(index: u32) -> u64 {
    if SIGNED {
        i64::from(index as i32) as u64
    } else {
        u64::from(index)
    }
}

/// Where the row of elements starts that all lanes together access, if it is one and lies in one allocation.
#[inline(always)]
fn row<'s, T: Word, const SIGNED: bool>(
    site: &Site<'s>,
    step: &Step,
    lanes: &Lanes,
) -> Option<(Ref<'s, Allocation>, usize)> {
    if lanes.bits != !0 {
        return None;
    }
    let index = site.view.narrow(step.b);
    let first = index[0].get();
    let most = if SIGNED { i32::MAX as u32 } else { u32::MAX };
    // As a signed number, the last must not pass the greatest; a negative one is far from it.
    let passes = first > most - 31 && first <= most;
    let size = size_of::<T>() as u64;
    let start = address::<T, SIGNED>(site.view.wide(step.a)[0].get(), first, step);
    if follows(index, first) != !0 || passes || !start.is_multiple_of(size) {
        return None;
    }
    let range = (start, LANES as u64 * size);
    site.block.near(site.env, range, step.pc)
}

#[inline(always)]
fn address<T, const SIGNED: bool>(base: u64, index: u32, step: &Step) -> u64 {
    let offset = i64::from(step.extra as i32) as u64;
    let scaled = extend::<SIGNED>(index).wrapping_mul(size_of::<T>() as u64);
    base.wrapping_add(scaled).wrapping_add(offset)
}

/// Each lane's address is computed, and the access done as any other.
#[inline(never)]
fn slowly<T, const SIGNED: bool>(site: &Site<'_>, step: &Step, lanes: u32) -> Outcome {
    let (base, index) = (site.view.wide(step.a), site.view.narrow(step.b));
    let mut addresses: Addresses = [0; LANES];
    for lane in 0..LANES {
        addresses[lane] = address::<T, SIGNED>(base[lane].get(), index[lane].get(), step);
    }
    let op = |index: u32| -> &MemoryOp { &site.function.memories[index as usize] };
    match site.function.code[step.pc as usize].op {
        Op::Load(index) => site.load_global(op(index), &addresses, lanes, step.pc),
        Op::Store(index) => site.store_global(op(index), &addresses, lanes, step.pc),
        _ => Ok(()),
    }
}
