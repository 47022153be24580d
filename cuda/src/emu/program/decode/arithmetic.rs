//! Arithmetic: for all lanes at once where there is an operation for it, else lane by lane.

use super::data::type_of;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar::{self, video::Video};
use crate::emu::program::op::{Class, Float2, Int2, Op, Pred2, Reg};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand};

impl<'a> Decoder<'a, '_> {
    pub(super) fn arithmetic(&mut self, i: &Instruction<'a>) -> Result<()> {
        if !scalar::is_known(i.opcode) {
            let known = [
                "mma",
                "wmma",
                "ldmatrix",
                "stmatrix",
                "movmatrix",
                "wgmma",
                "multimem",
                "clusterlaunchcontrol",
                "tcgen05",
                "mapa",
                "getctarank",
                "istypep",
                "alloca",
                "stacksave",
                "stackrestore",
                "sured",
                "tensormap",
            ];
            if is_video(i.opcode) {
                return self.video(i);
            }
            if known.contains(&i.opcode) {
                return Err(Reject::Unsupported(String::new()));
            }
            let message = format!("there is no instruction `{}`", i.opcode);
            return Err(error_at(i.place, message).into());
        }
        if let Some(video) = Video::of_pairs(i.opcode, &i.modifiers) {
            return self.short_pairs(video, i);
        }
        let ty = type_of(i)?;
        let Some((first, sources)) = i.operands.split_first() else {
            return Err(error_at(i.place, "operands expected").into());
        };
        let (dst, second) = match first {
            Operand::Pair(pair) => (&pair.0, Some(&pair.1)),
            single => (single, None),
        };
        let mut src = Vec::with_capacity(4);
        for (index, operand) in sources.iter().enumerate() {
            let ty = operand_type(i, index, ty);
            src.push(self.src(operand, ty, i.place)?);
        }
        if src.len() > 4 {
            return Err(error_at(i.place, "at most four operands expected").into());
        }
        let dst = self.dst(dst, i.place)?;
        if uses_carry(i) {
            return self.with_carry(i, ty, dst, &src);
        }
        if second.is_some() {
            return Err(Reject::Unsupported("with two results".to_owned()));
        }
        if let Some(op) = vectorised(i, ty, dst, &src) {
            self.emit(op);
            return Ok(());
        }
        let f = scalar::lookup(i.opcode, &i.modifiers, ty);
        let f = f.ok_or_else(|| Reject::Unsupported(String::new()))?;
        if ty.is_float() {
            let mode = scalar::Mode::bits(&i.modifiers);
            let zero = self.narrow_constant(0)?;
            src.resize(3, zero);
            src.push(self.narrow_constant(mode)?);
        }
        self.scalar(f, dst, &src);
        Ok(())
    }

    /// `add.cc`, `addc`, `madc` and so on: the carry flag is a predicate that no text can name.
    fn with_carry(&mut self, i: &Instruction<'a>, ty: Type, dst: Reg, src: &[Reg]) -> Result<()> {
        let flag = self.carry_flag()?;
        let takes = i.opcode.ends_with('c');
        let gives = i.modifiers.contains(&"cc");
        let (sum, carry) = scalar::carrying(i.opcode, &i.modifiers, ty)
            .ok_or_else(|| Reject::Unsupported(String::new()))?;
        let zero = self.constant(0, Type::B32)?;
        let mut inputs = src.to_vec();
        inputs.push(if takes { flag } else { zero });
        let new_flag = self.new_reg(Type::Pred)?;
        if gives {
            self.scalar(carry, new_flag, &inputs);
        }
        self.scalar(sum, dst, &inputs);
        if gives {
            self.emit(Op::MovePred(flag.slot, new_flag.slot));
        }
        Ok(())
    }

    fn carry_flag(&mut self) -> Result<Reg> {
        let slot = match self.carry {
            Some(slot) => slot,
            None => self.new_reg(Type::Pred)?.slot,
        };
        self.carry = Some(slot);
        Ok(Reg {
            class: Class::Pred,
            slot,
            bits: 1,
        })
    }
}

