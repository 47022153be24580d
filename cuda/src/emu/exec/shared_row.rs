//! Shared memory where the lanes of a whole warp access words that follow each other.
//!
//! What is found here is found for all lanes at once. Where anything is not as it should be, nothing is done: then each lane
//! is looked at alone, and who is wrong is told.

use super::access::Addresses;
use super::frame::{LANES, Row, copy};
use super::site::Site;
use crate::emu::program::op::{Class, MemoryOp};

impl Site<'_> {
    /// Loads a row for all lanes. False if it is none, or something is wrong with it.
    #[inline(always)]
    pub(super) fn load_shared_row(&self, op: &MemoryOp, addresses: &Addresses) -> bool {
        let Some((word, row)) = self.shared_row(op, addresses) else {
            return false;
        };
        let shared = self.block.shared();
        let checks = &self.env.launch.checks;
        let Some(words) = chunk(&shared.words, word) else {
            return false;
        };
        if checks.uninitialised_shared {
            let Some(written) = chunk(&shared.written, word) else {
                return false;
            };
            let mut all = 15;
            for written in written {
                all &= written.get();
            }
            if all != 15 {
                return false;
            }
        }
        let races = checks.shared_race && !op.strong;
        if races && !shared.races.read_row(word, self.threads.first) {
            return false;
        }
        copy(row, words);
        true
    }

    /// Stores a row of all lanes. False if it is none, or something is wrong with it.
    #[inline(always)]
    pub(super) fn store_shared_row(
        &self,
        op: &MemoryOp,
        addresses: &Addresses,
    ) -> bool {
        let Some((word, row)) = self.shared_row(op, addresses) else {
            return false;
        };
        let shared = self.block.shared();
        let (words, written) = (chunk(&shared.words, word), chunk(&shared.written, word));
        let (Some(words), Some(written)) = (words, written) else {
            return false;
        };
        let races = self.env.launch.checks.shared_race && !op.strong;
        if races && !shared.races.write_row(word, self.threads.first) {
            return false;
        }
        copy(words, row);
        for written in written {
            written.set(15);
        }
        true
    }

    /// The first word and the register, if all lanes access words that follow each other.
    #[inline(always)]
    fn shared_row(&self, op: &MemoryOp, addresses: &Addresses) -> Option<(usize, &Row)> {
        let ([Some(reg)], 4) = (op.regs.as_slice(), op.size) else {
            return None;
        };
        let first = addresses[0];
        let mut differ = first & 3;
        for (lane, address) in addresses.iter().enumerate() {
            differ |= address ^ first.wrapping_add(lane as u64 * 4);
        }
        // The window's number, if there is one, is above the low half.
        let start = (first & 0xffff_ffff) as usize;
        let inside = start + LANES * 4 <= self.block.shared().len();
        let is_row = differ == 0 && inside && reg.class == Class::Narrow && reg.bits == 32;
        is_row.then(|| (start / 4, self.view.narrow(reg.slot)))
    }
}

/// 32 cells that follow each other.
#[inline(always)]
fn chunk<T>(cells: &[T], first: usize) -> Option<&[T; LANES]> {
    cells.get(first..)?.first_chunk()
}
