//! Moves, and addresses between spaces.

use super::{Decoder, Reject, Result, error_at};
use crate::emu::memory::window;
use crate::emu::program::op::{Class, MemorySpace, Op, Reg};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand, Place};

/// The type that the last word of an instruction names.
pub(super) fn type_of(i: &Instruction<'_>) -> Result<Type> {
    // Behind the type of integers' `min` and `max` there may be this one.
    let words = i.modifiers.iter().rev();
    let word = words.copied().find(|word| *word != "relu");
    let word = word.unwrap_or_default();
    // Behind that of `prmt` there may be a mode.
    let named = match i.opcode {
        "prmt" => i.modifiers.first().copied().unwrap_or_default(),
        _ => word,
    };
    Type::parse(named).ok_or_else(|| {
        let known = ["b128", "e4m3x2", "e5m2x2", "tf32", "u16x2", "s16x2"];
        if known.contains(&word) {
            return Reject::Unsupported(format!("type `.{word}`"));
        }
        error_at(i.place, format!("`{}` has no type", i.opcode)).into()
    })
}

impl<'a> Decoder<'a, '_> {
    pub(super) fn mov(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        match Self::operands::<2>(i)? {
            [Operand::Vector(parts), value] => self.unpack(parts, value, ty, i.place),
            [dst, Operand::Vector(parts)] => self.pack(dst, parts, ty, i.place),
            [dst, value] => {
                let dst = self.dst(dst, i.place)?;
                let value = self.src(value, ty, i.place)?;
                self.move_reg(dst, value);
                Ok(())
            }
        }
    }

    pub(super) fn move_reg(&mut self, dst: Reg, src: Reg) {
        match (dst.class, src.class) {
            (Class::Narrow, Class::Narrow) if src.bits <= dst.bits => {
                self.emit(Op::MoveNarrow(dst.slot, src.slot));
            }
            (Class::Wide, Class::Wide) => self.emit(Op::MoveWide(dst.slot, src.slot)),
            (Class::Pred, Class::Pred) => self.emit(Op::MovePred(dst.slot, src.slot)),
            _ => self.scalar(|x| x[0], dst, &[src]),
        }
    }

    /// `mov.b64 {lo, hi}, x`
    fn unpack(
        &mut self,
        parts: &[Operand<'a>],
        value: &Operand<'a>,
        ty: Type,
        place: Place,
    ) -> Result<()> {
        let value = self.src(value, ty, place)?;
        let width = ty.bits() / (parts.len() as u32).max(1);
        for (index, part) in parts.iter().enumerate() {
            let Some(dst) = self.dst_or_sink(part, place)? else {
                continue;
            };
            let shift = self.narrow_constant(index as u32 * width)?;
            self.scalar(|x| x[0] >> (x[1] & 63), dst, &[value, shift]);
        }
        Ok(())
    }

    /// `mov.b64 x, {lo, hi}`
    fn pack(
        &mut self,
        dst: &Operand<'a>,
        parts: &[Operand<'a>],
        ty: Type,
        place: Place,
    ) -> Result<()> {
        let dst = self.dst(dst, place)?;
        let part_type = match ty.bits() / (parts.len() as u32).max(1) {
            8 => Type::B8,
            16 => Type::B16,
            32 => Type::B32,
            _ => return Err(error_at(place, "the parts do not make the whole").into()),
        };
        let parts = parts.iter().map(|part| self.src(part, part_type, place));
        let parts = parts.collect::<Result<Vec<Reg>>>()?;
        match (parts.as_slice(), part_type) {
            ([_, _], Type::B32) => self.scalar(|x| x[0] | x[1] << 32, dst, &parts),
            ([_, _], Type::B16) => self.scalar(|x| x[0] | x[1] << 16, dst, &parts),
            ([_, _], _) => self.scalar(|x| x[0] | x[1] << 8, dst, &parts),
            ([_, _, _, _], Type::B16) => {
                self.scalar(|x| x[0] | x[1] << 16 | x[2] << 32 | x[3] << 48, dst, &parts);
            }
            ([_, _, _, _], _) => {
                self.scalar(|x| x[0] | x[1] << 8 | x[2] << 16 | x[3] << 24, dst, &parts);
            }
            _ => return Err(Reject::Unsupported("so many parts".to_owned())),
        }
        Ok(())
    }

    /// Global and constant addresses are generic ones already; the others lie in their windows.
    pub(super) fn cvta(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, src] = Self::operands::<2>(i)?;
        let ty = type_of(i)?;
        let src = self.src(src, ty, i.place)?;
        let dst = self.dst(dst, i.place)?;
        let is_back = i.modifiers.contains(&"to");
        match (space(i), is_back) {
            (MemorySpace::Shared | MemorySpace::Local | MemorySpace::Param, true) => {
                self.scalar(|x| x[0] & 0xffff_ffff, dst, &[src]);
            }
            (MemorySpace::Shared, false) => self.scalar(|x| x[0] | window::SHARED, dst, &[src]),
            (MemorySpace::Local, false) => self.scalar(|x| x[0] | window::LOCAL, dst, &[src]),
            (MemorySpace::Param, false) => self.scalar(|x| x[0] | window::PARAM, dst, &[src]),
            _ => self.move_reg(dst, src),
        }
        Ok(())
    }

    pub(super) fn isspacep(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, address] = Self::operands::<2>(i)?;
        let dst = self.dst(dst, i.place)?;
        let address = self.src(address, Type::B64, i.place)?;
        if dst.class != Class::Pred || address.class != Class::Wide {
            return Err(error_at(i.place, "a predicate and an address expected").into());
        }
        self.emit(Op::IsSpace(space(i), dst.slot, address.slot));
        Ok(())
    }
}

/// The space that an instruction names.
pub(super) fn space(i: &Instruction<'_>) -> MemorySpace {
    let named = i.modifiers.iter().find_map(|word| {
        Some(match word.split("::").next().unwrap_or_default() {
            "global" => MemorySpace::Global,
            "const" => MemorySpace::Const,
            "shared" => MemorySpace::Shared,
            "local" => MemorySpace::Local,
            "param" => MemorySpace::Param,
            _ => return None,
        })
    });
    named.unwrap_or(MemorySpace::Generic)
}
