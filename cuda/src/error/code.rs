//! The driver's result codes, with their names.

use std::fmt;

/// What kind of failure it was: the driver's own codes, and two for the run-time compiler.
///
/// `Display` gives CUDA's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// An argument is outside its range.
    InvalidValue,
    /// Not enough memory.
    OutOfMemory,
    /// The driver is not initialised.
    NotInitialized,
    /// The driver is shutting down.
    Deinitialized,
    /// The profiler is not active.
    ProfilerDisabled,
    /// The library found is a stub for linking, not the driver.
    StubLibrary,
    /// The device is busy or its compute mode forbids this use.
    DeviceUnavailable,
    /// There is no device that can be used.
    NoDevice,
    /// There is no such device.
    InvalidDevice,
    /// The device has no licence for this use.
    DeviceNotLicensed,
    /// The module's image is invalid.
    InvalidImage,
    /// No valid context is current.
    InvalidContext,
    /// A resource could not be mapped.
    MapFailed,
    /// A resource could not be unmapped.
    UnmapFailed,
    /// The array is mapped and cannot be destroyed.
    ArrayIsMapped,
    /// The resource is mapped already.
    AlreadyMapped,
    /// The module has no code for this device.
    NoBinaryForGpu,
    /// The resource is acquired already.
    AlreadyAcquired,
    /// The resource is not mapped.
    NotMapped,
    /// The resource is not mapped as an array.
    NotMappedAsArray,
    /// The resource is not mapped as memory.
    NotMappedAsPointer,
    /// Memory has an error that cannot be corrected.
    EccUncorrectable,
    /// The device does not have this limit.
    UnsupportedLimit,
    /// The context is bound to another thread.
    ContextAlreadyInUse,
    /// The devices cannot access each other's memory.
    PeerAccessUnsupported,
    /// The PTX could not be compiled.
    InvalidPtx,
    /// The graphics context is invalid.
    InvalidGraphicsContext,
    /// A link between devices has an error that cannot be corrected.
    NvlinkUncorrectable,
    /// The driver's PTX compiler is missing.
    JitCompilerNotFound,
    /// The PTX is newer than the driver understands.
    UnsupportedPtxVersion,
    /// Compilation of PTX is disabled.
    JitCompilationDisabled,
    /// The device does not have this execution affinity.
    UnsupportedExecAffinity,
    /// Device code waits for its children, which the device cannot do.
    UnsupportedDevsideSync,
    /// The source of the module is invalid.
    InvalidSource,
    /// The file does not exist.
    FileNotFound,
    /// A shared library lacks a symbol.
    SharedObjectSymbolNotFound,
    /// A shared library could not be loaded.
    SharedObjectInitFailed,
    /// A call of the operating system failed.
    OperatingSystem,
    /// The object does not exist, or not in this context.
    InvalidHandle,
    /// The object is not in the state that the call needs.
    IllegalState,
    /// The answer would leave something out.
    LossyQuery,
    /// There is nothing of this name.
    NotFound,
    /// The work is not complete.
    NotReady,
    /// A kernel used an address that belongs to no allocation.
    IllegalAddress,
    /// The launch needs more registers, threads or shared memory than there are.
    LaunchOutOfResources,
    /// A kernel ran longer than the device allows.
    LaunchTimeout,
    /// The kernel's texturing mode does not fit.
    LaunchIncompatibleTexturing,
    /// Peer access is enabled already.
    PeerAccessAlreadyEnabled,
    /// Peer access is not enabled.
    PeerAccessNotEnabled,
    /// The primary context is in use already.
    PrimaryContextActive,
    /// The context is destroyed.
    ContextIsDestroyed,
    /// An assertion in a kernel failed.
    Assert,
    /// The device has no room for one more peer.
    TooManyPeers,
    /// The host memory is registered already.
    HostMemoryAlreadyRegistered,
    /// The host memory is not registered.
    HostMemoryNotRegistered,
    /// A kernel overran its stack.
    HardwareStackError,
    /// A kernel met an instruction that does not exist.
    IllegalInstruction,
    /// A kernel used an address that is not aligned for the access.
    MisalignedAddress,
    /// A kernel used an address of the wrong space.
    InvalidAddressSpace,
    /// A kernel jumped to where there is no code.
    InvalidPc,
    /// A kernel failed.
    LaunchFailed,
    /// The grid has more blocks than can run at once.
    CooperativeLaunchTooLarge,
    /// A block ended without freeing its tensor memory.
    TensorMemoryLeak,
    /// This is not permitted.
    NotPermitted,
    /// This is not supported.
    NotSupported,
    /// The system is not ready for CUDA.
    SystemNotReady,
    /// The display driver and the CUDA driver do not fit.
    SystemDriverMismatch,
    /// The device has no forward compatibility.
    CompatNotSupportedOnDevice,
    /// The MPS server cannot be reached.
    MpsConnectionFailed,
    /// The connection to the MPS server failed.
    MpsRpcFailure,
    /// The MPS server is not ready.
    MpsServerNotReady,
    /// The MPS server has too many clients.
    MpsMaxClientsReached,
    /// The MPS server has too many connections.
    MpsMaxConnectionsReached,
    /// The MPS server ended this client.
    MpsClientTerminated,
    /// Kernels that launch kernels are not supported here.
    CdpNotSupported,
    /// Kernels that launch kernels use different versions for it.
    CdpVersionMismatch,
    /// This cannot be captured into a graph.
    StreamCaptureUnsupported,
    /// The capture was spoiled by an earlier error.
    StreamCaptureInvalidated,
    /// This would merge two captures.
    StreamCaptureMerge,
    /// The capture did not begin in this stream.
    StreamCaptureUnmatched,
    /// A stream forked in the capture was not joined.
    StreamCaptureUnjoined,
    /// The capture would depend on work outside it.
    StreamCaptureIsolation,
    /// The call would make the capture depend on the default stream.
    StreamCaptureImplicit,
    /// The event was recorded in a capture.
    CapturedEvent,
    /// The capture was begun by another thread.
    StreamCaptureWrongThread,
    /// The wait took too long.
    Timeout,
    /// The graph differs too much to update the executable one.
    GraphExecUpdateFailure,
    /// An asynchronous error came from another device.
    ExternalDevice,
    /// The cluster of blocks has an impossible size.
    InvalidClusterSize,
    /// The function is not loaded.
    FunctionNotLoaded,
    /// The resource is of the wrong type.
    InvalidResourceType,
    /// The resource's configuration is invalid.
    InvalidResourceConfiguration,
    /// The cause is unknown.
    Unknown,
    /// The source does not compile (NVRTC's `NVRTC_ERROR_COMPILATION`).
    Compilation,
    /// The run-time compiler is needed and is not installed, or failed otherwise than on the source.
    Compiler,
    /// A code that this crate does not know, by its number.
    Other(u32),
}

