//! Failures of asynchronous work, and which codes the driver would give them.

use crate::emu::exec::{Fault, FaultKind};
use crate::emu::memory::MemoryError;
use crate::error::{Code, Error};

/// What went wrong in a stream. Whoever synchronises next is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: Code,
    kernel: Option<String>,
    detail: String,
}

impl Failure {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Failure {
        Failure {
            code,
            kernel: None,
            detail: detail.into(),
        }
    }

    /// The error of the call that learns of it.
    pub(super) fn in_call(&self, call: &'static str) -> Error {
        let mut error = Error::new(self.code, call).because(&self.detail);
        if self.code == Code::NotSupported {
            error = error.advise(
                "compile for compute_80, for which many headers have another way, or run it on hardware that has the instruction",
            );
        }
        match &self.kernel {
            Some(kernel) => error.in_kernel(kernel),
            None => error,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure {
            code: code_of_fault(fault.kind),
            detail: fault.to_string(),
            kernel: Some(fault.kernel),
        }
    }
}

impl From<MemoryError> for Failure {
    fn from(error: MemoryError) -> Failure {
        Failure::new(code_of_memory(&error), error.to_string())
    }
}

/// What a GPU would call it. It has no words for what only an emulated device finds.
fn code_of_fault(kind: FaultKind) -> Code {
    match kind {
        FaultKind::IllegalAddress | FaultKind::UseAfterFree => Code::IllegalAddress,
        FaultKind::Misaligned => Code::MisalignedAddress,
        FaultKind::Assert => Code::Assert,
        FaultKind::StackOverflow => Code::HardwareStackError,
        FaultKind::Timeout => Code::LaunchTimeout,
        FaultKind::IllegalInstruction => Code::IllegalInstruction,
        FaultKind::InvalidLaunch => Code::InvalidValue,
        FaultKind::Unsupported => Code::NotSupported,
        FaultKind::Uninitialised
        | FaultKind::SharedRace
        | FaultKind::DivergentBarrier
        | FaultKind::MissingLane
        | FaultKind::Trap => Code::LaunchFailed,
    }
}

/// The code of a copy or fill that met no memory, or of an allocation.
fn code_of_memory(error: &MemoryError) -> Code {
    match error {
        MemoryError::OutOfMemory { .. } => Code::OutOfMemory,
        MemoryError::AlreadyMapped { .. } => Code::HostMemoryAlreadyRegistered,
        MemoryError::InvalidSize
        | MemoryError::IllegalAddress { .. }
        | MemoryError::UseAfterFree { .. }
        | MemoryError::NotAnAllocation { .. } => Code::InvalidValue,
    }
}

/// The error of a call that did something with memory itself.
pub(super) fn memory_error(error: MemoryError, call: &'static str) -> Error {
    Failure::from(error).in_call(call)
}
