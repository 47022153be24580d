//! What a device has, for who computes how to use it.

use crate::backend::DeviceAttribute;
use crate::driver::Device;
use crate::error::Result;

/// How many threads, registers and so on a device has. All of it is asked of the driver, where Python has tables of devices
/// that end with those of 2017.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceData {
    /// Threads of a block, at most.
    pub max_threads: u32,
    /// Threads of a warp.
    pub warp_size: u32,
    /// Multiprocessors.
    pub multiprocessors: u32,
    /// Warps that a multiprocessor runs at once.
    pub warps_per_mp: u32,
    /// Blocks that a multiprocessor runs at once.
    pub thread_blocks_per_mp: u32,
    /// Registers of 32 bits of a multiprocessor.
    pub registers: u32,
    /// Bytes of shared memory of a multiprocessor.
    pub shared_memory: u32,
    /// Bytes of shared memory that the driver takes of each block.
    pub reserved_shared_memory: u32,
    /// Shared memory is given to blocks in multiples of so many bytes.
    pub smem_alloc_granularity: u32,
    /// Registers are given to warps in multiples of so many.
    pub register_alloc_granularity: u32,
}

impl DeviceData {
    /// Of a device.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn new(device: Device) -> Result<DeviceData> {
        let number = |attribute| device.get_attribute(attribute).map(i32::unsigned_abs);
        let warp_size = number(DeviceAttribute::WarpSize)?.max(1);
        let (major, _) = device.compute_capability()?;
        Ok(DeviceData {
            max_threads: number(DeviceAttribute::MaxThreadsPerBlock)?,
            warp_size,
            multiprocessors: number(DeviceAttribute::MultiprocessorCount)?,
            warps_per_mp: number(DeviceAttribute::MaxThreadsPerMultiprocessor)? / warp_size,
            thread_blocks_per_mp: number(DeviceAttribute::MaxBlocksPerMultiprocessor)?,
            registers: number(DeviceAttribute::MaxRegistersPerMultiprocessor)?,
            shared_memory: number(DeviceAttribute::MaxSharedMemoryPerMultiprocessor)?,
            reserved_shared_memory: number(DeviceAttribute::ReservedSharedMemoryPerBlock)?,
            // The driver does not tell these two; they are of the architecture.
            smem_alloc_granularity: if major >= 8 { 128 } else { 256 },
            register_alloc_granularity: 256,
        })
    }
}
