//! `atom` and `red`.

use super::data::{space, type_of};
use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar;
use crate::emu::program::op::{Address, AtomicKind, AtomicOp, Op, Reg};
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
            dst = Some(first);
            operands = rest;
        }
        let (address, rest) = self.split_first(operands, i)?;
        let (a, rest) = self.split_first(rest, i)?;
        if i.modifiers.contains(&"async") || ty.bits() == 8 {
            return Err(Reject::Unsupported(String::new()));
        }
        let address = self.address(address, space(i), i.place)?;
        self.fence_if_release(i);
        if let Operand::Vector(parts) = a {
            return self.atomic_vector(operation, ty, (dst, address, parts), i);
        }
        let dst = match dst {
            Some(dst) => self.dst_or_sink(dst, i.place)?,
            None => None,
        };
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
        self.push_atomic(AtomicOp {
            kind,
            address,
            size: ty.bytes(),
            dst,
            a,
            b,
            is_add: operation == "add" && is_plain_integer(ty),
        });
        Ok(())
    }

    fn push_atomic(&mut self, op: AtomicOp) {
        self.function.atomics.push(op);
        let index = self.function.atomics.len() as u32 - 1;
        self.emit(Op::Atomic(index));
    }

    /// `atom.global.add.v2.f32 {c, d}, [address], {a, b};` Each element is an atomic operation for itself.
    fn atomic_vector(
        &mut self,
        operation: &str,
        ty: Type,
        (dst, address, parts): (Option<&Operand<'a>>, Address, &[Operand<'a>]),
        i: &Instruction<'a>,
    ) -> Result<()> {
        let f = scalar::atomic(operation, ty).filter(|_| ty.is_float());
        let f = f.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let dst = match dst {
            Some(dst) => self.elements(dst, i)?,
            None => vec![None; parts.len()],
        };
        if dst.len() != parts.len() {
            return Err(error_at(i.place, "as many results as operands expected").into());
        }
        // All are read before one is written.
        let parts = parts.iter().map(|part| self.src(part, ty, i.place));
        let parts = parts.collect::<Result<Vec<Reg>>>()?;
        let own = |part: &Reg| dst.iter().flatten().any(|dst| dst == part);
        if parts.iter().any(own) {
            return Err(Reject::Unsupported("into its own operands".to_owned()));
        }
        for (index, (a, dst)) in parts.into_iter().zip(dst).enumerate() {
            let offset = index as i64 * i64::from(ty.bytes());
            let offset = address.offset.wrapping_add(offset);
            self.push_atomic(AtomicOp {
                kind: AtomicKind::Update(f),
                address: Address { offset, ..address },
                size: ty.bytes(),
                dst,
                a,
                b: None,
                is_add: false,
            });
        }
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
