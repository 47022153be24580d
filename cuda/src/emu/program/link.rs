//! The names of modules, and what they stand for together.

use std::collections::HashMap;

use super::decode::{Layout, MAX_CONSTANT, MAX_STATIC_SHARED, error_at, layout, place_behind};
use super::op::Builtin;
use crate::emu::ptx::{Function, Init, Linkage, PtxError, Space, Tree, Variable};

/// What a name outside of functions stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
    /// Index among the functions of all modules.
    Function(u32),
    /// Index among the global and constant variables of all modules.
    Variable(u32),
    /// Where a shared variable of a module starts.
    Shared(u32),
    /// `extern __shared__`
    DynamicShared,
    Builtin(Builtin),
}

/// The names of one module.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    names: HashMap<&'a str, Entity>,
    /// The files of its `.loc`s: their index among the program's, plus one.
    files: HashMap<u64, u32>,
}

impl Module<'_> {
    pub(super) fn entity(&self, name: &str) -> Option<Entity> {
        self.names.get(name).copied()
    }

    pub(super) fn file(&self, number: u64) -> u32 {
        self.files.get(&number).copied().unwrap_or(0)
    }
}

/// A global or constant variable.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) name: String,
    pub(super) is_const: bool,
    /// Other modules and the host find it by its name.
    pub(super) is_visible: bool,
    pub(super) layout: Layout,
    pub(super) bytes: Vec<u8>,
    /// Addresses that go into the bytes once they are known.
    pub(super) relocations: Vec<Relocation>,
}

#[derive(Debug)]
pub(super) struct Relocation {
    pub(super) at: usize,
    pub(super) entity: Entity,
    pub(super) offset: i64,
    /// The byte of the address that is wanted, or all eight.
    pub(super) byte: Option<u32>,
}

/// The names of several modules, resolved.
#[derive(Debug, Default)]
pub(super) struct Linked<'t, 'a> {
    pub(super) modules: Vec<Module<'a>>,
    /// Functions with bodies, each with its module.
    pub(super) functions: Vec<(usize, &'t Function<'a>)>,
    pub(super) globals: Vec<Global>,
    pub(super) files: Vec<String>,
    /// Bytes of shared memory that the modules' own shared variables take.
    pub(super) shared: u32,
    /// Bytes of constant memory.
    constant: u64,
    exported: HashMap<&'a str, (Entity, bool)>,
}

fn builtin(name: &str) -> Option<Builtin> {
    match name {
        "vprintf" => Some(Builtin::Vprintf),
        "malloc" => Some(Builtin::Malloc),
        "free" => Some(Builtin::Free),
        "__assertfail" => Some(Builtin::AssertFail),
        _ => None,
    }
}

/// Resolves the names of modules that belong together.
pub(super) fn link<'t, 'a>(trees: &'t [Tree<'a>]) -> Result<Linked<'t, 'a>, PtxError> {
    let mut linked = Linked::default();
    for (index, tree) in trees.iter().enumerate() {
        linked.modules.push(Module::default());
        linked.define_files(tree);
        linked.define(index, tree)?;
    }
    for (index, tree) in trees.iter().enumerate() {
        linked.resolve(index, tree)?;
    }
    linked.initialise(trees)?;
    Ok(linked)
}

impl<'t, 'a> Linked<'t, 'a> {
    fn define_files(&mut self, tree: &Tree<'a>) {
        for (number, name) in &tree.files {
            self.files.push((*name).to_owned());
            let index = self.files.len() as u32;
            if let Some(module) = self.modules.last_mut() {
                module.files.insert(*number, index);
            }
        }
    }

    fn define(&mut self, module: usize, tree: &'t Tree<'a>) -> Result<(), PtxError> {
        for variable in &tree.variables {
            if variable.linkage != Linkage::Extern {
                let place = variable.place;
                let entity = self.variable(variable)?;
                self.name(module, variable.name, variable.linkage, entity)
                    .map_err(|message| error_at(place, message))?;
            }
        }
        for function in &tree.functions {
            if function.body.is_some() {
                let index = self.functions.len() as u32;
                self.functions.push((module, function));
                self.name(
                    module,
                    function.name,
                    function.linkage,
                    Entity::Function(index),
                )
                .map_err(|message| error_at(function.place, message))?;
            }
        }
        Ok(())
    }

    fn variable(&mut self, variable: &Variable<'a>) -> Result<Entity, PtxError> {
        let layout = layout(variable)?;
        match variable.space {
            Space::Shared => {
                let mut used = u64::from(self.shared);
                let end = used;
                let offset = place_behind(&mut used, end, layout, MAX_STATIC_SHARED, variable)?;
                self.shared = used as u32;
                Ok(Entity::Shared(offset as u32))
            }
            Space::Global | Space::Const => {
                if variable.space == Space::Const {
                    let end = self.constant;
                    place_behind(&mut self.constant, end, layout, MAX_CONSTANT, variable)?;
                }
                self.globals.push(Global {
                    name: variable.name.to_owned(),
                    is_const: variable.space == Space::Const,
                    is_visible: variable.linkage != Linkage::Internal,
                    layout,
                    bytes: Vec::new(),
                    relocations: Vec::new(),
                });
                Ok(Entity::Variable(self.globals.len() as u32 - 1))
            }
            _ => Err(error_at(
                variable.place,
                "no variable of a module lives there",
            )),
        }
    }

