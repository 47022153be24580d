//! Instructions that move lanes or need other lanes.

use super::block::State as BlockState;
use super::env::Env;
use super::fault::FaultKind;
use super::path::State;
use super::trouble::{Outcome, Trouble};
use super::warp::Warp;
use crate::emu::program::op::{BarrierKind, Op};

impl Warp {
    pub(super) fn control(
        &mut self,
        env: &Env<'_>,
        block: &BlockState,
        index: usize,
        op: Op,
    ) -> Outcome {
        let path = &self.paths[index];
        let lane = path.lanes.trailing_zeros() as usize;
        let function = env.function(path.function);
        match op {
            Op::Return => self.return_from(env, index),
            Op::Exit => self.exit(index),
            Op::Trap => {
                return Err(Trouble::new(
                    FaultKind::Trap,
                    lane,
                    "the kernel called trap",
                ));
            }
            Op::Unsupported(text) => {
                let text = function.unsupported[text as usize].clone();
                return Err(Trouble::new(FaultKind::Unsupported, lane, text));
            }
            Op::Yield => {
                let path = &mut self.paths[index];
                path.pc += 1;
                path.has_yielded = true;
                self.meet(index);
            }
            Op::BranchIndex(table) => self.branch_index(env, block, index, table),
            Op::Call(call) => return self.call(env, block, index, call),
            Op::Barrier(barrier) => {
                let op = function.barriers[barrier as usize];
                let site = self.site(env, block, path);
                let id = site.view.get(op.id, lane) as u32;
                if id > 15 {
                    let detail = format!("barrier {id}: there are 16");
                    return Err(Trouble::new(FaultKind::IllegalInstruction, lane, detail));
                }
                if op.kind == BarrierKind::Arrive {
                    block.arrive(id, self.threads.warp);
                    self.advance(index);
                } else {
                    self.paths[index].state = State::Barrier(id);
                    // Another path may wait at this very instruction.
                    self.meet(index);
                }
            }
            _ => return self.together(env, block, index, op),
        }
        Ok(())
    }

    /// A path goes to the next instruction.
    pub(super) fn advance(&mut self, index: usize) {
        self.paths[index].pc += 1;
        self.meet(index);
    }

    /// An instruction for which the lanes that its mask names must be together.
    fn together(&mut self, env: &Env<'_>, block: &BlockState, index: usize, op: Op) -> Outcome {
        let path = &self.paths[index];
        let site = self.site(env, block, path);
        let members = site.members(op, path.lanes);
        if path.lanes & !members != 0 {
            return self.in_groups(env, block, index, op);
        }
        let lane = path.lanes.trailing_zeros() as usize;
        if self.awaited(op, members, lane)? & !path.lanes != 0 {
            self.paths[index].state = State::Members(members);
            self.meet(index);
            return Ok(());
        }
        site.lanes_together(op, path.lanes)?;
        self.advance(index);
        Ok(())
    }

    /// The same where the lanes of a path name different lanes, as those of tiles do: each group has a mask, and those that are
    /// all there go on.
    fn in_groups(&mut self, env: &Env<'_>, block: &BlockState, index: usize, op: Op) -> Outcome {
        let path = &self.paths[index];
        let site = self.site(env, block, path);
        let (mut left, mut done, mut waits_for) = (path.lanes, 0, 0);
        while left != 0 {
            let members = site.members(op, left);
            let group = site.group(op, left);
            left &= !group;
            if group & !members != 0 {
                let outside = (group & !members).trailing_zeros() as usize;
                let detail = format!(
                    "the lane executes an instruction whose mask {members:#010x} does not name it"
                );
                return Err(Trouble::new(FaultKind::MissingLane, outside, detail));
            }
            let lane = group.trailing_zeros() as usize;
            if self.awaited(op, members, lane)? & !group == 0 {
                site.lanes_together(op, group)?;
                done |= group;
            } else {
                waits_for = members;
            }
        }
        if done == 0 {
            self.paths[index].state = State::Members(waits_for);
            self.meet(index);
            return Ok(());
        }
        if done != path.lanes {
            let mut waiting = path.clone();
            waiting.lanes &= !done;
            waiting.state = State::Members(waits_for);
            self.paths[index].lanes = done;
            self.paths.push(waiting);
        }
        self.advance(index);
        Ok(())
    }

    /// The lanes that an instruction waits for.
    fn awaited(&self, op: Op, members: u32, lane: usize) -> Outcome<u32> {
        // Lanes that have ended cannot come; only `bar.warp.sync` does without them.
        let wanted = match op {
            Op::SyncWarp(_) => members & self.live,
            _ => members,
        };
        if wanted & !self.live & self.threads.lanes != 0
            || wanted & !self.threads.lanes != 0 && !is_full(members)
        {
            let gone = wanted & !self.live;
            let detail = format!(
                "lane {} is named by the mask {members:#010x} and has ended",
                gone.trailing_zeros()
            );
            return Err(Trouble::new(FaultKind::MissingLane, lane, detail));
        }
        Ok(wanted & self.live)
    }

    fn branch_index(&mut self, env: &Env<'_>, block: &BlockState, index: usize, table: u32) {
        let path = &self.paths[index];
        let site = self.site(env, block, path);
        let (slot, list) = site.function.branches[table as usize];
        let targets = &site.function.targets[list as usize];
        let row = site.view.narrow(slot);
        let lane = path.lanes.trailing_zeros() as usize;
        let value = row[lane].get();
        let alike = super::frame::lanes_of(path.lanes)
            .filter(|lane| row[*lane].get() == value)
            .fold(0, |alike, lane| alike | 1 << lane);
        // An index outside of the table is undefined; here it takes the last target.
        let target = targets.get(value as usize).or(targets.last()).copied();
        let target = target.unwrap_or(path.pc + 1);
        self.split(index, alike, target);
    }
}

fn is_full(members: u32) -> bool {
    members == !0
}
