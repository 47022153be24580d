//! The driver's result codes, with their names.

mod table;

use std::fmt;

use self::table::TABLE;

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
