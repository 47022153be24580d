//! The registers and local memory of a warp's lanes.
//!
//! Each lane has a stack of its own in its column; a call's frame is at the same rows for all lanes that make the call. So lanes
//! that are in different calls may use the same rows, and never disturb each other.

use std::cell::Cell;

use super::frame::{Row, View, WideRow, fill, lanes_of, row, wide_row};
use super::path::Frame;
use crate::emu::program::Function;

/// Rows of registers that calls may take: 16 MiB a warp.
const MAX_ROWS: usize = 1 << 17;
/// Bytes of local memory of a thread.
pub(super) const MAX_LOCAL: usize = 512 << 10;

#[derive(Debug, Default)]
pub(super) struct Registers {
    narrow: Vec<Row>,
    wide: Vec<WideRow>,
    preds: Vec<Cell<u32>>,
    /// Local memory: a row has four bytes of each lane.
    pub(super) local: Vec<Row>,
    /// Which lanes have written each of a row's bytes.
    written: Vec<[Cell<u32>; 4]>,
}

impl Registers {
    /// Makes room for a frame. False if there is none.
    pub(super) fn reserve(&mut self, frame: Frame, function: &Function) -> bool {
        let narrow = frame.narrow + function.narrow;
        let wide = frame.wide + function.wide;
        let preds = frame.preds + function.preds;
        let local = frame.local + function.local as usize / 4;
        if narrow + 2 * wide + preds > MAX_ROWS || local * 4 > MAX_LOCAL {
            return false;
        }
        grow(&mut self.narrow, narrow, row);
        grow(&mut self.wide, wide, wide_row);
        grow(&mut self.preds, preds, || Cell::new(0));
        grow(&mut self.local, local, row);
        grow(&mut self.written, local, || {
            std::array::from_fn(|_| Cell::new(0))
        });
        true
    }

    /// Bytes of local memory that there are.
    pub(super) fn local_len(&self) -> u64 {
        self.local.len() as u64 * 4
    }

    pub(super) fn view(&self, frame: Frame, function: &Function) -> View<'_> {
        View {
            narrow: &self.narrow[frame.narrow..frame.narrow + function.narrow],
            wide: &self.wide[frame.wide..frame.wide + function.wide],
            preds: &self.preds[frame.preds..frame.preds + function.preds],
        }
    }

    /// Fills the slots that hold constants and forgets what was written to the frame's local memory.
    pub(super) fn enter(&self, frame: Frame, function: &Function, wide: &[u64], lanes: u32) {
        let view = self.view(frame, function);
        for (slot, value) in &function.narrow_consts {
            fill(view.narrow(*slot), *value, lanes);
        }
        for ((slot, _), value) in function.wide_consts.iter().zip(wide) {
            fill(view.wide(*slot), *value, lanes);
        }
        self.forget(frame, function, lanes);
    }

    /// Forgets what some lanes have written to a frame's local memory.
    pub(super) fn forget(&self, frame: Frame, function: &Function, lanes: u32) {
        let rows = frame.local..frame.local + function.local as usize / 4;
        for byte in self.written[rows].iter().flatten() {
            byte.set(byte.get() & !lanes);
        }
    }

    /// Whether lanes have all written a range.
    #[inline(always)]
    pub(super) fn are_written(&self, byte: usize, len: usize, lanes: u32) -> bool {
        (byte..byte + len).all(|byte| self.written[byte / 4][byte % 4].get() & lanes == lanes)
    }

    /// Lanes have written a range.
    #[inline(always)]
    pub(super) fn mark(&self, byte: usize, len: usize, lanes: u32) {
        for byte in byte..byte + len {
            let written = &self.written[byte / 4][byte % 4];
            written.set(written.get() | lanes);
        }
    }

    /// A value of 1, 2, 4 or 8 bytes at a multiple of its size.
    #[inline(always)]
    pub(super) fn read_local(&self, byte: usize, size: u32, lane: usize) -> u64 {
        let word = u64::from(self.local[byte / 4][lane].get());
        match size {
            8 => word | u64::from(self.local[byte / 4 + 1][lane].get()) << 32,
            4 => word,
            _ => word >> (byte % 4 * 8) & ((1 << (size * 8)) - 1),
        }
    }

    /// As [`read_local`](Registers::read_local).
    #[inline(always)]
    pub(super) fn write_local(&self, byte: usize, size: u32, lane: usize, value: u64) {
        let word = &self.local[byte / 4][lane];
        match size {
            8 => {
                word.set(value as u32);
                self.local[byte / 4 + 1][lane].set((value >> 32) as u32);
            }
            4 => word.set(value as u32),
            _ => {
                let shift = byte % 4 * 8;
                let mask = ((1u32 << (size * 8)) - 1) << shift;
                word.set(word.get() & !mask | (value as u32) << shift & mask);
            }
        }
    }

    /// Copies bytes between frames, with what is known of them.
    pub(super) fn copy_local(&self, to: usize, from: usize, len: usize, lanes: u32) {
        for index in 0..len {
            let (to, from) = (to + index, from + index);
            for lane in lanes_of(lanes) {
                self.write_local(to, 1, lane, self.read_local(from, 1, lane));
            }
            let written = self.written[from / 4][from % 4].get() & lanes;
            let known = &self.written[to / 4][to % 4];
            known.set(known.get() & !lanes | written);
        }
    }
}

fn grow<T>(rows: &mut Vec<T>, len: usize, new: impl FnMut() -> T) {
    if rows.len() < len {
        rows.resize_with(len, new);
    }
}