/// Whether an instruction is one of those for video.
fn is_video(opcode: &str) -> bool {
    let name = opcode.strip_suffix(['2', '4']).unwrap_or(opcode);
    let on_one = [
        "vadd", "vsub", "vabsdiff", "vmin", "vmax", "vset", "vshl", "vshr", "vmad",
    ];
    let on_many = name != opcode && (on_one[..6].contains(&name) || name == "vavrg");
    on_many || on_one.contains(&opcode)
}

fn uses_carry(i: &Instruction<'_>) -> bool {
    matches!(i.opcode, "addc" | "subc" | "madc") || i.modifiers.contains(&"cc")
}

/// The type of a source where it is not that of the instruction.
fn operand_type(i: &Instruction<'_>, index: usize, ty: Type) -> Type {
    match (i.opcode, index) {
        ("shl" | "shr", 1) | ("bfe", 1 | 2) | ("bfi", 2 | 3) | ("lop3", 3) => Type::U32,
        ("shf" | "prmt" | "dp4a" | "dp2a" | "szext" | "bmsk" | "fns", _) => Type::B32,
        ("mul" | "mad", 2) if i.modifiers.contains(&"wide") => match ty {
            Type::U16 | Type::S16 => Type::U32,
            _ => Type::U64,
        },
        ("fma" | "add" | "sub", _) if i.modifiers.len() > 1 => mixed_type(i, index, ty),
        _ => ty,
    }
}

/// `add.f32.f16 d, a, c;`: a is of the second type.
fn mixed_type(i: &Instruction<'_>, index: usize, ty: Type) -> Type {
    let types = i
        .modifiers
        .iter()
        .filter_map(|word| Type::parse(word))
        .count();
    let last = if i.opcode == "fma" { 2 } else { 1 };
    if types == 2 && index == last {
        Type::F32
    } else {
        ty
    }
}

/// The operation for all lanes at once, if there is one.
fn vectorised(i: &Instruction<'_>, ty: Type, dst: Reg, src: &[Reg]) -> Option<Op> {
    let bits = ty.bits();
    let is = |class: Class, bits: u32| {
        let fits = |reg: &Reg| reg.class == class && u32::from(reg.bits) == bits;
        fits(&dst) && src.iter().all(fits)
    };
    if ty.is_float() {
        return float(i, ty, dst, src);
    }
    if ty == Type::Pred {
        return predicate(i, dst, src);
    }
    if i.modifiers.contains(&"sat") {
        return None;
    }
    if i.modifiers.contains(&"wide") {
        return wide_product(i, ty, dst, src);
    }
    match (i.opcode, src) {
        ("lop3", [a, b, c, _]) if is(Class::Narrow, 32) => {
            let table = i.operands.last()?;
            let Operand::Int(table) = table else {
                return None;
            };
            Some(Op::Logic3(*table as u8, dst.slot, a.slot, b.slot, c.slot))
        }
        ("mul", [a, b]) if i.modifiers.contains(&"hi") => {
            let fits = is(Class::Narrow, 32) && !ty.is_signed();
            fits.then_some(Op::MulHighUnsigned(dst.slot, a.slot, b.slot))
        }
        ("mad", [a, b, c]) if i.modifiers.contains(&"lo") => {
            if is(Class::Narrow, 32) {
                Some(Op::MulAdd(dst.slot, a.slot, b.slot, c.slot))
            } else if is(Class::Wide, 64) {
                Some(Op::WideMulAdd(dst.slot, a.slot, b.slot, c.slot))
            } else {
                None
            }
        }
        ("shl" | "shr", [a, b]) if bits == 64 && a.class == Class::Wide => {
            let shifts = dst.class == Class::Wide && b.class == Class::Narrow;
            shifts.then_some(Op::WideShift(integer(i, ty)?, dst.slot, a.slot, b.slot))
        }
        (_, [a, b]) if is(Class::Narrow, 32) && bits == 32 => {
            Some(Op::Narrow2(integer(i, ty)?, dst.slot, a.slot, b.slot))
        }
        (opcode, [a, b]) if is(Class::Wide, 64) && !matches!(opcode, "min" | "max") => {
            Some(Op::Wide2(integer(i, ty)?, dst.slot, a.slot, b.slot))
        }
        _ => None,
    }
}

