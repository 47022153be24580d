//! What lanes do together.

use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::scalar;
use crate::emu::program::op::{
    BarrierKind, BarrierOp, Class, ElectOp, MatchOp, Op, ReduceOp, Reg, ShuffleMode, ShuffleOp,
    Slot, VoteKind, VoteOp,
};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand};

impl<'a> Decoder<'a, '_> {
    fn narrow_src(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<Slot> {
        let reg = self.src(operand, Type::B32, i.place)?;
        self.narrow(reg)
    }

    fn narrow_dst(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<Slot> {
        match self.dst_or_sink(operand, i.place)? {
            Some(reg) if reg.class == Class::Narrow => Ok(reg.slot),
            Some(_) => Err(error_at(i.place, "a register of 32 bits expected").into()),
            None => Ok(self.new_reg(Type::B32)?.slot),
        }
    }

    /// A predicate that is read, and whether it is negated.
    fn voted(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<(Slot, bool)> {
        match operand {
            Operand::Not(name) => Ok((self.pred(name, i.place)?, true)),
            Operand::Name(name) => Ok((self.pred(name, i.place)?, false)),
            other => Ok((self.src(other, Type::Pred, i.place)?.slot, false)),
        }
    }

    /// `bar.sync 0;`, `barrier.sync.aligned 0, 64;`, `bar.red.popc.u32 d, 0, 64, p;`, `bar.warp.sync m;`
    pub(super) fn barrier(&mut self, i: &Instruction<'a>) -> Result<()> {
        let has = |word| i.modifiers.contains(&word);
        if has("warp") {
            let [members] = Self::operands::<1>(i)?;
            let members = self.narrow_src(members, i)?;
            self.emit(Op::SyncWarp(members));
            return Ok(());
        }
        if has("cluster") {
            return Err(Reject::Unsupported("clusters".to_owned()));
        }
        let aligned = i.opcode == "bar" || has("aligned");
        if has("red") {
            return self.barrier_reduction(i, aligned);
        }
        let (id, threads) = self.barrier_members(&i.operands, i)?;
        let kind = if has("arrive") {
            BarrierKind::Arrive
        } else {
            BarrierKind::Sync
        };
        if kind == BarrierKind::Arrive && threads.is_none() {
            return Err(error_at(i.place, "a number of threads expected").into());
        }
        self.push_barrier(BarrierOp {
            kind,
            id,
            threads,
            negated: false,
            dst: None,
            aligned,
        });
        Ok(())
    }

    fn barrier_members(
        &mut self,
        operands: &[Operand<'a>],
        i: &Instruction<'a>,
    ) -> Result<(Reg, Option<Reg>)> {
        let id = match operands.first() {
            Some(id) => self.src(id, Type::U32, i.place)?,
            None => return Err(error_at(i.place, "a barrier's number expected").into()),
        };
        let threads = match operands.get(1) {
            Some(threads) => Some(self.src(threads, Type::U32, i.place)?),
            None => None,
        };
        Ok((id, threads))
    }

    fn barrier_reduction(&mut self, i: &Instruction<'a>, aligned: bool) -> Result<()> {
        let (Some((dst, rest)), Some(pred)) = (i.operands.split_first(), i.operands.last()) else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        let members = rest
            .split_last()
            .map(|(_, members)| members)
            .unwrap_or_default();
        let (id, threads) = self.barrier_members(members, i)?;
        let (slot, negated) = self.voted(pred, i)?;
        let has = |word| i.modifiers.contains(&word);
        let kind = if has("popc") {
            BarrierKind::Count(slot)
        } else if has("and") {
            BarrierKind::And(slot)
        } else {
            BarrierKind::Or(slot)
        };
        let dst = self.dst(dst, i.place)?;
        self.push_barrier(BarrierOp {
            kind,
            id,
            threads,
            negated,
            dst: Some(dst),
            aligned,
        });
        Ok(())
    }

    fn push_barrier(&mut self, op: BarrierOp) {
        self.function.barriers.push(op);
        let index = self.function.barriers.len() as u32 - 1;
        self.emit(Op::Barrier(index));
    }

    pub(super) fn shuffle(&mut self, i: &Instruction<'a>) -> Result<()> {
        let mode = i.modifiers.iter().find_map(|word| match *word {
            "up" => Some(ShuffleMode::Up),
            "down" => Some(ShuffleMode::Down),
            "bfly" => Some(ShuffleMode::Xor),
            "idx" => Some(ShuffleMode::Index),
            _ => None,
        });
        let mode = mode.ok_or_else(|| error_at(i.place, "no mode is named"))?;
        let [dst, value, lane, clamp, rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        let (dst, valid) = match dst {
            Operand::Pair(pair) => (&pair.0, Some(self.pred_dst(&pair.1, i)?)),
            single => (single, None),
        };
        let op = ShuffleOp {
            mode,
            dst: self.narrow_dst(dst, i)?,
            valid,
            value: self.narrow_src(value, i)?,
            lane: self.narrow_src(lane, i)?,
            clamp: self.narrow_src(clamp, i)?,
            members: match rest.first() {
                Some(members) => Some(self.narrow_src(members, i)?),
                None => None,
            },
        };
        self.function.shuffles.push(op);
        let index = self.function.shuffles.len() as u32 - 1;
        self.emit(Op::Shuffle(index));
        Ok(())
    }

    pub(super) fn pred_dst(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<Slot> {
        match self.dst_or_sink(operand, i.place)? {
            Some(reg) if reg.class == Class::Pred => Ok(reg.slot),
            Some(_) => Err(error_at(i.place, "a predicate expected").into()),
            None => Ok(self.new_reg(Type::Pred)?.slot),
        }
    }

    pub(super) fn vote(&mut self, i: &Instruction<'a>) -> Result<()> {
        let kind = i.modifiers.iter().find_map(|word| match *word {
            "all" => Some(VoteKind::All),
            "any" => Some(VoteKind::Any),
            "uni" => Some(VoteKind::Uniform),
            "ballot" => Some(VoteKind::Ballot),
            _ => None,
        });
        let kind = kind.ok_or_else(|| error_at(i.place, "no mode is named"))?;
        let [dst, pred, rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "more operands expected").into());
        };
        let (pred, negated) = self.voted(pred, i)?;
        let members = match rest.first() {
            Some(members) => Some(self.narrow_src(members, i)?),
            None => None,
        };
        let dst = self.dst(dst, i.place)?;
        self.function.votes.push(VoteOp {
            kind,
            dst,
            pred,
            negated,
            members,
        });
        let index = self.function.votes.len() as u32 - 1;
        self.emit(Op::Vote(index));
        Ok(())
    }

    pub(super) fn match_lanes(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, value, members] = Self::operands::<3>(i)?;
        let (dst, agree) = match dst {
            Operand::Pair(pair) => (&pair.0, Some(self.pred_dst(&pair.1, i)?)),
            single => (single, None),
        };
        let ty = super::data::type_of(i)?;
        let op = MatchOp {
            all: i.modifiers.contains(&"all"),
            dst: self.narrow_dst(dst, i)?,
            agree,
            value: self.src(value, ty, i.place)?,
            members: self.narrow_src(members, i)?,
        };
        self.function.matches.push(op);
        let index = self.function.matches.len() as u32 - 1;
        self.emit(Op::Match(index));
        Ok(())
    }

    pub(super) fn redux(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, value, members] = Self::operands::<3>(i)?;
        let ty = super::data::type_of(i)?;
        let operation = i.modifiers.get(1).copied().unwrap_or_default();
        let f = match ty.is_float() {
            false => scalar::atomic(operation, ty),
            true => None,
        };
        let op = ReduceOp {
            f: f.ok_or_else(|| Reject::Unsupported(String::new()))?,
            dst: self.narrow_dst(dst, i)?,
            value: self.narrow_src(value, i)?,
            members: self.narrow_src(members, i)?,
        };
        self.function.reduces.push(op);
        let index = self.function.reduces.len() as u32 - 1;
        self.emit(Op::Reduce(index));
        Ok(())
    }

    pub(super) fn elect(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, members] = Self::operands::<2>(i)?;
        let Operand::Pair(pair) = dst else {
            return Err(error_at(i.place, "a register and a predicate expected").into());
        };
        let op = ElectOp {
            dst: Some(self.narrow_dst(&pair.0, i)?),
            pred: self.pred_dst(&pair.1, i)?,
            members: self.narrow_src(members, i)?,
        };
        self.function.elects.push(op);
        let index = self.function.elects.len() as u32 - 1;
        self.emit(Op::Elect(index));
        Ok(())
    }

    pub(super) fn active_mask(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst] = Self::operands::<1>(i)?;
        let dst = self.narrow_dst(dst, i)?;
        self.emit(Op::ActiveMask(dst));
        Ok(())
    }
}
