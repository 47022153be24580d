//! The registers of a frame. A register is a row of 32 lanes. Rows are cells, so that an operation may write what it reads.

use std::cell::Cell;

use crate::emu::program::op::{Class, Reg, Slot};

pub(super) const LANES: usize = 32;

/// A row of 32-bit lanes.
pub(super) type Row = [Cell<u32>; LANES];
/// A row of 64-bit lanes.
pub(super) type WideRow = [Cell<u64>; LANES];

pub(super) fn row() -> Row {
    std::array::from_fn(|_| Cell::new(0))
}

pub(super) fn wide_row() -> WideRow {
    std::array::from_fn(|_| Cell::new(0))
}

/// Which lanes an operation is for, as bits and as a word a lane.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    pub(super) bits: u32,
    /// All ones in lanes that it is for, else zero.
    pub(super) words: [u32; LANES],
}

impl Lanes {
    pub(super) const ALL: Lanes = Lanes {
        bits: !0,
        words: [!0; LANES],
    };

    #[inline(always)]
    pub(super) fn new(bits: u32) -> Lanes {
        let mut words = [0; LANES];
        for (lane, word) in words.iter_mut().enumerate() {
            *word = 0u32.wrapping_sub(bits >> lane & 1);
        }
        Lanes { bits, words }
    }
}

/// The lanes whose bits are set.
#[inline(always)]
pub(super) fn lanes_of(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let lane = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(lane)
    })
}

/// The registers of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'w> {
    pub(super) narrow: &'w [Row],
    pub(super) wide: &'w [WideRow],
    pub(super) preds: &'w [Cell<u32>],
}

impl<'w> View<'w> {
    #[inline(always)]
    pub(super) fn narrow(&self, slot: Slot) -> &'w Row {
        &self.narrow[slot as usize]
    }

    #[inline(always)]
    pub(super) fn wide(&self, slot: Slot) -> &'w WideRow {
        &self.wide[slot as usize]
    }

    #[inline(always)]
    pub(super) fn pred(&self, slot: Slot) -> u32 {
        self.preds[slot as usize].get()
    }

    #[inline(always)]
    pub(super) fn set_pred(&self, slot: Slot, bits: u32, lanes: u32) {
        let pred = &self.preds[slot as usize];
        pred.set(pred.get() & !lanes | bits & lanes);
    }

    /// One lane of a register.
    #[inline(always)]
    pub(super) fn get(&self, reg: Reg, lane: usize) -> u64 {
        match reg.class {
            Class::Narrow => u64::from(self.narrow(reg.slot)[lane].get()),
            Class::Wide => self.wide(reg.slot)[lane].get(),
            Class::Pred => u64::from(self.pred(reg.slot) >> lane & 1),
        }
    }

    /// Sets one lane of a register. Bits that it has not are dropped.
    #[inline(always)]
    pub(super) fn set(&self, reg: Reg, lane: usize, value: u64) {
        match reg.class {
            Class::Narrow => {
                let mask = !0u32 >> (32 - u32::from(reg.bits));
                self.narrow(reg.slot)[lane].set(value as u32 & mask);
            }
            Class::Wide => self.wide(reg.slot)[lane].set(value),
            Class::Pred => self.set_pred(reg.slot, (value as u32 & 1) << lane, 1 << lane),
        }
    }

    /// Sets some lanes of a register to the same value.
    #[inline(always)]
    pub(super) fn fill(&self, reg: Reg, value: u64, lanes: u32) {
        match reg.class {
            Class::Narrow => {
                let value = value as u32 & !0u32 >> (32 - u32::from(reg.bits));
                fill(self.narrow(reg.slot), value, lanes);
            }
            Class::Wide => fill(self.wide(reg.slot), value, lanes),
            Class::Pred => self.set_pred(reg.slot, 0u32.wrapping_sub(value as u32 & 1), lanes),
        }
    }
}

/// Sets some lanes of a row to the same value.
#[inline(always)]
pub(super) fn fill<T: Copy>(row: &[Cell<T>; LANES], value: T, lanes: u32) {
    if lanes == !0 {
        for lane in row {
            lane.set(value);
        }
        return;
    }
    for lane in lanes_of(lanes) {
        row[lane].set(value);
    }
}