fn integer(i: &Instruction<'_>, ty: Type) -> Option<Int2> {
    let signed = ty.is_signed();
    Some(match i.opcode {
        "add" => Int2::Add,
        "sub" => Int2::Sub,
        "mul" if i.modifiers.contains(&"lo") => Int2::Mul,
        "and" => Int2::And,
        "or" => Int2::Or,
        "xor" => Int2::Xor,
        "shl" => Int2::Shl,
        "shr" if signed => Int2::ShrSigned,
        "shr" => Int2::ShrUnsigned,
        "min" if i.modifiers.contains(&"relu") => return None,
        "max" if i.modifiers.contains(&"relu") => return None,
        "min" if signed => Int2::MinSigned,
        "min" => Int2::MinUnsigned,
        "max" if signed => Int2::MaxSigned,
        "max" => Int2::MaxUnsigned,
        _ => return None,
    })
}

fn wide_product(i: &Instruction<'_>, ty: Type, dst: Reg, src: &[Reg]) -> Option<Op> {
    let [a, b] = src else { return None };
    let fits = [a, b]
        .iter()
        .all(|reg| reg.class == Class::Narrow && reg.bits == 32);
    if i.opcode != "mul" || !fits || dst.class != Class::Wide {
        return None;
    }
    match ty {
        Type::U32 => Some(Op::MulWideUnsigned(dst.slot, a.slot, b.slot)),
        Type::S32 => Some(Op::MulWideSigned(dst.slot, a.slot, b.slot)),
        _ => None,
    }
}

fn predicate(i: &Instruction<'_>, dst: Reg, src: &[Reg]) -> Option<Op> {
    if dst.class != Class::Pred || src.iter().any(|reg| reg.class != Class::Pred) {
        return None;
    }
    match (i.opcode, src) {
        ("and", [a, b]) => Some(Op::Pred2(Pred2::And, dst.slot, a.slot, b.slot)),
        ("or", [a, b]) => Some(Op::Pred2(Pred2::Or, dst.slot, a.slot, b.slot)),
        ("xor", [a, b]) => Some(Op::Pred2(Pred2::Xor, dst.slot, a.slot, b.slot)),
        ("not", [a]) => Some(Op::PredNot(dst.slot, a.slot)),
        _ => None,
    }
}

/// Only what rounds to nearest and flushes, saturates and propagates nothing.
fn float(i: &Instruction<'_>, ty: Type, dst: Reg, src: &[Reg]) -> Option<Op> {
    let class = match ty {
        Type::F32 => Class::Narrow,
        Type::F64 => Class::Wide,
        _ => return None,
    };
    let plain = i
        .modifiers
        .iter()
        .all(|word| matches!(*word, "rn" | "f32" | "f64"));
    let types = i
        .modifiers
        .iter()
        .filter(|word| Type::parse(word).is_some())
        .count();
    if !plain || types != 1 || dst.class != class || src.iter().any(|reg| reg.class != class) {
        return None;
    }
    let is_single = ty == Type::F32;
    match (i.opcode, src) {
        ("fma" | "mad", [a, b, c]) if is_single => {
            Some(Op::SingleFma(dst.slot, a.slot, b.slot, c.slot))
        }
        ("fma" | "mad", [a, b, c]) => Some(Op::DoubleFma(dst.slot, a.slot, b.slot, c.slot)),
        ("neg", [a]) if is_single => Some(Op::SingleNegate(dst.slot, a.slot)),
        ("abs", [a]) if is_single => Some(Op::SingleAbsolute(dst.slot, a.slot)),
        ("sqrt", [a]) if is_single => Some(Op::SingleSqrt(dst.slot, a.slot)),
        (opcode, [a, b]) => {
            let op = match opcode {
                "add" => Float2::Add,
                "sub" => Float2::Sub,
                "mul" => Float2::Mul,
                "div" => Float2::Div,
                "min" if is_single => Float2::Min,
                "max" if is_single => Float2::Max,
                _ => return None,
            };
            Some(if is_single {
                Op::Single2(op, dst.slot, a.slot, b.slot)
            } else {
                Op::Double2(op, dst.slot, a.slot, b.slot)
            })
        }
        _ => None,
    }
}