/// Number, code, CUDA's name, and what it says.
const TABLE: &[(u32, Code, &str, &str)] = &[
    (
        1,
        Code::InvalidValue,
        "CUDA_ERROR_INVALID_VALUE",
        "an argument is outside its range",
    ),
    (
        2,
        Code::OutOfMemory,
        "CUDA_ERROR_OUT_OF_MEMORY",
        "not enough memory",
    ),
    (
        3,
        Code::NotInitialized,
        "CUDA_ERROR_NOT_INITIALIZED",
        "the driver is not initialised",
    ),
    (
        4,
        Code::Deinitialized,
        "CUDA_ERROR_DEINITIALIZED",
        "the driver is shutting down",
    ),
    (
        5,
        Code::ProfilerDisabled,
        "CUDA_ERROR_PROFILER_DISABLED",
        "the profiler is not active",
    ),
    (
        34,
        Code::StubLibrary,
        "CUDA_ERROR_STUB_LIBRARY",
        "the library found is a stub for linking, not the driver",
    ),
    (
        46,
        Code::DeviceUnavailable,
        "CUDA_ERROR_DEVICE_UNAVAILABLE",
        "the device is busy or its compute mode forbids this use",
    ),
    (
        100,
        Code::NoDevice,
        "CUDA_ERROR_NO_DEVICE",
        "there is no device that can be used",
    ),
    (
        101,
        Code::InvalidDevice,
        "CUDA_ERROR_INVALID_DEVICE",
        "there is no such device",
    ),
    (
        102,
        Code::DeviceNotLicensed,
        "CUDA_ERROR_DEVICE_NOT_LICENSED",
        "the device has no licence for this use",
    ),
    (
        200,
        Code::InvalidImage,
        "CUDA_ERROR_INVALID_IMAGE",
        "the module's image is invalid",
    ),
    (
        201,
        Code::InvalidContext,
        "CUDA_ERROR_INVALID_CONTEXT",
        "no valid context is current",
    ),
    (
        205,
        Code::MapFailed,
        "CUDA_ERROR_MAP_FAILED",
        "a resource could not be mapped",
    ),
    (
        206,
        Code::UnmapFailed,
        "CUDA_ERROR_UNMAP_FAILED",
        "a resource could not be unmapped",
    ),
    (
        207,
        Code::ArrayIsMapped,
        "CUDA_ERROR_ARRAY_IS_MAPPED",
        "the array is mapped and cannot be destroyed",
    ),
    (
        208,
        Code::AlreadyMapped,
        "CUDA_ERROR_ALREADY_MAPPED",
        "the resource is mapped already",
    ),
    (
        209,
        Code::NoBinaryForGpu,
        "CUDA_ERROR_NO_BINARY_FOR_GPU",
        "the module has no code for this device",
    ),
    (
        210,
        Code::AlreadyAcquired,
        "CUDA_ERROR_ALREADY_ACQUIRED",
        "the resource is acquired already",
    ),
    (
        211,
        Code::NotMapped,
        "CUDA_ERROR_NOT_MAPPED",
        "the resource is not mapped",
    ),
    (
        212,
        Code::NotMappedAsArray,
        "CUDA_ERROR_NOT_MAPPED_AS_ARRAY",
        "the resource is not mapped as an array",
    ),
    (
        213,
        Code::NotMappedAsPointer,
        "CUDA_ERROR_NOT_MAPPED_AS_POINTER",
        "the resource is not mapped as memory",
    ),
    (
        214,
        Code::EccUncorrectable,
        "CUDA_ERROR_ECC_UNCORRECTABLE",
        "memory has an error that cannot be corrected",
    ),
    (
        215,
        Code::UnsupportedLimit,
        "CUDA_ERROR_UNSUPPORTED_LIMIT",
        "the device does not have this limit",
    ),
    (
        216,
        Code::ContextAlreadyInUse,
        "CUDA_ERROR_CONTEXT_ALREADY_IN_USE",
        "the context is bound to another thread",
    ),
    (
        217,
        Code::PeerAccessUnsupported,
        "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED",
        "the devices cannot access each other's memory",
    ),
    (
        218,
        Code::InvalidPtx,
        "CUDA_ERROR_INVALID_PTX",
        "the PTX could not be compiled",
    ),
    (
        219,
        Code::InvalidGraphicsContext,
        "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT",
        "the graphics context is invalid",
    ),
    (
        220,
        Code::NvlinkUncorrectable,
        "CUDA_ERROR_NVLINK_UNCORRECTABLE",
        "a link between devices has an error that cannot be corrected",
    ),
    (
        221,
        Code::JitCompilerNotFound,
        "CUDA_ERROR_JIT_COMPILER_NOT_FOUND",
        "the driver's PTX compiler is missing",
    ),
    (
        222,
        Code::UnsupportedPtxVersion,
        "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "the PTX is newer than the driver understands",
    ),
    (
        223,
        Code::JitCompilationDisabled,
        "CUDA_ERROR_JIT_COMPILATION_DISABLED",
        "compilation of PTX is disabled",
    ),
    (
        224,
        Code::UnsupportedExecAffinity,
        "CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY",
        "the device does not have this execution affinity",
    ),
    (
        225,
        Code::UnsupportedDevsideSync,
        "CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC",
        "device code waits for its children, which the device cannot do",
    ),
    (
        300,
        Code::InvalidSource,
        "CUDA_ERROR_INVALID_SOURCE",
        "the source of the module is invalid",
    ),
    (
        301,
        Code::FileNotFound,
        "CUDA_ERROR_FILE_NOT_FOUND",
        "the file does not exist",
    ),
    (
        302,
        Code::SharedObjectSymbolNotFound,
        "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND",
        "a shared library lacks a symbol",
    ),
    (
        303,
        Code::SharedObjectInitFailed,
        "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED",
        "a shared library could not be loaded",
    ),
    (
        304,
        Code::OperatingSystem,
        "CUDA_ERROR_OPERATING_SYSTEM",
        "a call of the operating system failed",
    ),
    (
        400,
        Code::InvalidHandle,
        "CUDA_ERROR_INVALID_HANDLE",
        "the object does not exist, or not in this context",
    ),
    (
        401,
        Code::IllegalState,
        "CUDA_ERROR_ILLEGAL_STATE",
        "the object is not in the state that the call needs",
    ),
    (
        402,
        Code::LossyQuery,
        "CUDA_ERROR_LOSSY_QUERY",
        "the answer would leave something out",
    ),
    (
        500,
        Code::NotFound,
        "CUDA_ERROR_NOT_FOUND",
        "there is nothing of this name",
    ),
    (
        600,
        Code::NotReady,
        "CUDA_ERROR_NOT_READY",
        "the work is not complete",
    ),
    (
        700,
        Code::IllegalAddress,
        "CUDA_ERROR_ILLEGAL_ADDRESS",
        "a kernel used an address that belongs to no allocation",
    ),
    (
        701,
        Code::LaunchOutOfResources,
        "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
        "the launch needs more registers, threads or shared memory than there are",
    ),
    (
        702,
        Code::LaunchTimeout,
        "CUDA_ERROR_LAUNCH_TIMEOUT",
        "a kernel ran longer than the device allows",
    ),
    (
        703,
        Code::LaunchIncompatibleTexturing,
        "CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING",
        "the kernel's texturing mode does not fit",
    ),
    (
        704,
        Code::PeerAccessAlreadyEnabled,
        "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED",
        "peer access is enabled already",
    ),
    (
        705,
        Code::PeerAccessNotEnabled,
        "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED",
        "peer access is not enabled",
    ),
    (
        708,
        Code::PrimaryContextActive,
        "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE",
        "the primary context is in use already",
    ),
    (
        709,
        Code::ContextIsDestroyed,
        "CUDA_ERROR_CONTEXT_IS_DESTROYED",
        "the context is destroyed",
    ),
    (
        710,
        Code::Assert,
        "CUDA_ERROR_ASSERT",
        "an assertion in a kernel failed",
    ),
    (
        711,
        Code::TooManyPeers,
        "CUDA_ERROR_TOO_MANY_PEERS",
        "the device has no room for one more peer",
    ),
    (
        712,
        Code::HostMemoryAlreadyRegistered,
        "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
        "the host memory is registered already",
    ),
    (
        713,
        Code::HostMemoryNotRegistered,
        "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
        "the host memory is not registered",
    ),
    (
        714,
        Code::HardwareStackError,
        "CUDA_ERROR_HARDWARE_STACK_ERROR",
        "a kernel overran its stack",
    ),
    (
        715,
        Code::IllegalInstruction,
        "CUDA_ERROR_ILLEGAL_INSTRUCTION",
        "a kernel met an instruction that does not exist",
    ),
    (
        716,
        Code::MisalignedAddress,
        "CUDA_ERROR_MISALIGNED_ADDRESS",
        "a kernel used an address that is not aligned for the access",
    ),
    (
        717,
        Code::InvalidAddressSpace,
        "CUDA_ERROR_INVALID_ADDRESS_SPACE",
        "a kernel used an address of the wrong space",
    ),
    (
        718,
        Code::InvalidPc,
        "CUDA_ERROR_INVALID_PC",
        "a kernel jumped to where there is no code",
    ),
    (
        719,
        Code::LaunchFailed,
        "CUDA_ERROR_LAUNCH_FAILED",
        "a kernel failed",
    ),
    (
        720,
        Code::CooperativeLaunchTooLarge,
        "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE",
        "the grid has more blocks than can run at once",
    ),
    (
        721,
        Code::TensorMemoryLeak,
        "CUDA_ERROR_TENSOR_MEMORY_LEAK",
        "a block ended without freeing its tensor memory",
    ),
    (
        800,
        Code::NotPermitted,
        "CUDA_ERROR_NOT_PERMITTED",
        "this is not permitted",
    ),
    (
        801,
        Code::NotSupported,
        "CUDA_ERROR_NOT_SUPPORTED",
        "this is not supported",
    ),
    (
        802,
        Code::SystemNotReady,
        "CUDA_ERROR_SYSTEM_NOT_READY",
        "the system is not ready for CUDA",
    ),
    (
        803,
        Code::SystemDriverMismatch,
        "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        "the display driver and the CUDA driver do not fit",
    ),
    (
        804,
        Code::CompatNotSupportedOnDevice,
        "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
        "the device has no forward compatibility",
    ),
    (
        805,
        Code::MpsConnectionFailed,
        "CUDA_ERROR_MPS_CONNECTION_FAILED",
        "the MPS server cannot be reached",
    ),
    (
        806,
        Code::MpsRpcFailure,
        "CUDA_ERROR_MPS_RPC_FAILURE",
        "the connection to the MPS server failed",
    ),
    (
        807,
        Code::MpsServerNotReady,
        "CUDA_ERROR_MPS_SERVER_NOT_READY",
        "the MPS server is not ready",
    ),
    (
        808,
        Code::MpsMaxClientsReached,
        "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED",
        "the MPS server has too many clients",
    ),
    (
        809,
        Code::MpsMaxConnectionsReached,
        "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED",
        "the MPS server has too many connections",
    ),
    (
        810,
        Code::MpsClientTerminated,
        "CUDA_ERROR_MPS_CLIENT_TERMINATED",
        "the MPS server ended this client",
    ),
    (
        811,
        Code::CdpNotSupported,
        "CUDA_ERROR_CDP_NOT_SUPPORTED",
        "kernels that launch kernels are not supported here",
    ),
    (
        812,
        Code::CdpVersionMismatch,
        "CUDA_ERROR_CDP_VERSION_MISMATCH",
        "kernels that launch kernels use different versions for it",
    ),
    (
        900,
        Code::StreamCaptureUnsupported,
        "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
        "this cannot be captured into a graph",
    ),
    (
        901,
        Code::StreamCaptureInvalidated,
        "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
        "the capture was spoiled by an earlier error",
    ),
    (
        902,
        Code::StreamCaptureMerge,
        "CUDA_ERROR_STREAM_CAPTURE_MERGE",
        "this would merge two captures",
    ),
    (
        903,
        Code::StreamCaptureUnmatched,
        "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
        "the capture did not begin in this stream",
    ),
    (
        904,
        Code::StreamCaptureUnjoined,
        "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
        "a stream forked in the capture was not joined",
    ),
    (
        905,
        Code::StreamCaptureIsolation,
        "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
        "the capture would depend on work outside it",
    ),
    (
        906,
        Code::StreamCaptureImplicit,
        "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
        "the call would make the capture depend on the default stream",
    ),
    (
        907,
        Code::CapturedEvent,
        "CUDA_ERROR_CAPTURED_EVENT",
        "the event was recorded in a capture",
    ),
    (
        908,
        Code::StreamCaptureWrongThread,
        "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD",
        "the capture was begun by another thread",
    ),
    (
        909,
        Code::Timeout,
        "CUDA_ERROR_TIMEOUT",
        "the wait took too long",
    ),
    (
        910,
        Code::GraphExecUpdateFailure,
        "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE",
        "the graph differs too much to update the executable one",
    ),
    (
        911,
        Code::ExternalDevice,
        "CUDA_ERROR_EXTERNAL_DEVICE",
        "an asynchronous error came from another device",
    ),
    (
        912,
        Code::InvalidClusterSize,
        "CUDA_ERROR_INVALID_CLUSTER_SIZE",
        "the cluster of blocks has an impossible size",
    ),
    (
        913,
        Code::FunctionNotLoaded,
        "CUDA_ERROR_FUNCTION_NOT_LOADED",
        "the function is not loaded",
    ),
    (
        914,
        Code::InvalidResourceType,
        "CUDA_ERROR_INVALID_RESOURCE_TYPE",
        "the resource is of the wrong type",
    ),
    (
        915,
        Code::InvalidResourceConfiguration,
        "CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION",
        "the resource's configuration is invalid",
    ),
    (
        999,
        Code::Unknown,
        "CUDA_ERROR_UNKNOWN",
        "the cause is unknown",
    ),
    (
        u32::MAX,
        Code::Compilation,
        "NVRTC_ERROR_COMPILATION",
        "the source does not compile",
    ),
    (
        u32::MAX,
        Code::Compiler,
        "NVRTC_ERROR_INTERNAL_ERROR",
        "the run-time compiler cannot be used",
    ),
];

