//! A program whose variables have addresses.

use std::sync::Arc;

use super::decode::code_address;
use super::link::{Entity, Global, Relocation};
use super::op::WideConst;
use super::{Function, Program};
use crate::emu::memory::{GlobalMemory, MemoryError, window};

/// A variable of a module, in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Its address.
    pub address: u64,
    /// Its size in bytes.
    pub size: u64,
}

/// A program whose variables have addresses. Dropping it frees them.
#[derive(Debug)]
pub struct Image {
    program: Arc<Program>,
    memory: Arc<GlobalMemory>,
    /// Of each variable.
    addresses: Vec<u64>,
    /// The wide constants of each function.
    constants: Vec<Vec<u64>>,
}

impl Image {
    /// Allocates the program's global and constant variables and gives them their initial values.
    ///
    /// # Errors
    ///
    /// If the memory is full.
    pub fn place(program: Arc<Program>, memory: Arc<GlobalMemory>) -> Result<Image, MemoryError> {
        let mut image = Image {
            program,
            memory,
            addresses: Vec::new(),
            constants: Vec::new(),
        };
        // What was placed before a failure is freed by `drop`.
        for global in &image.program.globals {
            let size = global.layout.size.max(1);
            let address = match global.is_const {
                true => image.memory.alloc_constant(size)?,
                false => image.memory.alloc(size)?,
            };
            image.addresses.push(address);
        }
        for (index, global) in image.program.globals.iter().enumerate() {
            image.initialise(global, image.addresses[index])?;
        }
        let constants = image
            .program
            .functions
            .iter()
            .map(|function| image.resolve(function));
        image.constants = constants.collect();
        Ok(image)
    }

    fn initialise(&self, global: &Global, address: u64) -> Result<(), MemoryError> {
        let mut bytes = global.bytes.clone();
        // As on the GPU, what has no initial value is zero.
        bytes.resize(global.layout.size.max(1) as usize, 0);
        for relocation in &global.relocations {
            self.relocate(relocation, &mut bytes);
        }
        self.memory.write(address, &bytes)
    }

    fn relocate(&self, relocation: &Relocation, bytes: &mut [u8]) {
        let base = match relocation.entity {
            Entity::Function(index) => code_address(index),
            Entity::Variable(index) => self.addresses[index as usize],
            Entity::Shared(offset) => window::SHARED + u64::from(offset),
            Entity::DynamicShared | Entity::Builtin(_) => 0,
        };
        let address = base.wrapping_add(relocation.offset as u64).to_le_bytes();
        let wanted = match relocation.byte {
            Some(byte) => &address[byte as usize..=byte as usize],
            None => &address[..],
        };
        for (to, from) in bytes.iter_mut().skip(relocation.at).zip(wanted) {
            *to = *from;
        }
    }

    fn resolve(&self, function: &Function) -> Vec<u64> {
        let constants = function.wide_consts.iter();
        let value = |value: &WideConst| match *value {
            WideConst::Bits(bits) => bits,
            WideConst::Symbol(index, offset) => {
                self.addresses[index as usize].wrapping_add(offset as u64)
            }
        };
        constants.map(|(_, constant)| value(constant)).collect()
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The global or constant variable of that name: one that is visible to other modules, or else the first of that name.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        let named = |global: &Global| global.name == name;
        let globals = &self.program.globals;
        let visible = globals
            .iter()
            .position(|global| global.is_visible && named(global));
        let index = visible.or_else(|| globals.iter().position(named))?;
        Some(Symbol {
            address: self.addresses[index],
            size: self.program.globals[index].layout.size,
        })
    }

    /// The wide constants of a function, in the order of its `wide_consts`.
    pub(crate) fn constants(&self, function: u32) -> &[u64] {
        &self.constants[function as usize]
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        for address in &self.addresses {
            // It was allocated here and is freed nowhere else; a kernel's `free` of it is the kernel's error.
            let _ = self.memory.free(*address);
        }
    }
}
