//! What a kernel did wrong, where, and who did it.

use std::fmt;

/// What kind of error stopped a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// An access outside every allocation, or a write to constant memory.
    IllegalAddress,
    /// An address is no multiple of the access's size.
    Misaligned,
    /// An access to memory that has been freed.
    UseAfterFree,
    /// A read of memory that nobody has written.
    Uninitialised,
    /// Two threads of a block use the same shared memory without a barrier between, and one of them writes.
    SharedRace,
    /// Threads of a warp wait at different barriers, or a block waits for threads that cannot come.
    DivergentBarrier,
    /// A lane that a `.sync` instruction's mask names does not execute it.
    MissingLane,
    /// `assert` failed.
    Assert,
    /// `trap`, or `__trap()`.
    Trap,
    /// Calls nest too deep for the thread's stack.
    StackOverflow,
    /// The launch was cancelled.
    Timeout,
    /// The launch does not fit the kernel: block size, parameters, shared memory.
    InvalidLaunch,
    /// A call through a pointer that is no function's, or a use of what is no barrier in shared memory.
    IllegalInstruction,
    /// An instruction that the emulator does not have.
    Unsupported,
}

impl FaultKind {
    fn text(self) -> &'static str {
        match self {
            FaultKind::IllegalAddress => "illegal address",
            FaultKind::Misaligned => "misaligned address",
            FaultKind::UseAfterFree => "use after free",
            FaultKind::Uninitialised => "read of uninitialised memory",
            FaultKind::SharedRace => "race on shared memory",
            FaultKind::DivergentBarrier => "divergent barrier",
            FaultKind::MissingLane => "missing lane",
            FaultKind::Assert => "assertion failed",
            FaultKind::Trap => "trap",
            FaultKind::StackOverflow => "stack overflow",
            FaultKind::Timeout => "launch cancelled",
            FaultKind::InvalidLaunch => "invalid launch",
            FaultKind::IllegalInstruction => "illegal instruction",
            FaultKind::Unsupported => "unsupported instruction",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A line of CUDA C++, known when the kernel was compiled with `-lineinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The file, as the compiler was told.
    pub file: String,
    /// The line, counted from one.
    pub line: u32,
}

/// A kernel was stopped.
///
/// Its text reads as `compute-sanitizer` would say it: what, of which size and where, which kernel and line, which thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of error.
    pub kind: FaultKind,
    /// What exactly, in a sentence.
    pub detail: String,
    /// The kernel that was launched.
    pub kernel: String,
    /// The function in which it happened, where that is not the kernel.
    pub function: Option<String>,
    /// The block's index in the grid.
    pub block: [u32; 3],
    /// The thread's index in the block.
    pub thread: [u32; 3],
    /// The address that was used, if it is about one.
    pub address: Option<u64>,
    /// The allocation that the address belongs to or is nearest to: first address and length in bytes.
    pub allocation: Option<(u64, u64)>,
    /// The line of PTX, counted from one.
    pub ptx_line: u32,
    /// The line of CUDA C++.
    pub source: Option<SourceLine>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [bx, by, bz] = self.block;
        let [tx, ty, tz] = self.thread;
        write!(f, "{}: {}", self.kind, self.detail)?;
        write!(f, "\n    at kernel {}", self.kernel)?;
        if let Some(function) = &self.function {
            write!(f, ", function {function}")?;
        }
        match &self.source {
            Some(source) => write!(f, ", {}:{}", source.file, source.line)?,
            None if self.ptx_line > 0 => write!(f, ", line {} of the PTX", self.ptx_line)?,
            None => {}
        }
        write!(
            f,
            "\n    by thread ({tx},{ty},{tz}) in block ({bx},{by},{bz})"
        )?;
        if let Some(address) = self.address {
            write!(
                f,
                "\n    address {address:#x}{}",
                Place(address, self.allocation)
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// Where an address lies seen from an allocation.
struct Place(u64, Option<(u64, u64)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place(address, Some((base, len))) = *self else {
            return Ok(());
        };
        let end = base.saturating_add(len);
        write!(f, " is ")?;
        if address < base {
            write!(f, "{} bytes before", base - address)?;
        } else if address >= end {
            write!(f, "{} bytes after", address - end)?;
        } else {
            write!(f, "{} bytes inside", address - base)?;
        }
        write!(f, " the allocation of {len} bytes at {base:#x}")
    }
}
