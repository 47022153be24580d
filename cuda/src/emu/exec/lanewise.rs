//! What is done to registers of all lanes at once.
//!
//! Operations work on eight lanes at a time, first reading, then writing: that is what the compiler makes vector instructions
//! of.

use std::cell::Cell;

use super::cell::signs;
use super::frame::{LANES, Lanes, Row, View, WideRow};
use crate::emu::memory::Allocation;
use crate::emu::program::op::Slot;

/// Lanes that are done at once.
const STEP: usize = 8;

/// What lanes hold.
pub(super) trait Word: Copy + Default + 'static {
    /// `new` where the mask is all ones, `old` where it is zero.
    fn blend(new: Self, old: Self, mask: u32) -> Self;

    /// The register of this class at a place.
    fn row<'v>(view: &View<'v>, slot: Slot) -> &'v [Cell<Self>; LANES];

    /// Copies 32 words of memory that follow each other.
    fn load_row(allocation: &Allocation, at: usize, row: &[Cell<Self>; LANES]);

    /// Copies a register to memory.
    fn store_row(allocation: &Allocation, at: usize, row: &[Cell<Self>; LANES]);
}

impl Word for u32 {
    #[inline(always)]
    fn blend(new: u32, old: u32, mask: u32) -> u32 {
        new & mask | old & !mask
    }

    #[inline(always)]
    fn row<'v>(view: &View<'v>, slot: Slot) -> &'v Row {
        view.narrow(slot)
    }

    #[inline(always)]
    fn load_row(allocation: &Allocation, at: usize, row: &Row) {
        allocation.bytes().read_words(at, row);
    }

    #[inline(always)]
    fn store_row(allocation: &Allocation, at: usize, row: &Row) {
        allocation.bytes().write_words(at, row);
    }
}

impl Word for u64 {
    #[inline(always)]
    fn blend(new: u64, old: u64, mask: u32) -> u64 {
        let mask = i64::from(mask as i32) as u64;
        new & mask | old & !mask
    }

    #[inline(always)]
    fn row<'v>(view: &View<'v>, slot: Slot) -> &'v WideRow {
        view.wide(slot)
    }

    #[inline(always)]
    fn load_row(allocation: &Allocation, at: usize, row: &WideRow) {
        allocation.bytes().read_double_words(at, row);
    }

    #[inline(always)]
    fn store_row(allocation: &Allocation, at: usize, row: &WideRow) {
        allocation.bytes().write_double_words(at, row);
    }
}

/// Lanes of one step.
#[inline(always)]
fn load<T: Word>(row: &[Cell<T>; LANES], first: usize) -> [T; STEP] {
    let mut values = [T::default(); STEP];
    for index in 0..STEP {
        values[index] = row[first + index].get();
    }
    values
}

#[inline(always)]
fn store<T: Word>(row: &[Cell<T>; LANES], first: usize, values: [T; STEP]) {
    for index in 0..STEP {
        row[first + index].set(values[index]);
    }
}

/// As [`store`], in some lanes.
#[inline(always)]
fn store_some<T: Word>(row: &[Cell<T>; LANES], first: usize, mut values: [T; STEP], lanes: &Lanes) {
    let old = load(row, first);
    for index in 0..STEP {
        values[index] = T::blend(values[index], old[index], lanes.words[first + index]);
    }
    store(row, first, values);
}

#[inline(always)]
fn step1<D: Word, A: Word>(a: &[Cell<A>; LANES], first: usize, f: &impl Fn(A) -> D) -> [D; STEP] {
    let a = load(a, first);
    let mut values = [D::default(); STEP];
    for index in 0..STEP {
        values[index] = f(a[index]);
    }
    values
}

#[inline(always)]
fn step2<D: Word, A: Word, B: Word>(
    a: &[Cell<A>; LANES],
    b: &[Cell<B>; LANES],
    first: usize,
    f: &impl Fn(A, B) -> D,
) -> [D; STEP] {
    let (a, b) = (load(a, first), load(b, first));
    let mut values = [D::default(); STEP];
    for index in 0..STEP {
        values[index] = f(a[index], b[index]);
    }
    values
}

#[inline(always)]
fn step3<D: Word, A: Word, B: Word, C: Word>(
    a: &[Cell<A>; LANES],
    b: &[Cell<B>; LANES],
    c: &[Cell<C>; LANES],
    first: usize,
    f: &impl Fn(A, B, C) -> D,
) -> [D; STEP] {
    let (a, b, c) = (load(a, first), load(b, first), load(c, first));
    let mut values = [D::default(); STEP];
    for index in 0..STEP {
        values[index] = f(a[index], b[index], c[index]);
    }
    values
}

