//! Barriers: who waits, whether all are there, and what they learn.

use super::block::Block;
use super::env::Env;
use super::fault::FaultKind;
use super::frame::{LANES, lanes_of};
use super::path::{Path, State as PathState};
use super::trouble::Trouble;
use super::warp::{Step, Warp};
use crate::emu::program::op::{BarrierKind, BarrierOp, Op};

impl Block {
    /// Lets all go, if all threads of the block wait at the same plain barrier and each warp is together: what most barriers
    /// are.
    pub(super) fn all_meet(&mut self, env: &Env<'_>) -> bool {
        let mut place = None;
        for warp in &self.warps {
            match warp.paths.as_slice() {
                [] => {}
                [path] if place.is_none_or(|place| place == (path.function, path.pc)) => {
                    place = Some((path.function, path.pc));
                    if !matches!(path.state, PathState::Barrier(_)) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        let first = self.warps.iter().flat_map(|warp| &warp.paths).next();
        let Some((id, op)) = first.and_then(|path| match path.state {
            PathState::Barrier(id) => Some((id, barrier_of(env, path)?)),
            _ => None,
        }) else {
            return false;
        };
        // The barrier's number may be in a register, and differ.
        let same = |path: &Path| path.state == PathState::Barrier(id);
        let mut paths = self.warps.iter().flat_map(|warp| &warp.paths);
        if op.kind != BarrierKind::Sync || op.threads.is_some() || !paths.all(same) {
            return false;
        }
        for path in self.warps.iter_mut().flat_map(|warp| &mut warp.paths) {
            path.state = PathState::Ready;
            path.pc += 1;
        }
        self.state.pass(id);
        true
    }

    /// Lets go who waits at barriers that all have reached. True if there was one.
    pub(super) fn barriers(&mut self, env: &Env<'_>) -> Step<bool> {
        let mut used = 0u32;
        for path in self.warps.iter().flat_map(|warp| &warp.paths) {
            if let PathState::Barrier(id) = path.state {
                used |= 1 << id;
            }
        }
        let mut released = false;
        for id in lanes_of(used).map(|id| id as u32) {
            self.check_alignment(env, id)?;
            if self.is_complete(env, id) {
                self.release(env, id);
                released = true;
            }
        }
        Ok(released)
    }

    /// Paths of a warp that wait at different instructions for the same barrier were meant to be together.
    fn check_alignment(&self, env: &Env<'_>, id: u32) -> Step {
        if !env.launch.checks.divergent_barrier {
            return Ok(());
        }
        for warp in &self.warps {
            let mut waiting = warp
                .paths
                .iter()
                .enumerate()
                .filter(|(_, path)| waits_at(path, id));
            let Some((_, first)) = waiting.next() else {
                continue;
            };
            let Some(op) = barrier_of(env, first) else {
                continue;
            };
            for (index, other) in waiting {
                let parted = other.function != first.function || other.pc != first.pc;
                if op.aligned && parted {
                    let lane = other.lanes.trailing_zeros() as usize;
                    let detail = format!(
                        "lanes {:#010x} and {:#010x} of a warp wait at different places for barrier {id}",
                        first.lanes, other.lanes
                    );
                    let trouble = Trouble::new(FaultKind::DivergentBarrier, lane, detail);
                    return Err(warp.fault(env, &self.state, index, *trouble));
                }
            }
        }
        Ok(())
    }

    /// Whether all that a barrier waits for are there.
    fn is_complete(&self, env: &Env<'_>, id: u32) -> bool {
        let Some(threads) = self.expected(env, id) else {
            return self
                .warps
                .iter()
                .all(|warp| waiting_lanes(warp, id) == warp.live);
        };
        let arrived = self.state.arrived.borrow()[id as usize].len();
        let waiting = self.warps.iter().filter(|warp| {
            let lanes = waiting_lanes(warp, id);
            lanes != 0 && lanes == warp.live
        });
        // Warps count as a whole, however many threads they have.
        (arrived + waiting.count()) * LANES >= threads as usize
    }

    /// How many threads a barrier is for, if it says so.
    fn expected(&self, env: &Env<'_>, id: u32) -> Option<u32> {
        self.warps.iter().find_map(|warp| {
            let path = warp.paths.iter().find(|path| waits_at(path, id))?;
            let op = barrier_of(env, path)?;
            let lane = path.lanes.trailing_zeros() as usize;
            let view = warp.regs.view(path.frame, env.function(path.function));
            op.threads.map(|threads| view.get(threads, lane) as u32)
        })
    }

    fn release(&mut self, env: &Env<'_>, id: u32) {
        let is_partial = self.expected(env, id).is_some();
        let (mut all, mut any, mut count) = (true, false, 0);
        for (warp, path) in self.waiting(id) {
            let votes = votes(env, warp, path);
            all &= votes == path.lanes;
            any |= votes != 0;
            count += votes.count_ones();
        }
        for warp in &mut self.warps {
            let mut met = false;
            for path in warp.paths.iter_mut().filter(|path| waits_at(path, id)) {
                if let Some(op) = barrier_of(env, path) {
                    let result = match op.kind {
                        BarrierKind::Count(_) => u64::from(count),
                        BarrierKind::And(_) => u64::from(all),
                        _ => u64::from(any),
                    };
                    let view = warp.regs.view(path.frame, env.function(path.function));
                    for lane in lanes_of(path.lanes) {
                        op.dst.inspect(|dst| view.set(*dst, lane, result));
                    }
                }
                path.state = PathState::Ready;
                path.pc += 1;
                met = true;
            }
            if met && is_partial {
                self.state.shared.races.fence(warp.threads.warp);
            }
        }
        self.state.arrived.get_mut()[id as usize].clear();
        if !is_partial {
            self.state.shared.races.begin_phase();
        }
    }

    fn waiting(&self, id: u32) -> impl Iterator<Item = (&Warp, &Path)> {
        self.warps.iter().flat_map(move |warp| {
            let paths = warp.paths.iter().filter(move |path| waits_at(path, id));
            paths.map(move |path| (warp, path))
        })
    }
}

fn waits_at(path: &Path, id: u32) -> bool {
    path.state == PathState::Barrier(id)
}

fn waiting_lanes(warp: &Warp, id: u32) -> u32 {
    let waiting = warp.paths.iter().filter(|path| waits_at(path, id));
    waiting.fold(0, |lanes, path| lanes | path.lanes)
}

/// The barrier instruction that a path is at.
fn barrier_of(env: &Env<'_>, path: &Path) -> Option<BarrierOp> {
    let function = env.function(path.function);
    match function.code[path.pc as usize].op {
        Op::Barrier(index) => Some(function.barriers[index as usize]),
        _ => None,
    }
}

/// The lanes whose predicate holds at a barrier that asks for one.
fn votes(env: &Env<'_>, warp: &Warp, path: &Path) -> u32 {
    let Some(op) = barrier_of(env, path) else {
        return 0;
    };
    let view = warp.regs.view(path.frame, env.function(path.function));
    let slot = match op.kind {
        BarrierKind::Count(slot) | BarrierKind::And(slot) | BarrierKind::Or(slot) => slot,
        BarrierKind::Sync | BarrierKind::Arrive => return 0,
    };
    let pred = view.pred(slot);
    path.lanes & if op.negated { !pred } else { pred }
}
