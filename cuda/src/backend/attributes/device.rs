//! What can be asked of a device. The numbers are CUDA's.

/// What can be asked of a device. Where it is a limit, it is the largest that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum DeviceAttribute {
    /// Threads of a block.
    MaxThreadsPerBlock = 1,
    /// Threads of a block along x.
    MaxBlockDimX = 2,
    /// Threads of a block along y.
    MaxBlockDimY = 3,
    /// Threads of a block along z.
    MaxBlockDimZ = 4,
    /// Blocks of a grid along x.
    MaxGridDimX = 5,
    /// Blocks of a grid along y.
    MaxGridDimY = 6,
    /// Blocks of a grid along z.
    MaxGridDimZ = 7,
    /// Bytes of shared memory of a block, unless it opts in for more.
    MaxSharedMemoryPerBlock = 8,
    /// Bytes of constant memory.
    TotalConstantMemory = 9,
    /// Threads of a warp.
    WarpSize = 10,
    /// Bytes of a row in copies of pitched memory.
    MaxPitch = 11,
    /// Registers of 32 bits of a block.
    MaxRegistersPerBlock = 12,
    /// Peak clock rate in kHz.
    ClockRate = 13,
    /// Alignment of linear memory that a texture reads.
    TextureAlignment = 14,
    /// Multiprocessors.
    MultiprocessorCount = 16,
    /// Whether kernels may run only for a limited time.
    KernelExecTimeout = 17,
    /// Whether it uses the host's memory.
    Integrated = 18,
    /// Whether host memory can be mapped.
    CanMapHostMemory = 19,
    /// 0 default, 2 prohibited, 3 exclusive to a process.
    ComputeMode = 20,
    /// Width of a texture of one dimension.
    MaximumTexture1DWidth = 21,
    /// Width of a texture of two dimensions.
    MaximumTexture2DWidth = 22,
    /// Height of a texture of two dimensions.
    MaximumTexture2DHeight = 23,
    /// Width of a texture of three dimensions.
    MaximumTexture3DWidth = 24,
    /// Height of a texture of three dimensions.
    MaximumTexture3DHeight = 25,
    /// Depth of a texture of three dimensions.
    MaximumTexture3DDepth = 26,
    /// Width of a layered texture of two dimensions.
    MaximumTexture2DLayeredWidth = 27,
    /// Height of a layered texture of two dimensions.
    MaximumTexture2DLayeredHeight = 28,
    /// Layers of a layered texture of two dimensions.
    MaximumTexture2DLayeredLayers = 29,
    /// Alignment of surfaces.
    SurfaceAlignment = 30,
    /// Whether kernels can run at the same time.
    ConcurrentKernels = 31,
    /// Whether memory corrects errors.
    EccEnabled = 32,
    /// Number of the PCI bus.
    PciBusId = 33,
    /// Number of the device on the PCI bus.
    PciDeviceId = 34,
    /// Whether Windows runs it without a display.
    TccDriver = 35,
    /// Peak clock rate of the memory in kHz.
    MemoryClockRate = 36,
    /// Bits of the bus to the memory.
    GlobalMemoryBusWidth = 37,
    /// Bytes of the second-level cache.
    L2CacheSize = 38,
    /// Threads that one multiprocessor runs at once.
    MaxThreadsPerMultiprocessor = 39,
    /// Copies that run at once, beside kernels.
    AsyncEngineCount = 40,
    /// Whether host and device share one address space.
    UnifiedAddressing = 41,
    /// Width of a layered texture of one dimension.
    MaximumTexture1DLayeredWidth = 42,
    /// Layers of a layered texture of one dimension.
    MaximumTexture1DLayeredLayers = 43,
    /// Number of the PCI domain.
    PciDomainId = 50,
    /// Alignment of the pitch of memory that a texture reads.
    TexturePitchAlignment = 51,
    /// Width of a cubemap.
    MaximumTextureCubemapWidth = 52,
    /// Width of a surface of one dimension.
    MaximumSurface1DWidth = 55,
    /// Width of a surface of two dimensions.
    MaximumSurface2DWidth = 56,
    /// Height of a surface of two dimensions.
    MaximumSurface2DHeight = 57,
    /// Width of a surface of three dimensions.
    MaximumSurface3DWidth = 58,
    /// Height of a surface of three dimensions.
    MaximumSurface3DHeight = 59,
    /// Depth of a surface of three dimensions.
    MaximumSurface3DDepth = 60,
    /// Elements of linear memory that a texture of one dimension reads.
    MaximumTexture1DLinearWidth = 69,
    /// Width of linear memory that a texture of two dimensions reads.
    MaximumTexture2DLinearWidth = 70,
    /// Height of linear memory that a texture of two dimensions reads.
    MaximumTexture2DLinearHeight = 71,
    /// Bytes of a row of linear memory that a texture of two dimensions reads.
    MaximumTexture2DLinearPitch = 72,
    /// Compute capability, before the point.
    ComputeCapabilityMajor = 75,
    /// Compute capability, after the point.
    ComputeCapabilityMinor = 76,
    /// Whether streams have priorities.
    StreamPrioritiesSupported = 78,
    /// Whether the first-level cache keeps global memory.
    GlobalL1CacheSupported = 79,
    /// Whether the first-level cache keeps local memory.
    LocalL1CacheSupported = 80,
    /// Bytes of shared memory of a multiprocessor.
    MaxSharedMemoryPerMultiprocessor = 81,
    /// Registers of 32 bits of a multiprocessor.
    MaxRegistersPerMultiprocessor = 82,
    /// Whether there is managed memory.
    ManagedMemory = 83,
    /// Whether it shares its board with other devices.
    MultiGpuBoard = 84,
    /// Whether atomics work on host memory.
    HostNativeAtomicSupported = 86,
    /// How much faster single precision is than double.
    SingleToDoublePrecisionPerfRatio = 87,
    /// Whether kernels reach host memory that is not page-locked.
    PageableMemoryAccess = 88,
    /// Whether the host may touch managed memory while kernels run.
    ConcurrentManagedAccess = 89,
    /// Whether kernels can be interrupted.
    ComputePreemptionSupported = 90,
    /// Whether registered memory has the same address on both sides.
    CanUseHostPointerForRegisteredMem = 91,
    /// Whether the blocks of a grid can wait for each other.
    CooperativeLaunch = 95,
    /// Bytes of shared memory of a block that opts in.
    MaxSharedMemoryPerBlockOptIn = 97,
    /// Whether host memory can be registered.
    HostRegisterSupported = 99,
    /// Whether the host reaches managed memory on the device without moving it.
    DirectManagedMemAccessFromHost = 101,
    /// Blocks that one multiprocessor runs at once.
    MaxBlocksPerMultiprocessor = 106,
    /// Bytes of shared memory that the driver takes of each block.
    ReservedSharedMemoryPerBlock = 111,
    /// Whether there is stream-ordered allocation.
    MemoryPoolsSupported = 115,
    /// Whether blocks can form clusters.
    ClusterLaunch = 120,
    /// Whether events can be shared between processes.
    IpcEventSupported = 125,
}

