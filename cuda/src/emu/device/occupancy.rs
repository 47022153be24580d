//! How many blocks would run at once on a multiprocessor with the limits that the device declares.

use super::module::Function;
use super::specs::{
    BLOCKS_PER_MULTIPROCESSOR, REGISTERS, RESERVED_SHARED, SHARED_PER_MULTIPROCESSOR,
    THREADS_PER_MULTIPROCESSOR, WARP, cores,
};

/// Registers are given to warps in portions of this many.
const REGISTER_PORTION: u32 = 256;

impl Function {
    /// Blocks of so many threads and bytes of dynamic shared memory that one multiprocessor holds.
    pub(super) fn blocks_at_once(&self, threads: u32, shared_bytes: usize) -> u32 {
        if threads == 0 || threads > self.max_threads() {
            return 0;
        }
        let warps = threads.div_ceil(WARP);
        let registers = (self.kernel.registers as u32 * WARP).next_multiple_of(REGISTER_PORTION);
        let shared = (self.kernel.static_shared + shared_bytes).next_multiple_of(128);
        let shared = shared.saturating_add(RESERVED_SHARED as usize);
        let by_threads = THREADS_PER_MULTIPROCESSOR / (warps * WARP);
        let by_registers = REGISTERS / registers.saturating_mul(warps).max(1);
        let by_shared = SHARED_PER_MULTIPROCESSOR as usize / shared;
        BLOCKS_PER_MULTIPROCESSOR
            .min(by_threads)
            .min(by_registers)
            .min(by_shared as u32)
    }

    /// The block size of at most `limit` threads (0: no limit) with the most threads at once, the largest of equals,
    /// and the smallest grid that fills the device with it.
    pub(super) fn best_block(&self, shared_bytes: usize, limit: u32) -> (u32, u32) {
        let most = match limit {
            0 => self.max_threads(),
            limit => limit.min(self.max_threads()),
        };
        let sizes = (1..most.div_ceil(WARP))
            .map(|warps| warps * WARP)
            .chain([most]);
        let at_once = |threads: &u32| self.blocks_at_once(*threads, shared_bytes) * threads;
        let block = sizes
            .max_by_key(|threads| (at_once(threads), *threads))
            .unwrap_or(most);
        let grid = self.blocks_at_once(block, shared_bytes) * cores() as u32;
        (grid, block)
    }
}
