//! `mbarrier`: barriers that lie in shared memory.

use super::data::space;
use super::{Decoder, Reject, Result, error_at};
use crate::emu::program::op::{MbarrierKind, MbarrierOp, MemorySpace, Op};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand};

impl<'a> Decoder<'a, '_> {
    /// `mbarrier.arrive.shared.b64 state, [address], count;` and its like.
    pub(super) fn mbarrier(&mut self, i: &Instruction<'a>) -> Result<()> {
        let has = |word| i.modifiers.contains(&word);
        if has("shared::cluster") || has("cluster") {
            return Err(Reject::Unsupported("clusters".to_owned()));
        }
        let all = i.operands.as_slice();
        match (i.modifiers.first().copied().unwrap_or_default(), all) {
            (_, _) if has("expect_tx") || has("complete_tx") => {
                let what = "transactions, which only bulk copies make";
                Err(Reject::Unsupported(what.to_owned()))
            }
            ("init", [address, count]) => {
                self.at_mbarrier(MbarrierKind::Init, None, address, Some(count), i)
            }
            ("inval", [address]) => {
                self.at_mbarrier(MbarrierKind::Invalidate, None, address, None, i)
            }
            (word @ ("arrive" | "arrive_drop"), [state, address, count @ ..]) => {
                let kind = MbarrierKind::Arrive {
                    drops: word == "arrive_drop",
                    completes: !has("noComplete"),
                };
                // What the thread has done is seen by those who wait.
                self.emit(Op::Fence);
                self.at_mbarrier(kind, Some(state), address, count.first(), i)
            }
            ("test_wait" | "try_wait", [done, address, state, ..]) => {
                let kind = match has("parity") {
                    true => MbarrierKind::TestParity,
                    false => MbarrierKind::Test,
                };
                self.at_mbarrier(kind, Some(done), address, Some(state), i)?;
                // Who asks will ask again: others may run first.
                self.emit(Op::Yield);
                Ok(())
            }
            ("pending_count", [count, state]) => {
                let state = self.src(state, Type::B64, i.place)?;
                let count = self.dst(count, i.place)?;
                self.scalar(|x| x[0] & 0xf_ffff, count, &[state]);
                Ok(())
            }
            _ => Err(error_at(i.place, "other operands expected").into()),
        }
    }

    /// `cp.async.mbarrier.arrive.noinc.shared.b64 [address];` All copies are done by then.
    pub(super) fn arrive_after_copies(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [address] = Self::operands::<1>(i)?;
        let kind = match i.modifiers.contains(&"noinc") {
            true => MbarrierKind::Arrive {
                drops: false,
                completes: true,
            },
            // One arrival more is expected, and there it is.
            false => MbarrierKind::Look,
        };
        self.emit(Op::Fence);
        self.at_mbarrier(kind, None, address, None, i)
    }

    fn at_mbarrier(
        &mut self,
        kind: MbarrierKind,
        dst: Option<&Operand<'a>>,
        address: &Operand<'a>,
        value: Option<&Operand<'a>>,
        i: &Instruction<'a>,
    ) -> Result<()> {
        let space = space(i);
        if !matches!(space, MemorySpace::Shared | MemorySpace::Generic) {
            return Err(error_at(i.place, "barriers lie in shared memory").into());
        }
        let ty = match kind {
            MbarrierKind::Test => Type::B64,
            _ => Type::U32,
        };
        let dst = match dst {
            Some(dst) => self.dst_or_sink(dst, i.place)?,
            None => None,
        };
        let value = match value {
            Some(value) => Some(self.src(value, ty, i.place)?),
            None => None,
        };
        let address = self.address(address, space, i.place)?;
        self.function.mbarriers.push(MbarrierOp {
            kind,
            address,
            dst,
            value,
        });
        let index = self.function.mbarriers.len() as u32 - 1;
        self.emit(Op::Mbarrier(index));
        Ok(())
    }
}
