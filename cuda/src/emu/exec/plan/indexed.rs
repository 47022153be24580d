//! Loads and stores of `base + index * size + offset`, with a base that all lanes share.
//!
//! If the lanes' indices follow each other, the warp accesses one range, which is checked as a whole and copied. Else each
//! lane's address is computed and the access done as any other. Where all warps of a block do the access, the allocation is
//! looked up once for all their rows, and rows that follow each other are one range again.

use std::cell::Ref;
use std::marker::PhantomData;

use super::forward::Indexed;
use super::{Step, steps};
use crate::emu::exec::access::Addresses;
use crate::emu::exec::cell::{Handler, Operation, OutcomeOfAll, follow};
use crate::emu::exec::frame::{LANES, Lanes};
use crate::emu::exec::lanewise::Word;
use crate::emu::exec::site::Site;
use crate::emu::exec::trouble::Outcome;
use crate::emu::memory::Allocation;
use crate::emu::program::Function;
use crate::emu::program::op::{MemoryOp, Op};

/// Of a block.
pub(super) const MAX_WARPS: usize = 32;

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
pub(super) struct LoadIndexed<T, const SIGNED: bool>(pub(super) PhantomData<T>);

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

    #[inline(always)]
    fn run_all(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        each_loaded::<T, SIGNED>(sites, step, |_| {})
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

    #[inline(always)]
    fn run_all(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        let mut places = [0; MAX_WARPS];
        let Some(rows) = rows::<T, SIGNED>(sites, step, &mut places) else {
            return step.handler().one_by_one(sites, step);
        };
        if rows.allocation.is_constant() {
            return step.handler().one_by_one(sites, step);
        }
        for (site, at) in sites.iter().zip(&places) {
            T::store_row(&rows.allocation, *at, T::row(&site.view, step.d));
        }
        for at in &places[..rows.count] {
            rows.allocation.shadow().mark(*at, rows.len);
        }
        Ok(())
    }
}

/// Does a load for all warps, and `then` for each when its row is loaded.
#[inline(always)]
pub(super) fn each_loaded<T: Word, const SIGNED: bool>(
    sites: &[Site<'_>],
    step: &Step,
    then: impl Fn(&Site<'_>),
) -> OutcomeOfAll {
    let mut places = [0; MAX_WARPS];
    let Some(rows) = rows::<T, SIGNED>(sites, step, &mut places) else {
        return step.handler().one_by_one(sites, step);
    };
    if !rows.are_readable(&places, &sites[0], step) {
        return step.handler().one_by_one(sites, step);
    }
    for (site, at) in sites.iter().zip(&places) {
        T::load_row(&rows.allocation, *at, T::row(&site.view, step.d));
        then(site);
    }
    Ok(())
}

/// The rows that the warps of a block access. Those that follow each other are one range.
struct Rows<'s> {
    allocation: Ref<'s, Allocation>,
    /// Ranges.
    count: usize,
    /// Bytes of a range.
    len: usize,
}

/// Where the row of each warp starts, if they lie in the same allocation. Where the ranges start is in the first places.
#[inline(always)]
fn rows<'s, T: Word, const SIGNED: bool>(
    sites: &[Site<'s>],
    step: &Step,
    places: &mut [usize; MAX_WARPS],
) -> Option<Rows<'s>> {
    let first = sites.first()?;
    let (start, len) = range::<T, SIGNED>(first, step)?;
    let joined = are_joined::<SIGNED>(sites, step);
    let all = if joined {
        len * sites.len() as u64
    } else {
        len
    };
    let (allocation, at) = first.block.near(first.env, (start, all), step.pc)?;
    for (warp, (site, place)) in sites.iter().zip(places).enumerate() {
        *place = if joined {
            at + warp * len as usize
        } else {
            allocation.offset(range::<T, SIGNED>(site, step)?.0, len)?
        };
    }
    Some(Rows {
        allocation,
        count: if joined { 1 } else { sites.len() },
        len: all as usize,
    })
}

impl Rows<'_> {
    /// Whether the rows have been written, or nobody asks.
    ///
    /// Those are brought near the processor that will be read next, if the loads go on as they have done.
    #[inline(always)]
    fn are_readable(&self, places: &[usize; MAX_WARPS], first: &Site<'_>, step: &Step) -> bool {
        let check = first.env.launch.checks.uninitialised_global;
        let start = self.allocation.base() + places[0] as u64;
        let stride = first.block.stride(start, step.pc) as usize;
        for at in &places[..self.count] {
            if check && !self.allocation.shadow().covers(*at, self.len) {
                return false;
            }
            let next = at.wrapping_add(stride);
            self.allocation.bytes().prefetch(next, self.len);
        }
        true
    }
}

/// Whether the indices of each warp's lanes follow those of the warp before it, from the first one's on, and all have one base.
#[inline(always)]
fn are_joined<const SIGNED: bool>(sites: &[Site<'_>], step: &Step) -> bool {
    let (base, first) = indices(&sites[0], step);
    // Of the last row, too, the last index must be one that `range` allows.
    let Some(end) = first.checked_add((sites.len() * LANES) as u32) else {
        return false;
    };
    if SIGNED && first <= i32::MAX as u32 && end > i32::MAX as u32 {
        return false;
    }
    let mut index = first;
    for site in &sites[1..] {
        index += LANES as u32;
        if indices(site, step).0 != base || !follow(site.view.narrow(step.b), index) {
            return false;
        }
    }
    true
}

/// The base that a warp's lanes share, and their first index.
#[inline(always)]
fn indices(site: &Site<'_>, step: &Step) -> (u64, u32) {
    let (base, index) = (site.view.wide(step.a), site.view.narrow(step.b));
    (base[0].get(), index[0].get())
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
    let range = range::<T, SIGNED>(site, step)?;
    site.block.near(site.env, range, step.pc)
}

/// The addresses of the row of elements that all lanes together access, if it is one.
#[inline(always)]
fn range<T: Word, const SIGNED: bool>(site: &Site<'_>, step: &Step) -> Option<(u64, u64)> {
    let index = site.view.narrow(step.b);
    let first = index[0].get();
    let most = if SIGNED { i32::MAX as u32 } else { u32::MAX };
    // As a signed number, the last must not pass the greatest; a negative one is far from it.
    let passes = first > most - 31 && first <= most;
    let size = size_of::<T>() as u64;
    let start = address::<T, SIGNED>(site.view.wide(step.a)[0].get(), first, step);
    if passes || !start.is_multiple_of(size) || !follow(index, first) {
        return None;
    }
    Some((start, LANES as u64 * size))
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
