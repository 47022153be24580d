//! Descriptors of code.

use super::ModuleHandle;

/// Code to load.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Image<'a> {
    /// PTX text, without a NUL.
    Ptx(&'a str),
    /// A cubin or a fatbin, which only NVIDIA's driver understands.
    Binary(&'a [u8]),
}

/// A loaded module, and what the compiler of its PTX said.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) module: ModuleHandle,
    pub(crate) log: JitLog,
}

/// What the compiler or linker said, without trailing blanks; empty if nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JitLog {
    pub(crate) info: String,
    pub(crate) errors: String,
}

/// Options for the compilation of PTX by the driver. The emulated device, which compiles nothing, ignores them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JitOptions {
    /// At most so many registers a thread.
    pub max_registers: Option<u32>,
    /// Blocks will have at least so many threads.
    pub threads_per_block: Option<u32>,
    /// From 0 to 4, the driver's default.
    pub optimization_level: Option<u32>,
    /// Keeps the information for debuggers.
    pub debug_info: bool,
    /// Keeps the information on source lines.
    pub line_info: bool,
    /// Has the log tell more.
    pub verbose: bool,
}

/// Something to link.
#[derive(Debug, Clone)]
pub(crate) struct LinkInput {
    pub(crate) kind: LinkInputKind,
    /// What messages call it.
    pub(crate) name: String,
    /// PTX text without NUL, or the bytes of the file.
    pub(crate) data: Vec<u8>,
}

/// What kind of code is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkInputKind {
    /// PTX text.
    Ptx,
    /// A cubin.
    Cubin,
    /// A fatbin.
    Fatbin,
    /// An object file with device code.
    Object,
    /// A library of object files, such as `cudadevrt`.
    Library,
}
