//! Loads, stores and copies.

use super::data::{space, type_of};
use super::names::Local;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::program::link::Entity;
use crate::emu::program::op::{Address, Base, Class, CopyOp, MemoryOp, MemorySpace, Op, Reg};
use crate::emu::program::types::Type;
use crate::emu::ptx::{self, Instruction, Operand, Place};

impl<'a> Decoder<'a, '_> {
    pub(super) fn load(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, address, ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "a register and an address expected").into());
        };
        let ty = type_of(i)?;
        let regs = self.elements(dst, i)?;
        let address = self.address(address, space(i), i.place)?;
        let index = self.memory_op(i, address, ty, regs);
        self.emit(Op::Load(index));
        Ok(())
    }

    pub(super) fn store(&mut self, i: &Instruction<'a>) -> Result<()> {
        if i.modifiers.contains(&"async") {
            return Err(Reject::Unsupported(String::new()));
        }
        let [address, value, ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "an address and a register expected").into());
        };
        let ty = type_of(i)?;
        let parts = match value {
            Operand::Vector(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let regs = parts
            .iter()
            .map(|part| self.src(part, ty, i.place).map(Some));
        let regs = regs.collect::<Result<Vec<Option<Reg>>>>()?;
        let address = self.address(address, space(i), i.place)?;
        self.fence_if_release(i);
        let index = self.memory_op(i, address, ty, regs);
        self.emit(Op::Store(index));
        Ok(())
    }

    /// A release: what the thread has done before is seen before what it does now.
    pub(super) fn fence_if_release(&mut self, i: &Instruction<'a>) {
        let releases = |word: &&str| matches!(*word, "release" | "acq_rel");
        if i.modifiers.iter().any(releases) {
            self.emit(Op::Fence);
        }
    }

    fn memory_op(
        &mut self,
        i: &Instruction<'a>,
        address: Address,
        ty: Type,
        regs: Vec<Option<Reg>>,
    ) -> u32 {
        let strong = ["volatile", "relaxed", "acquire", "release", "mmio"];
        self.function.memories.push(MemoryOp {
            address,
            size: ty.bytes(),
            regs,
            signed: ty.is_signed(),
            used: self.used,
            strong: i.modifiers.iter().any(|word| strong.contains(word)),
        });
        self.function.memories.len() as u32 - 1
    }

    /// The registers that a load fills: one, or those in braces.
    pub(super) fn elements(
        &mut self,
        operand: &Operand<'a>,
        i: &Instruction<'a>,
    ) -> Result<Vec<Option<Reg>>> {
        match operand {
            Operand::Vector(parts) => {
                let regs = parts.iter().map(|part| self.dst_or_sink(part, i.place));
                regs.collect()
            }
            single => Ok(vec![self.dst_or_sink(single, i.place)?]),
        }
    }

    /// `[base+offset]`
    pub(super) fn address(
        &mut self,
        operand: &Operand<'a>,
        space: MemorySpace,
        place: Place,
    ) -> Result<Address> {
        let Operand::Address(address) = operand else {
            return Err(error_at(place, "an address expected").into());
        };
        self.address_in(address, space, place)
    }

    fn address_in(
        &mut self,
        address: &ptx::Address<'a>,
        space: MemorySpace,
        place: Place,
    ) -> Result<Address> {
        let ptx::Address { base, offset, .. } = *address;
        let fixed = |space, base, offset| Address {
            space,
            base,
            offset,
        };
        if base.is_empty() {
            return Ok(fixed(space, Base::Zero, offset));
        }
        match self.scopes.find(base) {
            Some(Local::Frame(area)) => {
                let offset = offset.wrapping_add(i64::from(area.offset));
                return Ok(fixed(MemorySpace::Local, Base::Frame, offset));
            }
            Some(Local::Param(at)) => {
                let offset = offset.wrapping_add(i64::from(*at));
                return Ok(fixed(MemorySpace::Param, Base::Zero, offset));
            }
            Some(Local::Shared(at)) => {
                let offset = offset.wrapping_add(i64::from(*at));
                return Ok(fixed(MemorySpace::Shared, Base::Zero, offset));
            }
            _ => {}
        }
        if let (Some(Entity::Shared(at)), MemorySpace::Shared) = (self.entity(base), space) {
            let offset = offset.wrapping_add(i64::from(at));
            return Ok(fixed(space, Base::Zero, offset));
        }
        let reg = self.src(&Operand::Name(base), Type::B64, place)?;
        let base = match reg.class {
            Class::Narrow => Base::Narrow(reg.slot),
            Class::Wide => Base::Wide(reg.slot),
            Class::Pred => return Err(error_at(place, "a predicate is no address").into()),
        };
        Ok(fixed(space, base, offset))
    }

    /// `cp.async`. The copy is done at once, so that there is nothing to wait for.
    pub(super) fn copy_async(&mut self, i: &Instruction<'a>) -> Result<()> {
        let is_async = i.modifiers.first() == Some(&"async");
        let waits = ["commit_group", "wait_group", "wait_all"];
        if is_async && i.modifiers.iter().any(|word| waits.contains(word)) {
            self.emit(Op::Nop);
            return Ok(());
        }
        if is_async && i.modifiers.contains(&"mbarrier") {
            return self.arrive_after_copies(i);
        }
        let is_plain = matches!(i.modifiers.get(1), Some(&"ca" | &"cg"));
        if !is_async || !is_plain {
            return Err(Reject::Unsupported(String::new()));
        }
        let [to, from, Operand::Int(size), rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "two addresses and a size expected").into());
        };
        let to = self.address(to, MemorySpace::Shared, i.place)?;
        let from = self.address(from, MemorySpace::Global, i.place)?;
        let source_size = match rest.first() {
            Some(operand) => Some(self.source_size(operand, *size, i.place)?),
            None => None,
        };
        let size = match size {
            4 | 8 | 16 => *size as u32,
            _ => return Err(error_at(i.place, "the size is none of 4, 8 and 16").into()),
        };
        self.function.copies.push(CopyOp {
            to,
            from,
            size,
            source_size,
        });
        let index = self.function.copies.len() as u32 - 1;
        self.emit(Op::CopyAsync(index));
        Ok(())
    }

    /// The fourth operand: bytes to read, or a predicate that says to read none.
    fn source_size(&mut self, operand: &Operand<'a>, size: i128, place: Place) -> Result<Reg> {
        let reg = self.src(operand, Type::U32, place)?;
        if reg.class != Class::Pred {
            return Ok(reg);
        }
        let all = self.narrow_constant(size as u32)?;
        let chosen = self.new_reg(Type::U32)?;
        self.scalar(|x| if x[0] == 0 { x[1] } else { 0 }, chosen, &[reg, all]);
        Ok(chosen)
    }
}
