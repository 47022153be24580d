//! Operands to slots.

use super::names::{Local, class};
use super::{Decoder, MAX_SLOTS, Reject, Result, error_at};
use crate::emu::exec::scalar::half;
use crate::emu::memory::window;
use crate::emu::program::link::Entity;
use crate::emu::program::op::{Class, Guard, Op, Reg, Scalar, ScalarOp, Slot, WideConst};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand, Place};

impl<'a> Decoder<'a, '_> {
    // Registers.

    pub(super) fn new_reg(&mut self, ty: Type) -> Result<Reg> {
        self.new_slot(class(ty), ty.bits() as u8)
    }

    fn new_slot(&mut self, class: Class, bits: u8) -> Result<Reg> {
        let count = match class {
            Class::Narrow => &mut self.function.narrow,
            Class::Wide => &mut self.function.wide,
            Class::Pred => &mut self.function.preds,
        };
        if *count >= MAX_SLOTS {
            let name = &self.function.name;
            return Err(Reject::Unsupported(format!(
                "`{name}` has too many registers"
            )));
        }
        let slot = *count as Slot;
        *count += 1;
        Ok(Reg { class, slot, bits })
    }

    /// The register of that name.
    pub(super) fn reg(&mut self, name: &'a str, place: Place) -> Result<Reg> {
        match self.scopes.find(name) {
            Some(Local::Reg(reg)) => return Ok(*reg),
            Some(_) => {}
            None => {
                if let Some((scope, ty)) = self.scopes.family(name) {
                    let reg = self.new_reg(ty)?;
                    self.scopes.remember(scope, name, reg);
                    return Ok(reg);
                }
            }
        }
        Err(error_at(place, format!("there is no register `{name}`")).into())
    }

    pub(super) fn pred(&mut self, name: &'a str, place: Place) -> Result<Slot> {
        let reg = self.reg(name, place)?;
        if reg.class == Class::Pred {
            return Ok(reg.slot);
        }
        Err(error_at(place, format!("`{name}` is no predicate")).into())
    }

    pub(super) fn guard_of(&mut self, name: &'a str, negated: bool, place: Place) -> Result<Guard> {
        let slot = self.pred(name, place)?;
        Ok(Guard { slot, negated })
    }

    /// The operands of an instruction, of which there must be so many.
    pub(super) fn operands<'i, const N: usize>(
        instruction: &'i Instruction<'a>,
    ) -> Result<&'i [Operand<'a>; N]> {
        let operands = instruction.operands.as_slice();
        operands.try_into().map_err(|_| {
            let mnemonic = Self::mnemonic(instruction);
            let message = format!("`{mnemonic}` has {N} operands, not {}", operands.len());
            error_at(instruction.place, message).into()
        })
    }

    /// An operand that is written.
    pub(super) fn dst(&mut self, operand: &Operand<'a>, place: Place) -> Result<Reg> {
        match operand {
            Operand::Name(name) => self.reg(name, place),
            _ => Err(error_at(place, "a register expected").into()),
        }
    }

    /// An operand that is written, or `_`.
    pub(super) fn dst_or_sink(
        &mut self,
        operand: &Operand<'a>,
        place: Place,
    ) -> Result<Option<Reg>> {
        match operand {
            Operand::Name("_") => Ok(None),
            _ => self.dst(operand, place).map(Some),
        }
    }

    // Values.

    /// An operand that is read, as a value of a type.
    pub(super) fn src(&mut self, operand: &Operand<'a>, ty: Type, place: Place) -> Result<Reg> {
        match operand {
            Operand::Name(name) => self.named(name, 0, ty, place),
            Operand::Offset(name, offset) => self.named(name, *offset, ty, place),
            Operand::Component(name, component) => {
                let special = self.special(name, Some(component), place)?;
                let reg = self.new_reg(ty)?;
                self.emit(Op::Special(reg, special));
                Ok(reg)
            }
            Operand::Not(name) => self.not(name, place),
            Operand::Int(value) => self.constant(int_bits(*value, ty), ty),
            Operand::Single(bits) => self.constant(single_bits(*bits, ty), ty),
            Operand::Double(bits) => self.constant(double_bits(*bits, ty), ty),
            _ => Err(error_at(place, "a register or a number expected").into()),
        }
    }

    fn not(&mut self, name: &'a str, place: Place) -> Result<Reg> {
        let slot = self.pred(name, place)?;
        let reg = self.new_reg(Type::Pred)?;
        self.emit(Op::PredNot(reg.slot, slot));
        Ok(reg)
    }

    fn named(&mut self, name: &'a str, offset: i64, ty: Type, place: Place) -> Result<Reg> {
        if name == "WARP_SZ" {
            return self.constant(32, ty);
        }
        match self.scopes.find(name) {
            Some(Local::Frame(area)) => {
                let offset = i64::from(area.offset) + offset;
                let reg = self.new_reg(ty)?;
                self.emit(Op::LocalAddress(reg, offset as u32));
                Ok(reg)
            }
            Some(Local::Shared(at)) => {
                let address = i64::from(*at).wrapping_add(offset);
                self.constant(address as u64, ty)
            }
            Some(Local::Param(at)) => {
                let address = i64::from(*at).wrapping_add(offset);
                self.constant(window::PARAM.wrapping_add(address as u64), ty)
            }
            Some(Local::Reg(reg)) => Ok(*reg),
            None if self.scopes.family(name).is_some() => self.reg(name, place),
            None if name.starts_with('%') => {
                let special = self.special(name, None, place)?;
                let reg = self.new_reg(ty)?;
                self.emit(Op::Special(reg, special));
                Ok(reg)
            }
            _ => self.entity_address(name, offset, ty, place),
        }
    }

    fn entity_address(
        &mut self,
        name: &'a str,
        offset: i64,
        ty: Type,
        place: Place,
    ) -> Result<Reg> {
        match self.entity(name) {
            Some(Entity::Variable(index)) => self.wide_constant(WideConst::Symbol(index, offset)),
            Some(Entity::Shared(at)) => {
                self.constant(i64::from(at).wrapping_add(offset) as u64, ty)
            }
            Some(Entity::DynamicShared) => self.dynamic_shared(offset, ty),
            Some(Entity::Function(index)) => self.constant(code_address(index), ty),
            Some(Entity::Builtin(_)) => {
                Err(Reject::Unsupported(format!("the address of `{name}`")))
            }
            None => Err(error_at(place, format!("`{name}` is not defined")).into()),
        }
    }

    fn dynamic_shared(&mut self, offset: i64, ty: Type) -> Result<Reg> {
        let base = self.new_reg(ty)?;
        self.emit(Op::DynamicShared(base));
        if offset == 0 {
            return Ok(base);
        }
        let offset = self.constant(offset as u64, ty)?;
        let sum = self.new_reg(ty)?;
        self.scalar(|x| x[0].wrapping_add(x[1]), sum, &[base, offset]);
        Ok(sum)
    }

    // Constants.

    pub(super) fn constant(&mut self, bits: u64, ty: Type) -> Result<Reg> {
        match class(ty) {
            Class::Wide => self.wide_constant(WideConst::Bits(bits)),
            Class::Narrow => {
                let mask = (!0u32) >> (32 - ty.bits());
                let slot = self.narrow_constant(bits as u32 & mask)?;
                Ok(Reg {
                    bits: ty.bits() as u8,
                    ..slot
                })
            }
            Class::Pred => {
                // Predicates have no constant slots: comparing a constant with itself makes one.
                let reg = self.new_reg(Type::Pred)?;
                let value = self.narrow_constant(u32::from(bits != 0))?;
                self.scalar(|x| x[0], reg, &[value]);
                Ok(reg)
            }
        }
    }

    pub(super) fn narrow_constant(&mut self, bits: u32) -> Result<Reg> {
        let reg = |slot| Reg {
            class: Class::Narrow,
            slot,
            bits: 32,
        };
        if let Some(slot) = self.narrow_consts.get(&bits) {
            return Ok(reg(*slot));
        }
        let slot = self.new_slot(Class::Narrow, 32)?.slot;
        self.narrow_consts.insert(bits, slot);
        self.function.narrow_consts.push((slot, bits));
        Ok(reg(slot))
    }

    fn wide_constant(&mut self, value: WideConst) -> Result<Reg> {
        let reg = |slot| Reg {
            class: Class::Wide,
            slot,
            bits: 64,
        };
        if let Some(slot) = self.wide_consts.get(&value) {
            return Ok(reg(*slot));
        }
        let slot = self.new_slot(Class::Wide, 64)?.slot;
        self.wide_consts.insert(value, slot);
        self.function.wide_consts.push((slot, value));
        Ok(reg(slot))
    }

    // Operations.

    /// Emits an operation lane by lane.
    pub(super) fn scalar(&mut self, f: Scalar, dst: Reg, src: &[Reg]) {
        let mut sources = [None; 4];
        for (place, reg) in sources.iter_mut().zip(src) {
            *place = Some(*reg);
        }
        self.function.scalars.push(ScalarOp {
            f,
            dst,
            src: sources,
        });
        let index = self.function.scalars.len() as u32 - 1;
        self.emit(Op::Scalar(index));
    }

    /// A wide or narrow register's value as a narrow one.
    pub(super) fn narrow(&mut self, reg: Reg) -> Result<Slot> {
        match reg.class {
            Class::Narrow => Ok(reg.slot),
            _ => {
                let narrow = self.new_reg(Type::B32)?;
                self.scalar(|x| x[0], narrow, &[reg]);
                Ok(narrow.slot)
            }
        }
    }
}

/// The address of a function.
pub(crate) fn code_address(index: u32) -> u64 {
    window::CODE + u64::from(index) * window::CODE_STEP
}

fn int_bits(value: i128, ty: Type) -> u64 {
    match ty {
        Type::F32 => u64::from((value as f32).to_bits()),
        Type::F64 => (value as f64).to_bits(),
        _ => value as u64,
    }
}

fn single_bits(bits: u32, ty: Type) -> u64 {
    match ty {
        Type::F64 => f64::from(f32::from_bits(bits)).to_bits(),
        Type::F16 => half::f16_of(f64::from(f32::from_bits(bits))),
        Type::Bf16 => half::bf16_of(f64::from(f32::from_bits(bits))),
        _ => u64::from(bits),
    }
}

fn double_bits(bits: u64, ty: Type) -> u64 {
    let value = f64::from_bits(bits);
    match ty {
        Type::F32 => u64::from((value as f32).to_bits()),
        Type::F16 => half::f16_of(value),
        Type::Bf16 => half::bf16_of(value),
        _ => bits,
    }
}