impl DeviceAttribute {
    /// All of them, by number.
    pub const ALL: &[DeviceAttribute] = &[
        DeviceAttribute::MaxThreadsPerBlock,
        DeviceAttribute::MaxBlockDimX,
        DeviceAttribute::MaxBlockDimY,
        DeviceAttribute::MaxBlockDimZ,
        DeviceAttribute::MaxGridDimX,
        DeviceAttribute::MaxGridDimY,
        DeviceAttribute::MaxGridDimZ,
        DeviceAttribute::MaxSharedMemoryPerBlock,
        DeviceAttribute::TotalConstantMemory,
        DeviceAttribute::WarpSize,
        DeviceAttribute::MaxPitch,
        DeviceAttribute::MaxRegistersPerBlock,
        DeviceAttribute::ClockRate,
        DeviceAttribute::TextureAlignment,
        DeviceAttribute::MultiprocessorCount,
        DeviceAttribute::KernelExecTimeout,
        DeviceAttribute::Integrated,
        DeviceAttribute::CanMapHostMemory,
        DeviceAttribute::ComputeMode,
        DeviceAttribute::MaximumTexture1DWidth,
        DeviceAttribute::MaximumTexture2DWidth,
        DeviceAttribute::MaximumTexture2DHeight,
        DeviceAttribute::MaximumTexture3DWidth,
        DeviceAttribute::MaximumTexture3DHeight,
        DeviceAttribute::MaximumTexture3DDepth,
        DeviceAttribute::MaximumTexture2DLayeredWidth,
        DeviceAttribute::MaximumTexture2DLayeredHeight,
        DeviceAttribute::MaximumTexture2DLayeredLayers,
        DeviceAttribute::SurfaceAlignment,
        DeviceAttribute::ConcurrentKernels,
        DeviceAttribute::EccEnabled,
        DeviceAttribute::PciBusId,
        DeviceAttribute::PciDeviceId,
        DeviceAttribute::TccDriver,
        DeviceAttribute::MemoryClockRate,
        DeviceAttribute::GlobalMemoryBusWidth,
        DeviceAttribute::L2CacheSize,
        DeviceAttribute::MaxThreadsPerMultiprocessor,
        DeviceAttribute::AsyncEngineCount,
        DeviceAttribute::UnifiedAddressing,
        DeviceAttribute::MaximumTexture1DLayeredWidth,
        DeviceAttribute::MaximumTexture1DLayeredLayers,
        DeviceAttribute::PciDomainId,
        DeviceAttribute::TexturePitchAlignment,
        DeviceAttribute::MaximumTextureCubemapWidth,
        DeviceAttribute::MaximumSurface1DWidth,
        DeviceAttribute::MaximumSurface2DWidth,
        DeviceAttribute::MaximumSurface2DHeight,
        DeviceAttribute::MaximumSurface3DWidth,
        DeviceAttribute::MaximumSurface3DHeight,
        DeviceAttribute::MaximumSurface3DDepth,
        DeviceAttribute::MaximumTexture1DLinearWidth,
        DeviceAttribute::MaximumTexture2DLinearWidth,
        DeviceAttribute::MaximumTexture2DLinearHeight,
        DeviceAttribute::MaximumTexture2DLinearPitch,
        DeviceAttribute::ComputeCapabilityMajor,
        DeviceAttribute::ComputeCapabilityMinor,
        DeviceAttribute::StreamPrioritiesSupported,
        DeviceAttribute::GlobalL1CacheSupported,
        DeviceAttribute::LocalL1CacheSupported,
        DeviceAttribute::MaxSharedMemoryPerMultiprocessor,
        DeviceAttribute::MaxRegistersPerMultiprocessor,
        DeviceAttribute::ManagedMemory,
        DeviceAttribute::MultiGpuBoard,
        DeviceAttribute::HostNativeAtomicSupported,
        DeviceAttribute::SingleToDoublePrecisionPerfRatio,
        DeviceAttribute::PageableMemoryAccess,
        DeviceAttribute::ConcurrentManagedAccess,
        DeviceAttribute::ComputePreemptionSupported,
        DeviceAttribute::CanUseHostPointerForRegisteredMem,
        DeviceAttribute::CooperativeLaunch,
        DeviceAttribute::MaxSharedMemoryPerBlockOptIn,
        DeviceAttribute::HostRegisterSupported,
        DeviceAttribute::DirectManagedMemAccessFromHost,
        DeviceAttribute::MaxBlocksPerMultiprocessor,
        DeviceAttribute::ReservedSharedMemoryPerBlock,
        DeviceAttribute::MemoryPoolsSupported,
        DeviceAttribute::ClusterLaunch,
        DeviceAttribute::IpcEventSupported,
    ];
}
