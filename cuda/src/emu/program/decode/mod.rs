//! The body of a function to operations.

mod arithmetic;
mod atomic;
mod compare;
mod control;
mod convert;
mod data;
mod mbarrier;
mod memory;
mod names;
mod operand;
mod special;
mod texture;
mod video;
mod warp;

use std::collections::HashMap;

use self::names::{Local, Scopes};
pub(super) use self::operand::code_address;
use super::function::{Function, Origin};
use super::link::{Entity, Module};
use super::op::{Area, Guard, Instr, Op, Slot, WideConst};
use super::types::Type;
use crate::emu::ptx::{self, Instruction, Place, PtxError, Space, Statement, Variable};

/// Why an instruction is not decoded.
#[derive(Debug)]
pub(super) enum Reject {
    /// The text is wrong.
    Error(PtxError),
    /// The emulator lacks something: it matters only if the instruction is reached.
    Unsupported(String),
}

impl From<PtxError> for Reject {
    fn from(error: PtxError) -> Reject {
        Reject::Error(error)
    }
}

type Result<T> = std::result::Result<T, Reject>;

/// Registers of a class that a function may use.
const MAX_SLOTS: usize = u16::MAX as usize;
/// Bytes of local memory that a function may declare.
const MAX_LOCAL: u64 = 512 << 10;
/// Bytes of parameters that a kernel may declare, from compute capability 7.0 on.
const MAX_PARAMS: u64 = 32_764;
/// Bytes of shared memory that kernels and modules may declare themselves; more can only be asked for at the launch.
pub(super) const MAX_STATIC_SHARED: u64 = 48 << 10;
/// Bytes of constant memory that modules may declare together.
pub(super) const MAX_CONSTANT: u64 = 64 << 10;

pub(super) struct Decoder<'a, 'm> {
    module: &'m Module<'a>,
    is_entry: bool,
    function: Function,
    scopes: Scopes<'a>,
    narrow_consts: HashMap<u32, Slot>,
    wide_consts: HashMap<WideConst, Slot>,
    /// The carry flag, once it is used.
    carry: Option<Slot>,
    /// Branches whose label's address is not known yet: instruction, scope, label, place.
    open_branches: Vec<(usize, usize, &'a str, Place)>,
    /// The labels of each list of targets, its scope and place.
    open_lists: Vec<(usize, Vec<&'a str>, Place)>,
    guard: Option<Guard>,
    /// The bytes that matter of what the next instruction loads.
    used: u32,
    origin: Origin,
    shared: u32,
    local: u64,
}

/// What decoding a function gives.
pub(super) struct Decoded {
    pub(super) function: Function,
    /// Bytes of shared memory in use, with those that were in use before.
    pub(super) shared: u32,
}

/// Decodes a function. Its own shared variables are put behind `shared` bytes.
pub(super) fn decode<'a>(
    module: &Module<'a>,
    function: &ptx::Function<'a>,
    shared: u32,
) -> std::result::Result<Decoded, PtxError> {
    let mut decoder = Decoder {
        module,
        is_entry: function.is_entry,
        function: Function {
            name: function.name.to_owned(),
            ..Function::default()
        },
        scopes: Scopes::new(),
        narrow_consts: HashMap::new(),
        wide_consts: HashMap::new(),
        carry: None,
        open_branches: Vec::new(),
        open_lists: Vec::new(),
        guard: None,
        used: !0,
        origin: Origin::default(),
        shared,
        local: 0,
    };
    match decoder.whole(function) {
        Ok(()) => Ok(Decoded {
            function: decoder.function,
            shared: decoder.shared,
        }),
        Err(Reject::Error(error)) => Err(error),
        // Outside of an instruction nothing is merely unsupported.
        Err(Reject::Unsupported(message)) => Err(error_at(function.place, message)),
    }
}

pub(super) fn error_at(place: Place, message: impl Into<String>) -> PtxError {
    PtxError::new(place.line, place.column, message)
}

impl<'a> Decoder<'a, '_> {
    fn whole(&mut self, function: &ptx::Function<'a>) -> Result<()> {
        self.parameters(function)?;
        for statement in function.body.iter().flatten() {
            self.statement(statement)?;
        }
        // The end of a body returns.
        self.origin.source = (0, 0);
        self.emit(Op::Return);
        self.close_branches()?;
        self.function.local = self.local.next_multiple_of(16) as u32;
        Ok(())
    }

