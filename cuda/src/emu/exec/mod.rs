//! Kernels are run here.

use std::fmt;
use std::sync::atomic::AtomicBool;

mod access;
mod atomic;
mod barrier;
mod block;
mod builtin;
mod call;
mod cell;
mod control;
mod env;
mod fault;
mod frame;
mod global;
mod grid;
mod heap;
mod lanes;
mod lanewise;
mod mbarrier;
mod path;
pub(crate) mod plan;
mod printf;
mod race;
mod registers;
mod sample;
pub(crate) mod scalar;
mod shared;
mod shared_row;
mod site;
mod step;
mod texture;
mod together;
mod trouble;
mod warp;

pub use self::fault::{Fault, FaultKind, SourceLine};
pub use self::grid::launch;
pub use self::heap::Heap;
pub use self::texture::{
    Coordinates, Fetch, Geometry, Level, NoTextures, Outside, Property, SurfaceAccess, TexelType,
    TextureError, TextureUnit,
};
use super::memory::GlobalMemory;
use super::program::Image;

/// Where `printf` goes.
pub trait Sink: Sync {
    /// Takes the text of one call of `printf` by one thread.
    fn write(&self, text: &str);
}

impl Sink for parking_lot::Mutex<String> {
    fn write(&self, text: &str) {
        self.lock().push_str(text);
    }
}

/// Which errors are looked for besides those without which a kernel could not run.
///
/// Accesses outside every allocation, to freed memory and at misaligned addresses are always errors. That a register is read
/// before it is written is none: it holds zero then, or what an earlier block or call has left in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// Reads of global memory that nobody has written.
    pub uninitialised_global: bool,
    /// Reads of shared memory that nobody has written.
    pub uninitialised_shared: bool,
    /// Reads of local memory that the thread has not written.
    pub uninitialised_local: bool,
    /// Races on shared memory.
    pub shared_race: bool,
    /// Threads of one warp that meet at different `bar.sync` instructions.
    pub divergent_barrier: bool,
}

impl Checks {
    /// All of them.
    pub const ALL: Checks = Checks {
        uninitialised_global: true,
        uninitialised_shared: true,
        uninitialised_local: true,
        shared_race: true,
        divergent_barrier: true,
    };

    /// None of them.
    pub const NONE: Checks = Checks {
        uninitialised_global: false,
        uninitialised_shared: false,
        uninitialised_local: false,
        shared_race: false,
        divergent_barrier: false,
    };
}

impl Default for Checks {
    fn default() -> Checks {
        Checks::ALL
    }
}

/// A grid to run.
pub struct Launch<'a> {
    /// The program, with the addresses of its variables.
    pub image: &'a Image,
    /// The kernel's name in the PTX.
    pub entry: &'a str,
    /// Blocks in x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block in x, y and z: at most 1024 together.
    pub block: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub shared_bytes: u32,
    /// The parameters, each at its [offset](super::program::Param::offset).
    pub params: &'a [u8],
    /// The memory that the kernel sees.
    pub memory: &'a GlobalMemory,
    /// What its `malloc` takes from that memory.
    pub heap: &'a Heap,
    /// The textures and surfaces that it sees.
    pub textures: &'a dyn TextureUnit,
    /// Where its `printf` goes.
    pub printf: &'a dyn Sink,
    /// Threads that run blocks, at least one.
    pub workers: usize,
    /// The errors that are looked for.
    pub checks: Checks,
    /// Set by somebody else to end the kernel with [`FaultKind::Timeout`].
    pub cancel: &'a AtomicBool,
    /// All blocks make progress together, so that they may wait for each other: 1024 at most.
    pub cooperative: bool,
}

impl fmt::Debug for Launch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("entry", &self.entry)
            .field("grid", &self.grid)
            .field("block", &self.block)
            .field("shared_bytes", &self.shared_bytes)
            .field("workers", &self.workers)
            .field("checks", &self.checks)
            .field("cooperative", &self.cooperative)
            .finish_non_exhaustive()
    }
}

/// What a launch did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Instructions, one for all the lanes of a warp that execute it together.
    pub instructions: u64,
    /// Blocks.
    pub blocks: u64,
}

/// The largest dynamic and static shared memory of a block together, in bytes.
pub const SHARED_LIMIT: usize = 163 * 1024;
