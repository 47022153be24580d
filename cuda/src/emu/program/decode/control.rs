//! Branches, calls, and which file decodes which instruction.

use super::names::Local;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::program::link::Entity;
use crate::emu::program::op::{Area, CallOp, Class, Guard, Op, Target};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand, Place};

impl<'a> Decoder<'a, '_> {
    pub(super) fn operation(&mut self, i: &Instruction<'a>) -> Result<()> {
        match i.opcode {
            "bra" => self.bra(i),
            "brx" => self.unguarded(i, Self::brx),
            "call" => self.unguarded(i, Self::call),
            "ret" => self.unguarded_op(Op::Return),
            "exit" => self.unguarded_op(Op::Exit),
            "trap" => self.unguarded_op(Op::Trap),
            "nanosleep" | "griddepcontrol" => self.unguarded_op(Op::Yield),
            "brkpt" | "prefetch" | "prefetchu" | "discard" | "applypriority" | "pmevent"
            | "setmaxnreg" | "createpolicy" => self.nothing(i),
            "membar" | "fence" => self.fence(i),
            "bar" | "barrier" => self.unguarded(i, Self::barrier),
            "shfl" => self.unguarded(i, Self::shuffle),
            "vote" => self.unguarded(i, Self::vote),
            "match" => self.unguarded(i, Self::match_lanes),
            "redux" => self.unguarded(i, Self::redux),
            "elect" => self.unguarded(i, Self::elect),
            "activemask" => self.active_mask(i),
            "mov" => self.mov(i),
            "cvta" => self.cvta(i),
            "isspacep" => self.isspacep(i),
            "cvt" => self.cvt(i),
            "setp" => self.setp(i),
            "set" => self.set(i),
            "selp" => self.selp(i),
            "slct" => self.slct(i),
            "ld" | "ldu" => self.load(i),
            "st" => self.store(i),
            "atom" | "red" => self.atomic(i),
            "cp" => self.copy_async(i),
            "mbarrier" => self.unguarded(i, Self::mbarrier),
            "tex" | "tld4" => self.texture(i),
            "suld" | "sust" => self.surface(i),
            "txq" | "suq" => self.query(i),
            _ => self.arithmetic(i),
        }
    }

    fn nothing(&mut self, i: &Instruction<'a>) -> Result<()> {
        if i.opcode == "createpolicy" {
            // The policy is a hint that nothing reads.
            let dst = self.dst(&i.operands[0], i.place)?;
            let zero = self.constant(0, Type::B64)?;
            self.scalar(|_| 0, dst, &[zero]);
            return Ok(());
        }
        self.emit(Op::Nop);
        Ok(())
    }

    fn fence(&mut self, i: &Instruction<'a>) -> Result<()> {
        if i.modifiers.contains(&"tensormap::generic") {
            return Err(Reject::Unsupported(String::new()));
        }
        self.emit(Op::Fence);
        Ok(())
    }

    /// Decodes an instruction that moves lanes: its guard becomes a branch around it.
    fn unguarded(
        &mut self,
        i: &Instruction<'a>,
        decode: impl FnOnce(&mut Self, &Instruction<'a>) -> Result<()>,
    ) -> Result<()> {
        let around = self.branch_around();
        let result = decode(self, i);
        if let (Some(index), Err(Reject::Unsupported(what))) = (around, &result) {
            self.unsupported(i, what);
            self.land(Some(index));
            return Ok(());
        }
        self.land(around);
        result
    }

    fn unguarded_op(&mut self, op: Op) -> Result<()> {
        let around = self.branch_around();
        self.emit(op);
        self.land(around);
        Ok(())
    }

    fn branch_around(&mut self) -> Option<usize> {
        let Guard { slot, negated } = self.guard?;
        let inverse = Guard {
            slot,
            negated: !negated,
        };
        self.guard = Some(inverse);
        let index = self.function.code.len();
        self.emit(Op::Branch(0));
        self.guard = None;
        Some(index)
    }

    fn land(&mut self, around: Option<usize>) {
        if let Some(index) = around {
            self.function.code[index].op = Op::Branch(self.next_index());
        }
    }

    fn bra(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [Operand::Name(label)] = Self::operands::<1>(i)? else {
            return Err(error_at(i.place, "a label expected").into());
        };
        let index = self.function.code.len();
        let scope = self.scopes.current();
        self.open_branches.push((index, scope, label, i.place));
        self.emit(Op::Branch(0));
        Ok(())
    }

    fn brx(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [index, Operand::Name(list)] = Self::operands::<2>(i)? else {
            return Err(error_at(i.place, "an index and a list of targets expected").into());
        };
        let index = self.src(index, Type::U32, i.place)?;
        let index = self.narrow(index)?;
        let Some(Local::BranchTargets(list)) = self.scopes.find(list) else {
            return Err(error_at(i.place, format!("`{list}` is no list of targets")).into());
        };
        let table = self.function.branches.len();
        self.function.branches.push((index, *list));
        self.emit(Op::BranchIndex(table as u32));
        Ok(())
    }

    // Calls.

    /// `call (results), target, (arguments), prototype;` where all but the target may be missing.
    fn call(&mut self, i: &Instruction<'a>) -> Result<()> {
        let mut operands = i.operands.as_slice();
        let mut results = Vec::new();
        if let [Operand::Group(group), rest @ ..] = operands {
            results = self.areas(group, i.place)?;
            operands = rest;
        }
        let Some((Operand::Name(target), rest)) = operands.split_first() else {
            return Err(error_at(i.place, "a function expected").into());
        };
        let args = match rest.first() {
            Some(Operand::Group(group)) => self.areas(group, i.place)?,
            _ => Vec::new(),
        };
        let target = self.call_target(target, i.place)?;
        self.function.calls.push(CallOp {
            target,
            args,
            results,
        });
        let index = self.function.calls.len() as u32 - 1;
        self.emit(Op::Call(index));
        Ok(())
    }

    fn areas(&self, operands: &[Operand<'a>], place: Place) -> Result<Vec<Area>> {
        let area = |operand: &Operand<'a>| match operand {
            Operand::Name(name) => match self.scopes.find(name) {
                Some(Local::Frame(area)) => Ok(*area),
                _ => Err(error_at(place, format!("`{name}` is no parameter")).into()),
            },
            _ => Err(Reject::Unsupported(
                "a call without parameter memory".to_owned(),
            )),
        };
        operands.iter().map(area).collect()
    }

    fn call_target(&mut self, name: &'a str, place: Place) -> Result<Target> {
        match self.entity(name) {
            Some(Entity::Function(index)) => return Ok(Target::Function(index)),
            Some(Entity::Builtin(builtin)) => return Ok(Target::Builtin(builtin)),
            _ => {}
        }
        let reg = self.reg(name, place)?;
        match reg.class {
            Class::Wide => Ok(Target::Pointer(reg.slot)),
            _ => Err(error_at(place, format!("`{name}` is no pointer")).into()),
        }
    }
}
