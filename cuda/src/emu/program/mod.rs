//! A module ready to run.

use std::sync::Arc;

use super::memory::{GlobalMemory, MemoryError};
use super::ptx::{PtxError, Tree};

/// Decoded functions and the variables that they use.
#[derive(Debug)]
pub struct Program {}

/// A parameter of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name in the PTX.
    pub name: String,
    /// Where it starts in the buffer of parameters.
    pub offset: usize,
    /// Its size in bytes.
    pub size: usize,
    /// Its alignment in bytes.
    pub align: usize,
}

/// What the outside may know of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// Its name in the PTX.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The size of the buffer of parameters.
    pub params_size: usize,
    /// Bytes of shared memory that it declares itself.
    pub static_shared: usize,
    /// Bytes of constant memory of its module.
    pub constant: usize,
    /// Bytes of stack that it declares itself, each thread.
    pub local: usize,
    /// An estimate of 32-bit registers a thread: what the PTX declares, at most 255.
    pub registers: usize,
    /// `.maxntid`: the largest block, if declared.
    pub max_threads: Option<[u32; 3]>,
    /// `.reqntid`: the only block size, if declared.
    pub required_threads: Option<[u32; 3]>,
    /// `.minnctapersm`, if declared.
    pub min_blocks: Option<u32>,
}

/// A variable of a module, in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Its address.
    pub address: u64,
    /// Its size in bytes.
    pub size: u64,
}

impl Program {
    /// Decodes a module.
    ///
    /// # Errors
    ///
    /// If a name is unknown, a type does not fit or a limit is passed; functions and variables that are declared `.extern` and
    /// nowhere defined are errors too. An instruction that the emulator does not have is none: it faults when it is reached.
    pub fn load(tree: &Tree<'_>) -> Result<Program, PtxError> {
        let _ = tree;
        unimplemented!()
    }

    /// Decodes several modules that use each other's functions and variables.
    ///
    /// # Errors
    ///
    /// As [`load`](Program::load), and if two modules define the same visible name.
    pub fn link(trees: &[Tree<'_>]) -> Result<Program, PtxError> {
        let _ = trees;
        unimplemented!()
    }

    /// The kernels, in the order of the text.
    #[must_use]
    pub fn kernels(&self) -> &[Kernel] {
        unimplemented!()
    }

    /// The kernel of that name.
    #[must_use]
    pub fn kernel(&self, name: &str) -> Option<&Kernel> {
        self.kernels().iter().find(|kernel| kernel.name == name)
    }
}

/// A program whose variables have addresses. Dropping it frees them.
#[derive(Debug)]
pub struct Image {}

impl Image {
    /// Allocates the program's global and constant variables and gives them their initial values.
    ///
    /// # Errors
    ///
    /// If the memory is full.
    pub fn place(program: Arc<Program>, memory: Arc<GlobalMemory>) -> Result<Image, MemoryError> {
        let _ = (program, memory);
        unimplemented!()
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        unimplemented!()
    }

    /// The global or constant variable of that name.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        let _ = name;
        unimplemented!()
    }
}
