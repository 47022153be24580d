//! `cvt`.

use super::data::type_of;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar;
use crate::emu::exec::scalar::convert::{self, Conversion};
use crate::emu::program::op::{Class, Convert, Op, Reg, Scalar};
use crate::emu::program::types::Type;
use crate::emu::ptx::Instruction;

impl<'a> Decoder<'a, '_> {
    pub(super) fn cvt(&mut self, i: &Instruction<'a>) -> Result<()> {
        let from = type_of(i)?;
        let to = i.modifiers.iter().rev().nth(1).copied().unwrap_or_default();
        let to = Type::parse(to);
        let to = to.ok_or_else(|| Reject::Unsupported("from or to this type".to_owned()))?;
        let conversion = Conversion {
            to,
            from,
            rounding: convert::Rounding::of(&i.modifiers),
            saturate: i.modifiers.contains(&"sat"),
            relu: i.modifiers.contains(&"relu"),
            flush: i.modifiers.contains(&"ftz"),
        };
        let [dst, sources @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        let dst = self.dst(dst, i.place)?;
        let sources = sources.iter().map(|source| self.src(source, from, i.place));
        let sources = sources.collect::<Result<Vec<Reg>>>()?;
        match sources.as_slice() {
            [src] => self.cvt_one(&conversion, dst, *src),
            // The first is the upper half.
            [high, low] => self.cvt_two(&conversion, dst, *high, *low),
            _ => Err(error_at(i.place, "one or two values expected").into()),
        }
    }

    fn cvt_one(&mut self, conversion: &Conversion, dst: Reg, src: Reg) -> Result<()> {
        if let Some(convert) = vectorised(conversion, dst, src) {
            self.emit(Op::Convert(convert, dst.slot, src.slot));
            return Ok(());
        }
        if !conversion.is_possible() {
            return Err(Reject::Unsupported("from or to this type".to_owned()));
        }
        // A register that is wider than the result is extended by the result's sign.
        let is_wider = u32::from(dst.bits) > conversion.to.bits();
        let result = if is_wider {
            self.new_reg(conversion.to)?
        } else {
            dst
        };
        match extension(conversion) {
            Some(f) => self.scalar(f, result, &[src]),
            None => {
                let code = self.narrow_constant(conversion.code())?;
                self.scalar(convert::convert, result, &[src, code]);
            }
        }
        if is_wider && conversion.to.is_signed() {
            let bits = self.narrow_constant(conversion.to.bits())?;
            self.scalar(|x| sign_extend(x[0], x[1] as u32), dst, &[result, bits]);
        } else if is_wider {
            self.move_reg(dst, result);
        }
        Ok(())
    }

    fn cvt_two(&mut self, conversion: &Conversion, dst: Reg, high: Reg, low: Reg) -> Result<()> {
        let to = match conversion.to {
            Type::F16x2 => Type::F16,
            Type::Bf16x2 => Type::Bf16,
            _ => return Err(Reject::Unsupported(String::new())),
        };
        let code = Conversion { to, ..*conversion }.code();
        let code = self.narrow_constant(code)?;
        let (upper, lower) = (self.new_reg(to)?, self.new_reg(to)?);
        self.scalar(convert::convert, upper, &[high, code]);
        self.scalar(convert::convert, lower, &[low, code]);
        self.scalar(|x| x[0] << 16 | x[1], dst, &[upper, lower]);
        Ok(())
    }
}

/// Conversions between integers that only extend and cut.
fn extension(conversion: &Conversion) -> Option<Scalar> {
    let is_integer = conversion.to.is_integer() && conversion.from.is_integer();
    if conversion.saturate || !is_integer {
        return None;
    }
    let from = conversion.from;
    Some(match (from.bits(), from.is_signed()) {
        (8, true) => |x| scalar::signed::<8>(x[0]) as u64,
        (16, true) => |x| scalar::signed::<16>(x[0]) as u64,
        (32, true) => |x| scalar::signed::<32>(x[0]) as u64,
        (8, false) => |x| scalar::unsigned::<8>(x[0]),
        (16, false) => |x| scalar::unsigned::<16>(x[0]),
        (32, false) => |x| scalar::unsigned::<32>(x[0]),
        _ => |x| x[0],
    })
}

fn sign_extend(value: u64, bits: u32) -> u64 {
    let shift = 64 - bits;
    ((value << shift) as i64 >> shift) as u64
}

/// The conversion that is done for all lanes at once, if there is one.
fn vectorised(conversion: &Conversion, dst: Reg, src: Reg) -> Option<Convert> {
    use convert::Rounding;
    if conversion.saturate || conversion.flush || conversion.relu {
        return None;
    }
    let is_32 = |ty: Type| ty.is_integer() && ty.bits() == 32;
    let is_64 = |ty: Type| ty.is_integer() && ty.bits() == 64;
    let (to, from) = (conversion.to, conversion.from);
    let classes = (dst.class, src.class);
    let nearest = matches!(conversion.rounding, None | Some(Rounding::NearestEven));
    let convert = match (to, from) {
        _ if is_64(to) && is_32(from) && classes == (Class::Wide, Class::Narrow) => {
            if from.is_signed() {
                Convert::SignExtend
            } else {
                Convert::ZeroExtend
            }
        }
        _ if is_32(to) && is_64(from) && classes == (Class::Narrow, Class::Wide) => {
            Convert::Truncate
        }
        (Type::F32, Type::S32) if nearest => Convert::SingleOfSigned,
        (Type::F32, Type::U32) if nearest => Convert::SingleOfUnsigned,
        (Type::F64, Type::S32) => Convert::DoubleOfSigned,
        (Type::F64, Type::F32) => Convert::DoubleOfSingle,
        (Type::F32, Type::F64) if nearest => Convert::SingleOfDouble,
        (Type::S32, Type::F32) if conversion.rounding == Some(Rounding::IntegerZero) => {
            Convert::SignedOfSingle
        }
        _ => return None,
    };
    (u32::from(dst.bits) == to.bits() && u32::from(src.bits) == from.bits()).then_some(convert)
}
