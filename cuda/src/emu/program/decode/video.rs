//! Two or four small integers in a word.

use super::{Decoder, Reject, Result};
use crate::emu::exec::scalar::video::{self, Video};
use crate::emu::program::types::Type;
use crate::emu::ptx::{Instruction, Operand};

impl<'a> Decoder<'a, '_> {
    /// `vabsdiff4.u32.u32.u32.add d, a, b, c;`
    pub(super) fn video(&mut self, i: &Instruction<'a>) -> Result<()> {
        let video = Video::parse(i.opcode, &i.modifiers);
        let video = video.ok_or_else(|| Reject::Unsupported("on a single value".to_owned()))?;
        self.video_of(video, &Self::operands::<4>(i)?.each_ref(), i)
    }

    /// `max.s16x2.relu d, a, b;`
    pub(super) fn short_pairs(&mut self, video: Video, i: &Instruction<'a>) -> Result<()> {
        let [dst, a, b] = Self::operands::<3>(i)?;
        self.video_of(video, &[dst, a, b, &Operand::Int(0)], i)
    }

    fn video_of(
        &mut self,
        video: Video,
        [dst, a, b, c]: &[&Operand<'a>; 4],
        i: &Instruction<'a>,
    ) -> Result<()> {
        let picks = |operand: &Operand<'_>| matches!(operand, Operand::Component(..));
        if [dst, a, b].into_iter().any(|operand| picks(operand)) {
            return Err(Reject::Unsupported("with chosen elements".to_owned()));
        }
        let mut src = Vec::with_capacity(4);
        for operand in [a, b, c] {
            src.push(self.src(operand, Type::B32, i.place)?);
        }
        src.push(self.narrow_constant(video.code())?);
        let dst = self.dst(dst, i.place)?;
        self.scalar(video::COMPUTE, dst, &src);
        Ok(())
    }
}
