//! A module ready to run: names resolved, instructions decoded.

mod decode;
mod function;
mod image;
mod link;
pub(crate) mod op;
mod tables;
pub(crate) mod types;

use std::collections::HashMap;

pub(crate) use self::function::Function;
pub use self::image::{Image, Symbol};
use self::link::{Entity, Global};
use super::exec::plan::Plan;
use super::ptx::{self, PtxError, Tree};

/// Decoded functions and the variables that they use.
#[derive(Debug)]
pub struct Program {
    kernels: Vec<Kernel>,
    /// Where each kernel is among them: of several with a name, the first.
    by_name: HashMap<String, usize>,
    functions: Vec<Function>,
    globals: Vec<Global>,
    files: Vec<String>,
}

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
    /// An estimate of 32-bit registers a thread: what the PTX uses, at most 255.
    pub registers: usize,
    /// `.maxntid`: the largest block, if declared.
    pub max_threads: Option<[u32; 3]>,
    /// `.reqntid`: the only block size, if declared.
    pub required_threads: Option<[u32; 3]>,
    /// `.minnctapersm`, if declared.
    pub min_blocks: Option<u32>,
    /// Index among the functions.
    function: u32,
}

impl Kernel {
    pub(crate) fn function(&self) -> u32 {
        self.function
    }
}

impl Program {
    /// Decodes a module.
    ///
    /// # Errors
    ///
    /// If a name is unknown, a type does not fit or a limit is passed; functions and variables that are declared `.extern` and
    /// nowhere defined are errors too. An instruction that the emulator does not have is none: it faults when it is reached.
    pub fn load(tree: &Tree<'_>) -> Result<Program, PtxError> {
        Program::link(std::slice::from_ref(tree))
    }

    /// Decodes several modules that use each other's functions and variables.
    ///
    /// # Errors
    ///
    /// As [`load`](Program::load), and if two modules define the same visible name.
    pub fn link(trees: &[Tree<'_>]) -> Result<Program, PtxError> {
        let linked = link::link(trees)?;
        let mut program = Program {
            kernels: Vec::new(),
            by_name: HashMap::new(),
            functions: Vec::new(),
            globals: Vec::new(),
            files: Vec::new(),
        };
        for (module, function) in &linked.functions {
            let module = &linked.modules[*module];
            // A kernel that calls nothing needs no room for what only device functions use.
            let shared = match linked.shared {
                0 => 0,
                shared if may_use_shared(function, module) => shared,
                _ => 0,
            };
            let mut decoded = decode::decode(module, function, shared)?;
            let mut params = None;
            if function.is_entry {
                let shared = decoded.shared as usize;
                let index = program.functions.len() as u32;
                let kernel = kernel(function, &decoded.function, index, shared)?;
                params = Some(kernel.params_size);
                let place = program.kernels.len();
                program.by_name.entry(kernel.name.clone()).or_insert(place);
                program.kernels.push(kernel);
            }
            decoded.function.plan = Plan::of(&decoded.function, params);
            program.functions.push(decoded.function);
        }
        let constants = linked.globals.iter().filter(|global| global.is_const);
        let constant = constants.map(|global| global.layout.size as usize).sum();
        for kernel in &mut program.kernels {
            kernel.constant = constant;
        }
        program.globals = linked.globals;
        program.files = linked.files;
        Ok(program)
    }

    /// The kernels, in the order of the text.
    #[must_use]
    pub fn kernels(&self) -> &[Kernel] {
        &self.kernels
    }

    /// The kernel of that name.
    #[must_use]
    pub fn kernel(&self, name: &str) -> Option<&Kernel> {
        self.by_name.get(name).map(|place| &self.kernels[*place])
    }

    pub(crate) fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The name of a file of `.loc`s.
    pub(crate) fn file(&self, index: u32) -> Option<&str> {
        let index = (index as usize).checked_sub(1)?;
        self.files.get(index).map(String::as_str)
    }
}

/// Whether a kernel may touch the shared variables of its module, itself or through what it calls.
fn may_use_shared(function: &ptx::Function<'_>, module: &link::Module<'_>) -> bool {
    let body = function.body.iter().flatten();
    let mut instructions = body.filter_map(|statement| match statement {
        ptx::Statement::Instruction(instruction) => Some(instruction),
        _ => None,
    });
    let is_shared = |name: &str| matches!(module.entity(name), Some(Entity::Shared(_)));
    instructions.any(|instruction| {
        instruction.opcode == "call"
            || instruction.operands.iter().any(|operand| match operand {
                ptx::Operand::Name(name) | ptx::Operand::Offset(name, _) => is_shared(name),
                ptx::Operand::Address(address) => is_shared(address.base),
                _ => false,
            })
    })
}

fn kernel(
    function: &ptx::Function<'_>,
    decoded: &Function,
    index: u32,
    static_shared: usize,
) -> Result<Kernel, PtxError> {
    let mut params = Vec::new();
    let mut end = 0usize;
    for variable in &function.params {
        let layout = decode::layout(variable)?;
        let offset = end.next_multiple_of(layout.align as usize);
        end = offset + layout.size as usize;
        params.push(Param {
            name: variable.name.to_owned(),
            offset,
            size: layout.size as usize,
            align: layout.align as usize,
        });
    }
    let registers = decoded.narrow + 2 * decoded.wide;
    Ok(Kernel {
        name: function.name.to_owned(),
        params,
        params_size: end,
        static_shared,
        constant: 0,
        local: decoded.local_declared as usize,
        registers: registers.clamp(16, 255),
        max_threads: function.max_threads,
        required_threads: function.required_threads,
        min_blocks: function.min_blocks,
        function: index,
    })
}
