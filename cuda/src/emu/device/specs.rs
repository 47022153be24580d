//! What an emulated device says of itself: a small one of compute capability 8.0, with as many multiprocessors as the
//! host has processors.

use std::sync::LazyLock;
use std::thread;

use crate::backend::DeviceAttribute;
use crate::emu::exec::SHARED_LIMIT;

/// How many devices there are: two, so that what needs peers can be tried.
pub(super) const DEVICES: u32 = 2;

/// 12.9, whose PTX it reads.
pub(super) const DRIVER_VERSION: u32 = 12_090;

pub(super) const WARP: u32 = 32;
pub(super) const MAX_THREADS: u32 = 1024;
pub(super) const MAX_BLOCK: [u32; 3] = [1024, 1024, 64];
pub(super) const MAX_GRID: [u32; 3] = [i32::MAX as u32, 65_535, 65_535];
/// Of a block that does not opt in for more.
pub(super) const SHARED_PER_BLOCK: u32 = 48 * 1024;
pub(super) const SHARED_PER_BLOCK_OPT_IN: u32 = SHARED_LIMIT as u32;
pub(super) const SHARED_PER_MULTIPROCESSOR: u32 = 164 * 1024;
pub(super) const RESERVED_SHARED: u32 = 1024;
pub(super) const REGISTERS: u32 = 65_536;
pub(super) const THREADS_PER_MULTIPROCESSOR: u32 = 2048;
pub(super) const BLOCKS_PER_MULTIPROCESSOR: u32 = 32;
pub(super) const CONSTANT_MEMORY: u32 = 64 * 1024;
pub(super) const TEXTURE_ALIGNMENT: u32 = 512;
pub(super) const TEXTURE_PITCH_ALIGNMENT: u32 = 32;
/// Rows of `alloc_pitched` begin at multiples of it.
pub(super) const PITCH_ALIGNMENT: usize = 512;
pub(super) const MAX_PITCH: usize = i32::MAX as usize;

pub(super) const MAX_TEXTURE_1D: usize = 131_072;
pub(super) const MAX_TEXTURE_2D: [usize; 2] = [131_072, 65_536];
pub(super) const MAX_TEXTURE_3D: usize = 16_384;
pub(super) const MAX_TEXTURE_LAYERED: usize = 32_768;
pub(super) const MAX_LAYERS: usize = 2048;
pub(super) const MAX_TEXTURE_LINEAR: usize = 1 << 28;

/// Lowest and highest priority of streams.
pub(super) const PRIORITIES: (i32, i32) = (0, -5);

