//! What names mean inside of a function.

use std::collections::HashMap;

use super::Result;
use crate::emu::program::op::{Area, Class, Reg};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Place, PtxError};

/// A name that a body declares.
#[derive(Debug, Clone)]
pub(super) enum Local {
    Reg(Reg),
    /// `%r<count>`: registers are made when they are first used.
    Family {
        ty: Type,
        count: u64,
    },
    /// Bytes of the frame's local memory: `.local`, and `.param` that belongs to a call or to a device function.
    Frame(Area),
    /// A kernel's parameter: where it is in the buffer of parameters.
    Param(u32),
    /// Where it is in shared memory.
    Shared(u32),
    /// Which of the function's lists of targets.
    BranchTargets(u32),
    Prototype,
}

/// The names of nested blocks, each with a number of its own.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    open: Vec<(usize, HashMap<&'a str, Local>)>,
    /// The scope around each.
    parents: Vec<usize>,
    labels: HashMap<(usize, &'a str), u32>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Scopes<'a> {
        Scopes {
            open: vec![(0, HashMap::new())],
            parents: vec![0],
            labels: HashMap::new(),
        }
    }

    pub(super) fn enter(&mut self) {
        let number = self.parents.len();
        self.parents.push(self.current());
        self.open.push((number, HashMap::new()));
    }

    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    pub(super) fn current(&self) -> usize {
        self.open.last().map_or(0, |(number, _)| *number)
    }

    pub(super) fn declare(&mut self, name: &'a str, local: Local, place: Place) -> Result<()> {
        let Some((_, names)) = self.open.last_mut() else {
            return Ok(());
        };
        if names.insert(name, local).is_some() {
            let message = format!("`{name}` is declared twice");
            return Err(PtxError::new(place.line, place.column, message).into());
        }
        Ok(())
    }

    pub(super) fn find(&self, name: &str) -> Option<&Local> {
        self.open
            .iter()
            .rev()
            .find_map(|(_, names)| names.get(name))
    }

    /// The family that a register's name belongs to: how far from the top its scope is, its type.
    pub(super) fn family(&self, name: &str) -> Option<(usize, Type)> {
        let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, number) = name.split_at(name.len() - digits);
        let number: u64 = number.parse().ok()?;
        let scopes = self.open.iter().enumerate().rev();
        scopes
            .into_iter()
            .find_map(|(index, (_, names))| match names.get(prefix) {
                Some(Local::Family { ty, count }) if number < *count => Some((index, *ty)),
                _ => None,
            })
    }

    /// Remembers a register in the scope of its family.
    pub(super) fn remember(&mut self, scope: usize, name: &'a str, reg: Reg) {
        self.open[scope].1.insert(name, Local::Reg(reg));
    }

    pub(super) fn set_label(&mut self, name: &'a str, target: u32, place: Place) -> Result<()> {
        if self.labels.insert((self.current(), name), target).is_some() {
            let message = format!("label `{name}` is defined twice");
            return Err(PtxError::new(place.line, place.column, message).into());
        }
        Ok(())
    }

    /// The label that a name means in a scope.
    pub(super) fn label(&self, mut scope: usize, name: &str) -> Option<u32> {
        loop {
            if let Some(target) = self.labels.get(&(scope, name)) {
                return Some(*target);
            }
            if scope == 0 {
                return None;
            }
            scope = self.parents[scope];
        }
    }
}

/// The class that registers of a type have.
pub(super) fn class(ty: Type) -> Class {
    match ty.bits() {
        1 => Class::Pred,
        64 => Class::Wide,
        _ => Class::Narrow,
    }
}