/// d = f(a) in some lanes.
#[inline(always)]
pub(super) fn map1<D: Word, A: Word>(
    d: &[Cell<D>; LANES],
    a: &[Cell<A>; LANES],
    lanes: &Lanes,
    f: impl Fn(A) -> D,
) {
    if lanes.bits == !0 {
        for first in (0..LANES).step_by(STEP) {
            store(d, first, step1(a, first, &f));
        }
        return;
    }
    for first in (0..LANES).step_by(STEP) {
        store_some(d, first, step1(a, first, &f), lanes);
    }
}

/// d = f(a, b) in some lanes.
#[inline(always)]
pub(super) fn map2<D: Word, A: Word, B: Word>(
    d: &[Cell<D>; LANES],
    a: &[Cell<A>; LANES],
    b: &[Cell<B>; LANES],
    lanes: &Lanes,
    f: impl Fn(A, B) -> D,
) {
    if lanes.bits == !0 {
        for first in (0..LANES).step_by(STEP) {
            store(d, first, step2(a, b, first, &f));
        }
        return;
    }
    for first in (0..LANES).step_by(STEP) {
        store_some(d, first, step2(a, b, first, &f), lanes);
    }
}

/// d = f(a, b, c) in some lanes.
#[inline(always)]
pub(super) fn map3<D: Word, A: Word, B: Word, C: Word>(
    d: &[Cell<D>; LANES],
    a: &[Cell<A>; LANES],
    b: &[Cell<B>; LANES],
    c: &[Cell<C>; LANES],
    lanes: &Lanes,
    f: impl Fn(A, B, C) -> D,
) {
    if lanes.bits == !0 {
        for first in (0..LANES).step_by(STEP) {
            store(d, first, step3(a, b, c, first, &f));
        }
        return;
    }
    for first in (0..LANES).step_by(STEP) {
        store_some(d, first, step3(a, b, c, first, &f), lanes);
    }
}

/// d1 = f(a, b) and d2 = g(d1, c) in some lanes. Whether all of `d1` is wanted is said by there being one.
#[inline(always)]
pub(super) fn map_pair(
    (d1, d2): (Option<&Row>, &Row),
    a: &Row,
    b: &Row,
    c: &Row,
    lanes: &Lanes,
    f: impl Fn(u32, u32) -> u32,
    g: impl Fn(u32, u32) -> u32,
) {
    for first in (0..LANES).step_by(STEP) {
        let (between, c) = (step2(a, b, first, &f), load(c, first));
        let mut values = [0; STEP];
        for index in 0..STEP {
            values[index] = g(between[index], c[index]);
        }
        if lanes.bits == !0 {
            if let Some(d1) = d1 {
                store(d1, first, between);
            }
            store(d2, first, values);
        } else {
            if let Some(d1) = d1 {
                store_some(d1, first, between, lanes);
            }
            store_some(d2, first, values, lanes);
        }
    }
}

/// A bit for each lane for which f(a, b) holds.
#[inline(always)]
pub(super) fn test<A: Word>(
    a: &[Cell<A>; LANES],
    b: &[Cell<A>; LANES],
    f: impl Fn(A, A) -> bool,
) -> u32 {
    let mut words = [0; LANES];
    for first in (0..LANES).step_by(STEP) {
        let (a, b) = (load(a, first), load(b, first));
        for index in 0..STEP {
            words[first + index] = if f(a[index], b[index]) { !0 } else { 0 };
        }
    }
    signs(&words)
}

/// d1 = f(a, b) in some lanes, if there is one, and a bit for each lane for which g(f(a, b), c) holds.
#[inline(always)]
pub(super) fn test_pair(
    d1: Option<&Row>,
    a: &Row,
    b: &Row,
    c: &Row,
    lanes: &Lanes,
    f: impl Fn(u32, u32) -> u32,
    g: impl Fn(u32, u32) -> bool,
) -> u32 {
    let mut words = [0; LANES];
    for first in (0..LANES).step_by(STEP) {
        let (between, c) = (step2(a, b, first, &f), load(c, first));
        for index in 0..STEP {
            words[first + index] = if g(between[index], c[index]) { !0 } else { 0 };
        }
        match d1 {
            Some(d1) if lanes.bits == !0 => store(d1, first, between),
            Some(d1) => store_some(d1, first, between, lanes),
            None => {}
        }
    }
    signs(&words)
}

/// d = p ? a : b in some lanes.
#[inline(always)]
pub(super) fn select<T: Word>(
    d: &[Cell<T>; LANES],
    a: &[Cell<T>; LANES],
    b: &[Cell<T>; LANES],
    p: u32,
    lanes: &Lanes,
) {
    let chosen = Lanes::new(p);
    for first in (0..LANES).step_by(STEP) {
        let (a, b) = (load(a, first), load(b, first));
        let mut values = [T::default(); STEP];
        for index in 0..STEP {
            values[index] = T::blend(a[index], b[index], chosen.words[first + index]);
        }
        store_some(d, first, values, lanes);
    }
}
