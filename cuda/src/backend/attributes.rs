//! What can be asked of devices, functions and contexts. The numbers are CUDA's.

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

/// What can be asked of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum FunctionAttribute {
    /// Threads of a block that it can be launched with.
    MaxThreadsPerBlock = 0,
    /// Bytes of static shared memory of a block.
    SharedSizeBytes = 1,
    /// Bytes of constant memory.
    ConstSizeBytes = 2,
    /// Bytes of local memory of a thread.
    LocalSizeBytes = 3,
    /// Registers of a thread.
    NumRegs = 4,
    /// Version of the PTX that it was compiled from: 80 is 8.0.
    PtxVersion = 5,
    /// Version of the architecture that it was compiled for: 90 is 9.0.
    BinaryVersion = 6,
    /// Whether it was compiled to cache global loads.
    CacheModeCa = 7,
    /// Bytes of dynamic shared memory that a launch may ask for. Can be set, above the usual limit too.
    MaxDynamicSharedSizeBytes = 8,
    /// How much of the first-level cache is shared memory, in percent; -1 for the driver's choice. Can be set.
    PreferredSharedMemoryCarveout = 9,
}

/// Sizes that a context's kernels are limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of stack of a thread.
    StackSize = 0,
    /// Bytes of the buffer that `printf` writes to.
    PrintfFifoSize = 1,
    /// Bytes of the heap of `malloc` in kernels.
    MallocHeapSize = 2,
    /// Kernels launched by kernels that wait to be run.
    DevRuntimePendingLaunchCount = 4,
    /// Bytes fetched at once into the second-level cache.
    MaxL2FetchGranularity = 5,
    /// Bytes of the second-level cache set aside for what persists.
    PersistingL2CacheSize = 6,
}

/// Whether a kernel would rather have shared memory or first-level cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u32)]
pub enum CachePreference {
    /// Neither.
    #[default]
    None = 0,
    /// Shared memory.
    Shared = 1,
    /// Cache.
    L1 = 2,
    /// As much of the one as of the other.
    Equal = 3,
}

/// What can be asked of two devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum PeerAttribute {
    /// How fast the link is compared with others; 0 is fastest.
    PerformanceRank = 1,
    /// Whether the one can access the other's memory.
    AccessSupported = 2,
    /// Whether atomics work over the link.
    NativeAtomicSupported = 3,
    /// Whether arrays can be accessed over the link.
    CudaArrayAccessSupported = 4,
}

/// How page-locked memory is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HostFlags {
    /// Page-locked for all contexts.
    pub portable: bool,
    /// Mapped, so that kernels reach it.
    pub device_map: bool,
    /// Quick to write and very slow to read for the host.
    pub write_combined: bool,
}

/// How host memory is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegisterFlags {
    /// Page-locked for all contexts.
    pub portable: bool,
    /// Mapped, so that kernels reach it.
    pub device_map: bool,
    /// Kernels only read it.
    pub read_only: bool,
}

/// How managed memory will be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum MemoryAdvice {
    /// Read by many, written seldom.
    SetReadMostly = 1,
    /// No longer so.
    UnsetReadMostly = 2,
    /// Best kept there.
    SetPreferredLocation = 3,
    /// No longer so.
    UnsetPreferredLocation = 4,
    /// Used from there often.
    SetAccessedBy = 5,
    /// No longer so.
    UnsetAccessedBy = 6,
}

/// What can be asked of a stream-ordered pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub(crate) enum PoolAttribute {
    /// Bytes that it keeps rather than giving them back at synchronisation. Can be set.
    ReleaseThreshold = 4,
    /// Bytes it holds now.
    ReservedNow = 5,
    /// The most bytes that it held. Can be set to 0.
    ReservedHigh = 6,
    /// Bytes in use now.
    UsedNow = 7,
    /// The most bytes that were in use. Can be set to 0.
    UsedHigh = 8,
}

/// Whether a stream is being captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CaptureStatus {
    None,
    Active,
    /// An error spoiled it; ending it gives that error.
    Invalidated,
}