impl Code {
    /// The code of a number that the driver returned. 0, success, is not an error and has none.
    pub(crate) fn of_number(number: u32) -> Code {
        let known = TABLE.iter().find(|row| row.0 == number);
        known.map_or(Code::Other(number), |row| row.1)
    }

    fn row(self) -> Option<&'static (u32, Code, &'static str, &'static str)> {
        TABLE.iter().find(|row| row.1 == self)
    }

    /// CUDA's name for it, such as `CUDA_ERROR_OUT_OF_MEMORY`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("CUDA_ERROR_UNKNOWN", |row| row.2)
    }

    /// What it says, in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row()
            .map_or("the driver returned a code that is not known here", |row| {
                row.3
            })
    }

    /// The driver's number for it. `None` for the compiler's codes.
    #[must_use]
    pub fn number(self) -> Option<u32> {
        match self {
            Code::Other(number) => Some(number),
            code => code
                .row()
                .map(|row| row.0)
                .filter(|number| *number != u32::MAX),
        }
    }

    /// Whether the context is lost with it: on NVIDIA hardware every later call fails with the same code, until the
    /// process ends.
    #[must_use]
    pub fn is_sticky(self) -> bool {
        matches!(
            self,
            Code::EccUncorrectable
                | Code::IllegalAddress
                | Code::LaunchTimeout
                | Code::Assert
                | Code::HardwareStackError
                | Code::IllegalInstruction
                | Code::MisalignedAddress
                | Code::InvalidAddressSpace
                | Code::InvalidPc
                | Code::LaunchFailed
                | Code::ExternalDevice
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Code::Other(number) => write!(f, "CUDA_ERROR({number})"),
            code => f.write_str(code.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_are_each_others_inverse() {
        for (number, code, name, _) in TABLE.iter().filter(|row| row.0 != u32::MAX) {
            assert_eq!(Code::of_number(*number), *code);
            assert_eq!(code.number(), Some(*number));
            assert_eq!(code.to_string(), *name);
        }
    }

    #[test]
    fn an_unknown_number_is_kept() {
        assert_eq!(Code::of_number(12_345).number(), Some(12_345));
        assert_eq!(Code::of_number(12_345).to_string(), "CUDA_ERROR(12345)");
    }
}
