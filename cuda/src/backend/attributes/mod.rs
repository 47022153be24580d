//! What can be asked of devices, functions and contexts, and how memory is to be. The numbers are CUDA's.

mod device;

pub use self::device::DeviceAttribute;

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
