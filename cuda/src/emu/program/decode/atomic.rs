//! `atom` and `red`.

use super::data::{space, type_of};
use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar;
use crate::emu::program::op::{AtomicKind, AtomicOp, Op};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand};

const OPERATIONS: [&str; 10] = [
    "add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec",
];

impl<'a> Decoder<'a, '_> {
    pub(super) fn atomic(&mut self, i: &Instruction<'a>) -> Result<()> {
        let ty = type_of(i)?;
        let operation = i.modifiers.iter().find(|word| OPERATIONS.contains(word));
        let operation = *operation.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let mut operands = i.operands.as_slice();
        let mut dst = None;
        if i.opcode == "atom" {
            let (first, rest) = self.split_first(operands, i)?;
            dst = self.dst_or_sink(first, i.place)?;
            operands = rest;
        }
        let (address, rest) = self.split_first(operands, i)?;
        let (a, rest) = self.split_first(rest, i)?;
        if matches!(a, Operand::Vector(_)) || ty.bits() == 8 {
            return Err(Reject::Unsupported(String::new()));
        }
        let address = self.address(address, space(i), i.place)?;
        let a = self.src(a, ty, i.place)?;
        let is_cas = operation == "cas";
        let b = match rest.first() {
            Some(b) if is_cas => Some(self.src(b, ty, i.place)?),
            None if is_cas => return Err(error_at(i.place, "a new value expected").into()),
            _ => None,
        };
        let kind = if is_cas {
            AtomicKind::CompareAndSwap
        } else {
            let f = scalar::atomic(operation, ty);
            AtomicKind::Update(f.ok_or_else(|| Reject::Unsupported(String::new()))?)
        };
        self.function.atomics.push(AtomicOp {
            kind,
            address,
            size: ty.bytes(),
            dst,
            a,
            b,
            is_add: operation == "add" && is_plain_integer(ty),
        });
        let index = self.function.atomics.len() as u32 - 1;
        self.emit(Op::Atomic(index));
        Ok(())
    }

    fn split_first<'o>(
        &self,
        operands: &'o [Operand<'a>],
        i: &Instruction<'a>,
    ) -> Result<(&'o Operand<'a>, &'o [Operand<'a>])> {
        let split = operands.split_first();
        split.ok_or_else(|| error_at(i.place, "more operands expected").into())
    }
}

fn is_plain_integer(ty: Type) -> bool {
    matches!(ty, Type::U32 | Type::S32 | Type::U64 | Type::S64)
}