/// Processors of the host, which run the blocks.
pub(super) fn cores() -> usize {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

pub(super) fn name(device: u32) -> String {
    let cores = cores();
    let plural = if cores == 1 { "core" } else { "cores" };
    format!("Emulated device {device} ({cores} {plural})")
}

pub(super) fn uuid(device: u32) -> [u8; 16] {
    let mut uuid = *b"manyways-emu-000";
    uuid[15] += device as u8;
    uuid
}

/// A bus that no machine has.
const BUS: i32 = 0xe0;

pub(super) fn pci_bus_id(device: u32) -> String {
    format!("FFFF:{BUS:02X}:{device:02X}.0")
}

pub(super) fn attribute(device: u32, attribute: DeviceAttribute) -> i32 {
    limit(attribute).unwrap_or_else(|| match attribute {
        DeviceAttribute::MultiprocessorCount => cores() as i32,
        DeviceAttribute::PciBusId => BUS,
        DeviceAttribute::PciDeviceId => device as i32,
        DeviceAttribute::PciDomainId => 0xffff,
        DeviceAttribute::ComputeCapabilityMajor => 8,
        DeviceAttribute::ComputeCapabilityMinor => 0,
        DeviceAttribute::WarpSize => WARP as i32,
        DeviceAttribute::ClockRate | DeviceAttribute::MemoryClockRate => 1_000_000,
        DeviceAttribute::GlobalMemoryBusWidth => 64,
        DeviceAttribute::L2CacheSize => 1 << 20,
        DeviceAttribute::AsyncEngineCount => 2,
        DeviceAttribute::SingleToDoublePrecisionPerfRatio => 1,
        DeviceAttribute::CanMapHostMemory
        | DeviceAttribute::ConcurrentKernels
        | DeviceAttribute::UnifiedAddressing
        | DeviceAttribute::StreamPrioritiesSupported
        | DeviceAttribute::GlobalL1CacheSupported
        | DeviceAttribute::LocalL1CacheSupported
        | DeviceAttribute::ManagedMemory
        | DeviceAttribute::HostNativeAtomicSupported
        | DeviceAttribute::ConcurrentManagedAccess
        | DeviceAttribute::ComputePreemptionSupported
        | DeviceAttribute::CanUseHostPointerForRegisteredMem
        | DeviceAttribute::CooperativeLaunch
        | DeviceAttribute::HostRegisterSupported
        | DeviceAttribute::DirectManagedMemAccessFromHost
        | DeviceAttribute::MemoryPoolsSupported => 1,
        // Whether it has what it has not.
        _ => 0,
    })
}

fn limit(attribute: DeviceAttribute) -> Option<i32> {
    let limit = match attribute {
        DeviceAttribute::MaxThreadsPerBlock => MAX_THREADS,
        DeviceAttribute::MaxBlockDimX => MAX_BLOCK[0],
        DeviceAttribute::MaxBlockDimY => MAX_BLOCK[1],
        DeviceAttribute::MaxBlockDimZ => MAX_BLOCK[2],
        DeviceAttribute::MaxGridDimX => MAX_GRID[0],
        DeviceAttribute::MaxGridDimY => MAX_GRID[1],
        DeviceAttribute::MaxGridDimZ => MAX_GRID[2],
        DeviceAttribute::MaxSharedMemoryPerBlock => SHARED_PER_BLOCK,
        DeviceAttribute::MaxSharedMemoryPerBlockOptIn => SHARED_PER_BLOCK_OPT_IN,
        DeviceAttribute::MaxSharedMemoryPerMultiprocessor => SHARED_PER_MULTIPROCESSOR,
        DeviceAttribute::ReservedSharedMemoryPerBlock => RESERVED_SHARED,
        DeviceAttribute::TotalConstantMemory => CONSTANT_MEMORY,
        DeviceAttribute::MaxPitch => MAX_PITCH as u32,
        DeviceAttribute::MaxRegistersPerBlock | DeviceAttribute::MaxRegistersPerMultiprocessor => {
            REGISTERS
        }
        DeviceAttribute::MaxThreadsPerMultiprocessor => THREADS_PER_MULTIPROCESSOR,
        DeviceAttribute::MaxBlocksPerMultiprocessor => BLOCKS_PER_MULTIPROCESSOR,
        DeviceAttribute::TextureAlignment | DeviceAttribute::SurfaceAlignment => TEXTURE_ALIGNMENT,
        DeviceAttribute::TexturePitchAlignment => TEXTURE_PITCH_ALIGNMENT,
        attribute => return image_limit(attribute),
    };
    Some(limit as i32)
}

fn image_limit(attribute: DeviceAttribute) -> Option<i32> {
    let limit = match attribute {
        DeviceAttribute::MaximumTexture1DWidth | DeviceAttribute::MaximumSurface1DWidth => {
            MAX_TEXTURE_1D
        }
        DeviceAttribute::MaximumTexture2DWidth | DeviceAttribute::MaximumSurface2DWidth => {
            MAX_TEXTURE_2D[0]
        }
        DeviceAttribute::MaximumTexture2DHeight | DeviceAttribute::MaximumSurface2DHeight => {
            MAX_TEXTURE_2D[1]
        }
        DeviceAttribute::MaximumTexture3DWidth
        | DeviceAttribute::MaximumTexture3DHeight
        | DeviceAttribute::MaximumTexture3DDepth
        | DeviceAttribute::MaximumSurface3DWidth
        | DeviceAttribute::MaximumSurface3DHeight
        | DeviceAttribute::MaximumSurface3DDepth => MAX_TEXTURE_3D,
        DeviceAttribute::MaximumTexture2DLayeredWidth
        | DeviceAttribute::MaximumTexture2DLayeredHeight
        | DeviceAttribute::MaximumTexture1DLayeredWidth
        | DeviceAttribute::MaximumTextureCubemapWidth => MAX_TEXTURE_LAYERED,
        DeviceAttribute::MaximumTexture2DLayeredLayers
        | DeviceAttribute::MaximumTexture1DLayeredLayers => MAX_LAYERS,
        DeviceAttribute::MaximumTexture1DLinearWidth => MAX_TEXTURE_LINEAR,
        DeviceAttribute::MaximumTexture2DLinearWidth => MAX_TEXTURE_2D[0],
        DeviceAttribute::MaximumTexture2DLinearHeight => MAX_TEXTURE_2D[1],
        DeviceAttribute::MaximumTexture2DLinearPitch => MAX_PITCH,
        _ => return None,
    };
    Some(limit as i32)
}

#[cfg(test)]
mod tests {
    use super::{attribute, cores, name};
    use crate::backend::DeviceAttribute;

    #[test]
    fn a_name_says_that_it_is_emulated() {
        assert!(name(1).starts_with("Emulated device 1 ("));
    }

    #[test]
    fn limits_are_those_of_compute_80() {
        let of = |wanted| attribute(0, wanted);
        assert_eq!(of(DeviceAttribute::ComputeCapabilityMajor), 8);
        assert_eq!(of(DeviceAttribute::MaxThreadsPerBlock), 1024);
        assert_eq!(of(DeviceAttribute::MaxSharedMemoryPerBlock), 49_152);
        assert_eq!(of(DeviceAttribute::MaxSharedMemoryPerBlockOptIn), 166_912);
        assert_eq!(of(DeviceAttribute::MultiprocessorCount), cores() as i32);
        assert_eq!(of(DeviceAttribute::ClusterLaunch), 0);
        assert!(DeviceAttribute::ALL.iter().all(|wanted| of(*wanted) >= 0));
    }
}
