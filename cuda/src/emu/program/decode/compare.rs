//! Comparisons and selections.

use super::data::type_of;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar;
use crate::emu::program::op::{Class, Compared, Op, Pred2, Reg, Slot, Test};
use crate::emu::program::types::{Relation, Type};
use crate::emu::ptx::{Instruction, Operand};

/// The relation of unsigned integers and bits where a word is for them.
fn relation(i: &Instruction<'_>) -> Result<Relation> {
    let found = i.modifiers.iter().find_map(|word| Relation::parse(word));
    found.ok_or_else(|| error_at(i.place, "no relation is named").into())
}

fn combination(i: &Instruction<'_>) -> Option<Pred2> {
    i.modifiers.iter().find_map(|word| match *word {
        "and" => Some(Pred2::And),
        "or" => Some(Pred2::Or),
        "xor" => Some(Pred2::Xor),
        _ => None,
    })
}

impl<'a> Decoder<'a, '_> {
    /// `setp.lt.and.f32 p|q, a, b, c;`
    pub(super) fn setp(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        let [dst, a, b, rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        let (a, b) = (self.src(a, ty, i.place)?, self.src(b, ty, i.place)?);
        let (first, second) = match dst {
            Operand::Pair(pair) => (&pair.0, Some(&pair.1)),
            single => (single, None),
        };
        let flush = i.modifiers.contains(&"ftz");
        if matches!(ty, Type::F16x2 | Type::Bf16x2) {
            return self.setp_halves(i, first, second, a, b);
        }
        let with = match (combination(i), rest.first()) {
            (Some(with), Some(c)) => Some((with, self.src(c, Type::Pred, i.place)?)),
            _ => None,
        };
        let first = self.predicate(first, i)?;
        if second.is_none() && with.is_none() {
            return self.compare(relation(i)?, ty, flush, first, a, b);
        }
        let holds = self.new_reg(Type::Pred)?.slot;
        self.compare(relation(i)?, ty, flush, holds, a, b)?;
        if let Some(second) = second {
            let second = self.predicate(second, i)?;
            let not = self.new_reg(Type::Pred)?.slot;
            self.emit(Op::PredNot(not, holds));
            self.combine(with, second, not);
        }
        self.combine(with, first, holds);
        Ok(())
    }

    fn predicate(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<Slot> {
        match self.dst_or_sink(operand, i.place)? {
            Some(reg) if reg.class == Class::Pred => Ok(reg.slot),
            Some(_) => Err(error_at(i.place, "a predicate expected").into()),
            None => Ok(self.new_reg(Type::Pred)?.slot),
        }
    }

    fn combine(&mut self, with: Option<(Pred2, Reg)>, dst: Slot, holds: Slot) {
        match with {
            Some((op, c)) => self.emit(Op::Pred2(op, dst, holds, c.slot)),
            None => self.emit(Op::MovePred(dst, holds)),
        }
    }

    fn compare(
        &mut self,
        relation: Relation,
        ty: Type,
        flush: bool,
        dst: Slot,
        a: Reg,
        b: Reg,
    ) -> Result<()> {
        let compared = match ty {
            Type::B32 | Type::U32 => Some(Compared::U32),
            Type::S32 => Some(Compared::S32),
            Type::B64 | Type::U64 => Some(Compared::U64),
            Type::S64 => Some(Compared::S64),
            Type::F32 if !flush => Some(Compared::F32),
            Type::F64 => Some(Compared::F64),
            _ => None,
        };
        let class = super::names::class(ty);
        if a.class != class || b.class != class {
            return Err(Reject::Unsupported("operands of another size".to_owned()));
        }
        if let Some(compared) = compared {
            let (test, exchanged) = Test::of(relation, ty.is_float());
            let (a, b) = if exchanged { (b, a) } else { (a, b) };
            self.emit(Op::Compare(compared, test, dst, a.slot, b.slot));
            return Ok(());
        }
        let f = scalar::compare(relation, ty, flush);
        let f = f.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let dst = Reg {
            class: Class::Pred,
            slot: dst,
            bits: 1,
        };
        self.scalar(f, dst, &[a, b]);
        Ok(())
    }

    /// Two halves, two predicates.
    fn setp_halves(
        &mut self,
        i: &Instruction<'a>,
        low: &Operand<'a>,
        high: Option<&Operand<'a>>,
        a: Reg,
        b: Reg,
    ) -> Result<()> {
        if combination(i).is_some() {
            return Err(Reject::Unsupported("with a third operand".to_owned()));
        }
        let element = if type_of(i)? == Type::F16x2 {
            Type::F16
        } else {
            Type::Bf16
        };
        let f = scalar::compare(relation(i)?, element, i.modifiers.contains(&"ftz"));
        let f = f.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let (low_a, low_b) = (self.half(a, 0)?, self.half(b, 0)?);
        let (high_a, high_b) = (self.half(a, 16)?, self.half(b, 16)?);
        if let Some(dst) = self.dst_or_sink(low, i.place)? {
            self.scalar(f, dst, &[low_a, low_b]);
        }
        let high = match high {
            Some(high) => self.dst_or_sink(high, i.place)?,
            None => None,
        };
        if let Some(dst) = high {
            self.scalar(f, dst, &[high_a, high_b]);
        }
        Ok(())
    }

    fn half(&mut self, reg: Reg, shift: u32) -> Result<Reg> {
        let half = self.new_reg(Type::B16)?;
        let shift = self.narrow_constant(shift)?;
        self.scalar(|x| x[0] >> x[1], half, &[reg, shift]);
        Ok(half)
    }

    /// `set.lt.u32.f32 d, a, b;`: all ones or 1.0 if it holds.
    pub(super) fn set(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        let result = i
            .modifiers
            .iter()
            .rev()
            .nth(1)
            .and_then(|word| Type::parse(word));
        let [dst, a, b, rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        if !rest.is_empty() {
            return Err(Reject::Unsupported("with a third operand".to_owned()));
        }
        let (a, b) = (self.src(a, ty, i.place)?, self.src(b, ty, i.place)?);
        let dst = self.dst(dst, i.place)?;
        let flush = i.modifiers.contains(&"ftz");
        let result = result.ok_or_else(|| error_at(i.place, "no type of result"))?;
        if matches!(ty, Type::F16x2 | Type::Bf16x2) {
            return self.set_halves(i, dst, a, b, result);
        }
        let holds = self.new_reg(Type::Pred)?;
        self.compare(relation(i)?, ty, flush, holds.slot, a, b)?;
        let truth = match result {
            Type::F32 => u64::from(1.0f32.to_bits()),
            Type::F16 => 0x3c00,
            Type::Bf16 => 0x3f80,
            _ => !0,
        };
        let class = if dst.class == Class::Wide {
            Type::B64
        } else {
            Type::B32
        };
        let truth = self.constant(truth, class)?;
        self.scalar(|x| if x[0] != 0 { x[1] } else { 0 }, dst, &[holds, truth]);
        Ok(())
    }

    fn set_halves(
        &mut self,
        i: &Instruction<'a>,
        dst: Reg,
        a: Reg,
        b: Reg,
        result: Type,
    ) -> Result<()> {
        let element = if type_of(i)? == Type::F16x2 {
            Type::F16
        } else {
            Type::Bf16
        };
        let f = scalar::compare(relation(i)?, element, i.modifiers.contains(&"ftz"));
        let f = f.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let mut holds = Vec::new();
        for shift in [0, 16] {
            let (a, b) = (self.half(a, shift)?, self.half(b, shift)?);
            let pred = self.new_reg(Type::Pred)?;
            self.scalar(f, pred, &[a, b]);
            holds.push(pred);
        }
        let truth = match result {
            Type::F16x2 => 0x3c00,
            Type::Bf16x2 => 0x3f80,
            _ => 0xffff,
        };
        holds.push(self.narrow_constant(truth)?);
        self.scalar(|x| (x[0] * x[2]) | ((x[1] * x[2]) << 16), dst, &holds);
        Ok(())
    }

    /// d = p ? a : b
    pub(super) fn selp(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        let [dst, a, b, p] = Self::operands::<4>(i)?;
        let (a, b) = (self.src(a, ty, i.place)?, self.src(b, ty, i.place)?);
        let p = self.src(p, Type::Pred, i.place)?;
        let dst = self.dst(dst, i.place)?;
        let is = |class| [dst, a, b].iter().all(|reg| reg.class == class);
        if p.class != Class::Pred {
            return Err(error_at(i.place, "a predicate expected").into());
        }
        if is(Class::Narrow) {
            self.emit(Op::SelectNarrow(dst.slot, a.slot, b.slot, p.slot));
        } else if is(Class::Wide) {
            self.emit(Op::SelectWide(dst.slot, a.slot, b.slot, p.slot));
        } else {
            self.scalar(|x| if x[2] != 0 { x[0] } else { x[1] }, dst, &[a, b, p]);
        }
        Ok(())
    }

    /// d = c >= 0 ? a : b
    pub(super) fn slct(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        let value = i
            .modifiers
            .iter()
            .find_map(|word| Type::parse(word))
            .unwrap_or(ty);
        let [dst, a, b, c] = Self::operands::<4>(i)?;
        let (a, b) = (self.src(a, value, i.place)?, self.src(b, value, i.place)?);
        let c = self.src(c, ty, i.place)?;
        let dst = self.dst(dst, i.place)?;
        if ty == Type::F32 {
            let flush = i.modifiers.contains(&"ftz");
            let f: crate::emu::program::op::Scalar = if flush {
                |x| {
                    if scalar::flush(x[2]) >= 0.0 {
                        x[0]
                    } else {
                        x[1]
                    }
                }
            } else {
                |x| {
                    if f32::from_bits(x[2] as u32) >= 0.0 {
                        x[0]
                    } else {
                        x[1]
                    }
                }
            };
            self.scalar(f, dst, &[a, b, c]);
        } else {
            self.scalar(
                |x| {
                    if (x[2] as u32 as i32) >= 0 {
                        x[0]
                    } else {
                        x[1]
                    }
                },
                dst,
                &[a, b, c],
            );
        }
        Ok(())
    }
}
