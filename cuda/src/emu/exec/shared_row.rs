//! Shared memory where the lanes of a warp access words that follow each other as the lanes do.
//!
//! What is found here is found for all lanes at once. Where anything is not as it should be, nothing is done: then each lane
//! is looked at alone, and who is wrong is told.

use super::cell::signs;
use super::frame::{LANES, Lanes, Row};
use super::lanewise::map1;
use super::site::Site;
use crate::emu::program::op::{Class, MemoryOp};

impl Site<'_> {
    /// Loads words. False if they are no row, or something is wrong with them.
    #[inline(always)]
    pub(super) fn load_shared_row(&self, op: &MemoryOp, lanes: &Lanes) -> bool {
        let Some((word, row)) = self.shared_row(op, lanes) else {
            return false;
        };
        let shared = self.block.shared();
        let checks = &self.env.launch.checks;
        let (words, written) = (chunk(&shared.words, word), chunk(&shared.written, word));
        let (Some(words), Some(written)) = (words, written) else {
            return false;
        };
        if checks.uninitialised_shared {
            let mut missing = 0;
            for (written, mask) in written.iter().zip(&lanes.words) {
                missing |= !written.get() & *mask as u8 & 15;
            }
            if missing != 0 {
                return false;
            }
        }
        let races = checks.shared_race && !op.strong;
        if races && !shared.races.read_row(word, self.threads.first, lanes) {
            return false;
        }
        map1(row, words, lanes, |word: u32| word);
        true
    }

    /// Stores words. False if they are no row, or something is wrong with them.
    #[inline(always)]
    pub(super) fn store_shared_row(&self, op: &MemoryOp, lanes: &Lanes) -> bool {
        let Some((word, row)) = self.shared_row(op, lanes) else {
            return false;
        };
        let shared = self.block.shared();
        let (words, written) = (chunk(&shared.words, word), chunk(&shared.written, word));
        let (Some(words), Some(written)) = (words, written) else {
            return false;
        };
        let races = self.env.launch.checks.shared_race && !op.strong;
        if races && !shared.races.write_row(word, self.threads.first, lanes) {
            return false;
        }
        map1(words, row, lanes, |word: u32| word);
        for (written, mask) in written.iter().zip(&lanes.words) {
            written.set(written.get() | *mask as u8 & 15);
        }
        true
    }

    /// The word that lane 0 accesses or would, and the register, if the lanes' words follow each other and all 32 are there.
    #[inline(always)]
    fn shared_row(&self, op: &MemoryOp, lanes: &Lanes) -> Option<(usize, &Row)> {
        let ([Some(reg)], 4, u32::MAX) = (op.regs.as_slice(), op.size, op.used) else {
            return None;
        };
        let addresses = self.addresses(&op.address);
        let lane = lanes.bits.trailing_zeros() as usize % LANES;
        let start = addresses[lane].wrapping_sub(lane as u64 * 4);
        let mut words = [0; LANES];
        for lane in 0..LANES {
            let differs = addresses[lane] != start.wrapping_add(lane as u64 * 4);
            words[lane] = if differs { lanes.words[lane] } else { 0 };
        }
        let is_word = reg.class == Class::Narrow && reg.bits == 32 && start.is_multiple_of(4);
        if signs(&words) != 0 || !is_word {
            return None;
        }
        // The window's number, if there is one, is above the low half.
        let start = (start & 0xffff_ffff) as usize;
        let inside = start + LANES * 4 <= self.block.shared().len();
        inside.then(|| (start / 4, self.view.narrow(reg.slot)))
    }
}

/// 32 cells that follow each other.
#[inline(always)]
fn chunk<T>(cells: &[T], first: usize) -> Option<&[T; LANES]> {
    cells.get(first..)?.first_chunk()
}