    fn parameters(&mut self, function: &ptx::Function<'a>) -> Result<()> {
        if self.is_entry {
            return self.kernel_parameters(&function.params);
        }
        for variable in &function.params {
            let area = self.frame_variable(variable)?;
            self.function.params.push(area);
        }
        for variable in &function.returns {
            let area = self.frame_variable(variable)?;
            self.function.returns.push(area);
        }
        Ok(())
    }

    fn kernel_parameters(&mut self, params: &[Variable<'a>]) -> Result<()> {
        let mut offset = 0;
        for variable in params {
            let layout = layout(variable)?;
            offset = place_behind(&mut 0, offset, layout, MAX_PARAMS, variable)?;
            let local = Local::Param(offset as u32);
            self.scopes.declare(variable.name, local, variable.place)?;
            offset += layout.size;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement<'a>) -> Result<()> {
        match statement {
            Statement::Open => self.scopes.enter(),
            Statement::Close => self.scopes.leave(),
            Statement::Source(file, line) => {
                let file = self.module.file(*file);
                self.origin.source = (file, *line);
            }
            Statement::Label(name, place) => {
                let target = self.next_index();
                self.scopes.set_label(name, target, *place)?;
            }
            Statement::Registers(registers) => self.registers(registers)?,
            Statement::Variable(variable) => self.variable(variable)?,
            Statement::BranchTargets(name, labels, place) => {
                let local = Local::BranchTargets(self.open_lists.len() as u32);
                self.scopes.declare(name, local, *place)?;
                let scope = self.scopes.current();
                self.open_lists.push((scope, labels.clone(), *place));
            }
            Statement::CallPrototype(name, place) => {
                self.scopes.declare(name, Local::Prototype, *place)?;
            }
            Statement::UsedBytes(mask) => self.used = *mask,
            Statement::Instruction(instruction) => {
                self.instruction(instruction)?;
                self.used = !0;
            }
        }
        Ok(())
    }

    fn registers(&mut self, registers: &ptx::Registers<'a>) -> Result<()> {
        let ty = Type::parse(registers.ty);
        let ty = ty.ok_or_else(|| {
            let message = format!("registers of type `.{}` are not supported", registers.ty);
            error_at(registers.place, message)
        })?;
        let local = match registers.count {
            Some(count) => Local::Family { ty, count },
            None => Local::Reg(self.new_reg(ty)?),
        };
        self.scopes.declare(registers.name, local, registers.place)
    }

    fn variable(&mut self, variable: &Variable<'a>) -> Result<()> {
        match variable.space {
            Space::Local => {
                let before = self.local;
                self.frame_variable(variable)?;
                self.function.local_declared += (self.local - before) as u32;
            }
            Space::Param => {
                self.frame_variable(variable)?;
            }
            Space::Shared => {
                let layout = layout(variable)?;
                let mut shared = u64::from(self.shared);
                let end = shared;
                let offset = place_behind(&mut shared, end, layout, MAX_STATIC_SHARED, variable)?;
                self.shared = shared as u32;
                let local = Local::Shared(offset as u32);
                self.scopes.declare(variable.name, local, variable.place)?;
            }
            Space::Global | Space::Const => {
                let message = "global variables inside of a function are not supported";
                return Err(error_at(variable.place, message).into());
            }
        }
        Ok(())
    }

    fn frame_variable(&mut self, variable: &Variable<'a>) -> Result<Area> {
        let layout = layout(variable)?;
        let mut local = self.local;
        let offset = place_behind(&mut local, self.local, layout, MAX_LOCAL, variable)?;
        self.local = local;
        let area = Area {
            offset: offset as u32,
            size: layout.size as u32,
        };
        // Prototypes and calls without results use `_`.
        if variable.name != "_" {
            self.scopes
                .declare(variable.name, Local::Frame(area), variable.place)?;
        }
        Ok(area)
    }

    /// The index that the next instruction will have.
    fn next_index(&self) -> u32 {
        self.function.code.len() as u32
    }

    fn emit(&mut self, op: Op) {
        self.function.code.push(Instr {
            op,
            guard: self.guard,
        });
        self.function.origins.push(self.origin);
    }

    fn instruction(&mut self, instruction: &Instruction<'a>) -> Result<()> {
        self.origin.line = instruction.place.line;
        self.guard = match instruction.guard {
            Some((name, negated)) => Some(self.guard_of(name, negated, instruction.place)?),
            None => None,
        };
        match self.operation(instruction) {
            Err(Reject::Unsupported(what)) => self.unsupported(instruction, &what),
            other => other?,
        }
        self.guard = None;
        Ok(())
    }

    /// The name of an instruction with all its words.
    fn mnemonic(instruction: &Instruction<'a>) -> String {
        let mut text = instruction.opcode.to_owned();
        for word in &instruction.modifiers {
            text.push('.');
            text.push_str(word);
        }
        text
    }

    fn unsupported(&mut self, instruction: &Instruction<'a>, what: &str) {
        let line = instruction.place.line;
        let mnemonic = Self::mnemonic(instruction);
        let text = if what.is_empty() {
            format!("`{mnemonic}` in line {line} of the PTX")
        } else {
            format!("`{mnemonic}` in line {line} of the PTX: {what}")
        };
        self.function.unsupported.push(text);
        let index = self.function.unsupported.len() as u32 - 1;
        self.emit(Op::Unsupported(index));
    }

    fn close_branches(&mut self) -> Result<()> {
        for (index, scope, label, place) in std::mem::take(&mut self.open_branches) {
            let target = self.target(scope, label, place)?;
            self.function.code[index].op = Op::Branch(target);
        }
        for (scope, labels, place) in std::mem::take(&mut self.open_lists) {
            let targets = labels.iter().map(|label| self.target(scope, label, place));
            let targets = targets.collect::<Result<Vec<u32>>>()?;
            self.function.targets.push(targets);
        }
        Ok(())
    }

    fn target(&self, scope: usize, label: &str, place: Place) -> Result<u32> {
        let target = self.scopes.label(scope, label);
        target.ok_or_else(|| error_at(place, format!("there is no label `{label}`")).into())
    }

    fn entity(&self, name: &str) -> Option<Entity> {
        self.module.entity(name)
    }
}

/// Size and alignment of a variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) size: u64,
    pub(super) align: u64,
}

/// How much room a variable needs.
pub(super) fn layout(variable: &Variable<'_>) -> std::result::Result<Layout, PtxError> {
    let error = |message: &str| error_at(variable.place, format!("`{}` {message}", variable.name));
    let ty = Type::parse(variable.ty).filter(|ty| *ty != Type::Pred);
    let ty = ty.ok_or_else(|| error("has no type that memory may have"))?;
    let element = u64::from(ty.bytes()) * variable.vector;
    let align = variable.align.unwrap_or(element);
    if !align.is_power_of_two() || align > 1 << 16 {
        return Err(error("has an alignment that is no power of two"));
    }
    let size = variable.elements.unwrap_or(0).checked_mul(element);
    let size = size.filter(|size| *size < 1 << 40);
    Ok(Layout {
        size: size.ok_or_else(|| error("is too large"))?,
        align,
    })
}

/// The offset of a variable behind those before it. `used` then counts it.
pub(super) fn place_behind(
    used: &mut u64,
    end: u64,
    layout: Layout,
    limit: u64,
    variable: &Variable<'_>,
) -> std::result::Result<u64, PtxError> {
    let offset = end.next_multiple_of(layout.align);
    if offset.saturating_add(layout.size) > limit {
        let message = format!(
            "`{}` does not fit: {limit} bytes are the limit",
            variable.name
        );
        return Err(error_at(variable.place, message));
    }
    *used = offset + layout.size;
    Ok(offset)
}