    fn name(
        &mut self,
        module: usize,
        name: &'a str,
        linkage: Linkage,
        entity: Entity,
    ) -> Result<(), String> {
        // A weak definition gives way to the one before it.
        let yields = matches!(linkage, Linkage::Weak | Linkage::Common);
        if linkage != Linkage::Internal {
            match self.exported.get(name) {
                Some((_, false)) if !yields => return Err(format!("`{name}` is defined twice")),
                Some((earlier, _)) if yields => {
                    let earlier = *earlier;
                    self.modules[module].names.insert(name, earlier);
                    return Ok(());
                }
                _ => {
                    self.exported.insert(name, (entity, yields));
                }
            }
        }
        match self.modules[module].names.insert(name, entity) {
            Some(other) if other != entity => Err(format!("`{name}` is defined twice")),
            _ => Ok(()),
        }
    }

    fn resolve(&mut self, module: usize, tree: &Tree<'a>) -> Result<(), PtxError> {
        for variable in &tree.variables {
            if variable.linkage == Linkage::Extern {
                let entity = match variable.space {
                    Space::Shared => Some(Entity::DynamicShared),
                    _ => self.exported.get(variable.name).map(|found| found.0),
                };
                self.resolved(module, variable.name, entity)
                    .map_err(|message| error_at(variable.place, message))?;
            }
        }
        for function in &tree.functions {
            let is_known = self.modules[module].names.contains_key(function.name);
            if function.body.is_none() && !is_known {
                let exported = self.exported.get(function.name).map(|found| found.0);
                let builtin = builtin(function.name).map(Entity::Builtin);
                self.resolved(module, function.name, exported.or(builtin))
                    .map_err(|message| error_at(function.place, message))?;
            }
        }
        Ok(())
    }

    fn resolved(
        &mut self,
        module: usize,
        name: &'a str,
        entity: Option<Entity>,
    ) -> Result<(), String> {
        let undefined = || format!("`{name}` is declared and nowhere defined");
        let entity = entity.ok_or_else(undefined)?;
        self.modules[module].names.insert(name, entity);
        Ok(())
    }

    fn initialise(&mut self, trees: &[Tree<'a>]) -> Result<(), PtxError> {
        let mut index = 0;
        for (module, tree) in trees.iter().enumerate() {
            let own = |variable: &&Variable<'a>| {
                variable.linkage != Linkage::Extern
                    && matches!(variable.space, Space::Global | Space::Const)
            };
            for variable in tree.variables.iter().filter(own) {
                let (bytes, relocations) = self.initial_bytes(module, variable)?;
                self.globals[index].bytes = bytes;
                self.globals[index].relocations = relocations;
                index += 1;
            }
        }
        Ok(())
    }

    fn initial_bytes(
        &self,
        module: usize,
        variable: &Variable<'a>,
    ) -> Result<(Vec<u8>, Vec<Relocation>), PtxError> {
        let size = element_size(variable);
        let mut bytes = Vec::new();
        let mut relocations = Vec::new();
        for init in &variable.init {
            let value = match init {
                Init::Bits(bits) => float_of_integer(variable.ty, *bits),
                Init::Float(value) => float_bits(variable.ty, *value),
                Init::Address { name, offset, mask } => {
                    let entity = self.modules[module].entity(name);
                    let undefined = || error_at(variable.place, format!("`{name}` is not defined"));
                    relocations.push(Relocation {
                        at: bytes.len(),
                        entity: entity.ok_or_else(undefined)?,
                        offset: *offset,
                        byte: mask.map(|mask| mask.trailing_zeros() / 8),
                    });
                    0
                }
            };
            bytes.extend_from_slice(&value.to_le_bytes()[..size]);
        }
        if bytes.len() as u64 > layout(variable)?.size {
            let message = format!("`{}` has more initial values than elements", variable.name);
            return Err(error_at(variable.place, message));
        }
        Ok((bytes, relocations))
    }
}

fn element_size(variable: &Variable<'_>) -> usize {
    super::types::Type::parse(variable.ty).map_or(1, |ty| ty.bytes() as usize)
}

fn float_of_integer(ty: &str, bits: u64) -> u64 {
    match ty {
        "f32" | "f64" => float_bits(ty, bits as f64),
        _ => bits,
    }
}

fn float_bits(ty: &str, value: f64) -> u64 {
    match ty {
        "f64" | "b64" => value.to_bits(),
        _ => u64::from((value as f32).to_bits()),
    }
}
