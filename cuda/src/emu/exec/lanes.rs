//! What lanes exchange: shuffles, votes, matches and reductions.

use super::frame::{LANES, lanes_of};
use super::site::Site;
use super::trouble::Outcome;
use crate::emu::program::op::{
    Class, MatchOp, Op, ReduceOp, ShuffleMode, ShuffleOp, Slot, VoteKind, VoteOp,
};

impl Site<'_> {
    /// The lanes that an instruction's mask names: that of the first of some lanes.
    pub(super) fn members(&self, op: Op, lanes: u32) -> u32 {
        // The old forms without `.sync` are for the lanes that happen to be there.
        self.mask(op).map_or(self.lanes, |slot| {
            self.view.narrow(slot)[lanes.trailing_zeros() as usize].get()
        })
    }

    /// Those of some lanes that give the same mask as the first of them.
    pub(super) fn group(&self, op: Op, lanes: u32) -> u32 {
        let Some(slot) = self.mask(op) else {
            return lanes;
        };
        let masks = self.view.narrow(slot);
        let first = masks[lanes.trailing_zeros() as usize].get();
        lanes_of(lanes)
            .filter(|lane| masks[*lane].get() == first)
            .fold(0, |group, lane| group | 1 << lane)
    }

    /// The register with an instruction's mask, if it has one.
    fn mask(&self, op: Op) -> Option<Slot> {
        let function = self.function;
        match op {
            Op::SyncWarp(slot) => Some(slot),
            Op::Shuffle(index) => function.shuffles[index as usize].members,
            Op::Vote(index) => function.votes[index as usize].members,
            Op::Match(index) => Some(function.matches[index as usize].members),
            Op::Reduce(index) => Some(function.reduces[index as usize].members),
            Op::Elect(index) => Some(function.elects[index as usize].members),
            _ => None,
        }
    }

    /// Does an instruction for lanes that are together.
    pub(super) fn lanes_together(&self, op: Op, lanes: u32) -> Outcome {
        let function = self.function;
        match op {
            Op::SyncWarp(_) => self.block.shared().races.sync(self.threads.warp),
            Op::Shuffle(index) => self.shuffle(&function.shuffles[index as usize], lanes),
            Op::Vote(index) => self.vote(&function.votes[index as usize], lanes),
            Op::Match(index) => self.match_lanes(&function.matches[index as usize], lanes),
            Op::Reduce(index) => self.reduce(&function.reduces[index as usize], lanes),
            Op::Elect(index) => {
                let op = &function.elects[index as usize];
                let leader = lanes.trailing_zeros();
                if let Some(dst) = op.dst {
                    for lane in lanes_of(lanes) {
                        self.view.narrow(dst)[lane].set(leader);
                    }
                }
                self.view.set_pred(op.pred, 1 << leader, lanes);
            }
            _ => {}
        }
        Ok(())
    }

    fn shuffle(&self, op: &ShuffleOp, lanes: u32) {
        let value = self.view.narrow(op.value);
        let values: [u32; LANES] = std::array::from_fn(|lane| value[lane].get());
        let operand = self.view.narrow(op.lane);
        let operands: [u32; LANES] = std::array::from_fn(|lane| operand[lane].get());
        let clamp = self.view.narrow(op.clamp);
        let mut valid = 0;
        for lane in lanes_of(lanes) {
            let c = clamp[lane].get();
            let (source, in_range) = source(op.mode, lane as u32, operands[lane] & 31, c);
            valid |= u32::from(in_range) << lane;
            // A lane that does not take part gives an undefined value: here, its register's.
            self.view.narrow(op.dst)[lane].set(values[source as usize]);
        }
        if let Some(slot) = op.valid {
            self.view.set_pred(slot, valid, lanes);
        }
    }

    fn vote(&self, op: &VoteOp, lanes: u32) {
        let pred = self.view.pred(op.pred);
        let votes = lanes & if op.negated { !pred } else { pred };
        let result = match op.kind {
            VoteKind::All => u32::from(votes == lanes),
            VoteKind::Any => u32::from(votes != 0),
            VoteKind::Uniform => u32::from(votes == 0 || votes == lanes),
            VoteKind::Ballot => votes,
        };
        self.view.fill(op.dst, u64::from(result), lanes);
    }

    fn match_lanes(&self, op: &MatchOp, lanes: u32) {
        let value = |lane: usize| match op.value.class {
            Class::Wide => self.view.wide(op.value.slot)[lane].get(),
            _ => u64::from(self.view.narrow(op.value.slot)[lane].get()),
        };
        let values: [u64; LANES] = std::array::from_fn(value);
        let alike = |wanted: u64| {
            lanes_of(lanes)
                .filter(|lane| values[*lane] == wanted)
                .fold(0u32, |alike, lane| alike | 1 << lane)
        };
        let mut agree = 0;
        for lane in lanes_of(lanes) {
            let same = alike(values[lane]);
            let all = same == lanes;
            agree |= u32::from(all) << lane;
            let result = if op.all && !all { 0 } else { same };
            self.view.narrow(op.dst)[lane].set(result);
        }
        if let Some(slot) = op.agree {
            self.view.set_pred(slot, agree, lanes);
        }
    }

    fn reduce(&self, op: &ReduceOp, lanes: u32) {
        let row = self.view.narrow(op.value);
        let mut values = lanes_of(lanes).map(|lane| u64::from(row[lane].get()));
        let first = values.next().unwrap_or(0);
        let result = values.fold(first, |sum, value| (op.f)([sum, value, 0, 0]) & 0xffff_ffff);
        for lane in lanes_of(lanes) {
            self.view.narrow(op.dst)[lane].set(result as u32);
        }
    }
}

/// Where a lane takes its value from, and whether that was in range.
fn source(mode: ShuffleMode, lane: u32, operand: u32, clamp: u32) -> (u32, bool) {
    let segment = clamp >> 8 & 31;
    let bound = clamp & 31;
    let most = lane & segment | bound & !segment;
    let least = lane & segment;
    let (source, in_range) = match mode {
        ShuffleMode::Up => {
            let source = lane as i32 - operand as i32;
            (source as u32, source >= most as i32)
        }
        ShuffleMode::Down => {
            let source = lane + operand;
            (source, source <= most)
        }
        ShuffleMode::Xor => {
            let source = lane ^ operand;
            (source, source <= most)
        }
        ShuffleMode::Index => {
            let source = least | operand & !segment;
            (source, source <= most)
        }
    };
    if in_range {
        (source & 31, true)
    } else {
        (lane, false)
    }
}
