//! Shared memory of a block, which one worker alone uses.

use std::cell::Cell;

use super::access::{Addresses, access};
use super::fault::FaultKind;
use super::frame::lanes_of;
use super::race::Races;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::window;
use crate::emu::program::op::MemoryOp;

/// The bytes, in words of four, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Shared {
    len: usize,
    pub(super) words: Vec<Cell<u32>>,
    /// A bit for each byte of a word that has been written.
    pub(super) written: Vec<Cell<u8>>,
    pub(super) races: Races,
}

impl Shared {
    pub(super) fn new(len: usize) -> Shared {
        let words = len.div_ceil(4);
        Shared {
            len,
            words: vec![Cell::new(0); words],
            written: vec![Cell::new(0); words],
            races: Races::new(words),
        }
    }

    /// Nothing is written any more.
    pub(super) fn reset(&self) {
        for written in &self.written {
            written.set(0);
        }
        self.races.reset();
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A value of 1, 2, 4 or 8 bytes at a multiple of its size.
    #[inline(always)]
    pub(super) fn read(&self, at: usize, size: u32) -> u64 {
        let word = u64::from(self.words[at / 4].get());
        match size {
            8 => word | u64::from(self.words[at / 4 + 1].get()) << 32,
            4 => word,
            _ => word >> (at % 4 * 8) & ((1 << (size * 8)) - 1),
        }
    }

    /// As [`read`](Shared::read).
    #[inline(always)]
    pub(super) fn write(&self, at: usize, size: u32, value: u64) {
        let word = &self.words[at / 4];
        match size {
            8 => {
                word.set(value as u32);
                self.words[at / 4 + 1].set((value >> 32) as u32);
                self.written[at / 4].set(15);
                self.written[at / 4 + 1].set(15);
            }
            4 => {
                word.set(value as u32);
                self.written[at / 4].set(15);
            }
            _ => {
                let shift = at % 4 * 8;
                let mask = ((1u32 << (size * 8)) - 1) << shift;
                word.set(word.get() & !mask | (value as u32) << shift & mask);
                let written = &self.written[at / 4];
                written.set(written.get() | ((1 << size) - 1) << (at % 4));
            }
        }
    }

    #[inline(always)]
    pub(super) fn is_written(&self, at: usize, size: u32) -> bool {
        let written = self.written[at / 4].get();
        match size {
            8 => written == 15 && self.written[at / 4 + 1].get() == 15,
            4 => written == 15,
            _ => {
                let wanted = ((1u8 << size) - 1) << (at % 4);
                written & wanted == wanted
            }
        }
    }
}

impl Site<'_> {
    pub(super) fn shared_place(
        &self,
        address: u64,
        width: u32,
        lane: usize,
        verb: &str,
    ) -> Outcome<usize> {
        let len = self.block.shared().len() as u64;
        let what = || access(verb, width, "shared");
        self.within(address, width, len, lane, what)
    }

    #[inline(always)]
    pub(super) fn load_shared(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let shared = self.block.shared();
        let width = op.size * op.regs.len() as u32;
        let races = self.env.launch.checks.shared_race && !op.strong;
        for lane in lanes_of(lanes) {
            let at = self.shared_place(addresses[lane], width, lane, "a read")?;
            if op.used != !0 {
                for byte in op.used_bytes(width) {
                    self.check_read(at + byte, 1, lane, races)?;
                }
            }
            for (index, reg) in op.regs.iter().enumerate() {
                let at = at + index * op.size as usize;
                if op.used == !0 {
                    self.check_read(at, op.size, lane, races)?;
                }
                self.set_element(op, *reg, lane, shared.read(at, op.size));
            }
        }
        Ok(())
    }

    /// Whether what a lane reads has been written, and whether it races.
    #[inline(always)]
    fn check_read(&self, at: usize, size: u32, lane: usize, races: bool) -> Outcome {
        self.check_shared(at, size, lane)?;
        if races {
            self.race_read(at, size, lane)?;
        }
        Ok(())
    }

    /// Whether what a lane reads has been written.
    #[inline(always)]
    pub(super) fn check_shared(&self, at: usize, size: u32, lane: usize) -> Outcome {
        let check = self.env.launch.checks.uninitialised_shared;
        if !check || self.block.shared().is_written(at, size) {
            return Ok(());
        }
        let what = access("a read", size, "shared");
        let detail = format!("{what} that no thread of the block has written");
        Err(Trouble::new(FaultKind::Uninitialised, lane, detail).at(window::SHARED + at as u64))
    }

    #[inline(always)]
    pub(super) fn store_shared(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let shared = self.block.shared();
        let width = op.size * op.regs.len() as u32;
        let races = self.env.launch.checks.shared_race && !op.strong;
        for lane in lanes_of(lanes) {
            let at = self.shared_place(addresses[lane], width, lane, "a write")?;
            for (index, reg) in op.regs.iter().enumerate() {
                let at = at + index * op.size as usize;
                let value = reg.map_or(0, |reg| self.view.get(reg, lane));
                if races {
                    self.race_write(at, op.size, lane, value)?;
                }
                shared.write(at, op.size, value);
            }
        }
        Ok(())
    }

    /// Writes bytes of one lane at an address that is a multiple of their number.
    pub(super) fn write_shared_bytes(&self, address: u64, bytes: &[u8], lane: usize) -> Outcome {
        let at = self.shared_place(address, bytes.len() as u32, lane, "a write")?;
        for (index, word) in bytes.as_chunks::<4>().0.iter().enumerate() {
            let value = u64::from(u32::from_le_bytes(*word));
            let at = at + index * 4;
            if self.env.launch.checks.shared_race {
                self.race_write(at, 4, lane, value)?;
            }
            self.block.shared().write(at, 4, value);
        }
        Ok(())
    }
}
