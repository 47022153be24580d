//! How many blocks run on a multiprocessor at once, and what keeps it from more.

use super::DeviceData;
use crate::error::{Code, Error, Result};

/// What keeps a multiprocessor from running more blocks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitedBy {
    /// The number of blocks.
    Device,
    /// The number of warps.
    Warps,
    /// Registers.
    Regs,
    /// Shared memory.
    Smem,
}

/// How busy blocks of a certain kind keep a multiprocessor.
///
/// It is computed from a device's numbers, so that it can be done for a device that is not there. For a kernel that is
/// loaded, [`Function::max_active_blocks_per_multiprocessor`](crate::driver::Function::max_active_blocks_per_multiprocessor)
/// asks the driver.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct OccupancyRecord {
    /// Blocks that run at once.
    pub tb_per_mp: u32,
    /// What keeps it from more.
    pub limited_by: LimitedBy,
    /// Warps that run at once.
    pub warps_per_mp: u32,
    /// The same as a share of all warps that could, from 0 to 1.
    pub occupancy: f64,
}

impl OccupancyRecord {
    /// For blocks of so many threads, with so many bytes of shared memory, and threads with so many registers.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for no threads, or more than a block can have.
    pub fn new(
        device: &DeviceData,
        threads: u32,
        shared_mem: u32,
        registers: u32,
    ) -> Result<OccupancyRecord> {
        if threads == 0 || threads > device.max_threads {
            let error = Error::new(Code::InvalidValue, "OccupancyRecord")
                .on(format_args!("{threads} threads"));
            return Err(error.because(format_args!("a block has from 1 to {}", device.max_threads)));
        }
        let warps = threads.div_ceil(device.warp_size);
        let limits = [
            (device.thread_blocks_per_mp, LimitedBy::Device),
            (device.warps_per_mp / warps, LimitedBy::Warps),
            (
                blocks_by_registers(device, warps, registers),
                LimitedBy::Regs,
            ),
            (blocks_by_shared_memory(device, shared_mem), LimitedBy::Smem),
        ];
        let (blocks, limited_by) =
            limits.into_iter().fold(
                limits[0],
                |least, limit| if limit.0 < least.0 { limit } else { least },
            );
        Ok(OccupancyRecord {
            tb_per_mp: blocks,
            limited_by,
            warps_per_mp: blocks * warps,
            occupancy: f64::from(blocks * warps) / f64::from(device.warps_per_mp.max(1)),
        })
    }
}

/// A multiprocessor has four parts, and a warp with its registers is in one of them.
fn blocks_by_registers(device: &DeviceData, warps: u32, registers: u32) -> u32 {
    const PARTS: u32 = 4;
    if registers == 0 {
        return u32::MAX;
    }
    let wanted = registers.saturating_mul(device.warp_size);
    let of_warp = wanted
        .div_ceil(device.register_alloc_granularity)
        .saturating_mul(device.register_alloc_granularity);
    device.registers / PARTS / of_warp * PARTS / warps
}

fn blocks_by_shared_memory(device: &DeviceData, shared_mem: u32) -> u32 {
    let wanted = shared_mem.saturating_add(device.reserved_shared_memory);
    let granules = wanted.div_ceil(device.smem_alloc_granularity);
    let of_block = granules.saturating_mul(device.smem_alloc_granularity);
    device
        .shared_memory
        .checked_div(of_block)
        .unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An A100: compute capability 8.0.
    const A100: DeviceData = DeviceData {
        max_threads: 1024,
        warp_size: 32,
        multiprocessors: 108,
        warps_per_mp: 64,
        thread_blocks_per_mp: 32,
        registers: 65_536,
        shared_memory: 167_936,
        reserved_shared_memory: 1024,
        smem_alloc_granularity: 128,
        register_alloc_granularity: 256,
    };

    fn record(threads: u32, shared: u32, registers: u32) -> (u32, LimitedBy, f64) {
        let record = OccupancyRecord::new(&A100, threads, shared, registers).unwrap();
        (record.tb_per_mp, record.limited_by, record.occupancy)
    }

    #[test]
    fn each_resource_can_be_the_scarce_one() {
        assert_eq!(record(32, 0, 16), (32, LimitedBy::Device, 0.5));
        assert_eq!(record(256, 0, 32), (8, LimitedBy::Warps, 1.0));
        assert_eq!(record(256, 0, 64), (4, LimitedBy::Regs, 0.5));
        assert_eq!(record(256, 48 * 1024, 32), (3, LimitedBy::Smem, 0.375));
    }

    #[test]
    fn registers_are_given_in_whole_granules_within_a_part() {
        // 40 registers: 1280 a warp, 12 warps in each of four parts, 48 in all.
        assert_eq!(record(1024, 0, 40).0, 1);
        assert_eq!(record(256, 0, 40).0, 6);
    }

    #[test]
    fn impossible_blocks_are_refused() {
        assert!(OccupancyRecord::new(&A100, 0, 0, 0).is_err());
        assert!(OccupancyRecord::new(&A100, 1025, 0, 0).is_err());
        assert_eq!(record(1, 1 << 20, 0).0, 0);
    }
}
