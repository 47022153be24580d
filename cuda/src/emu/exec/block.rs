//! A block: its warps take turns, and meet at barriers.

use std::cell::{Cell, Ref, RefCell};
use std::sync::Arc;

use super::env::Env;
use super::fault::FaultKind;
use super::frame::{LANES, lanes_of};
use super::path::{Path, State as PathState};
use super::shared::Shared;
use super::trouble::Trouble;
use super::warp::{Progress, Step, Warp};
use crate::emu::memory::{self, Allocation};
use crate::emu::program::op::{BarrierKind, BarrierOp, Op};

/// Allocations that are remembered, by the instruction that used them.
const REMEMBERED: usize = 64;
/// Barriers of a block.
const BARRIERS: usize = 16;

/// What the warps of a block share.
pub(super) struct State {
    worker: usize,
    index: Cell<[u32; 3]>,
    shared: Shared,
    /// Warps that have arrived at a barrier without waiting, each as often as it has.
    arrived: RefCell<[Vec<usize>; BARRIERS]>,
    near: RefCell<[Option<Arc<Allocation>>; REMEMBERED]>,
    /// What `near` was found under.
    frees: Cell<u64>,
}

impl State {
    pub(super) fn index(&self) -> [u32; 3] {
        self.index.get()
    }

    pub(super) fn worker(&self) -> usize {
        self.worker
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn fence(&self, warp: usize) {
        self.shared.races.fence(warp);
    }

    /// A warp arrives at a barrier and goes on.
    pub(super) fn arrive(&self, id: u32, warp: usize) {
        self.arrived.borrow_mut()[id as usize].push(warp);
        self.shared.races.fence(warp);
    }

    /// All threads of the block have met at a barrier.
    pub(super) fn pass(&self, id: u32) {
        self.arrived.borrow_mut()[id as usize].clear();
        self.shared.races.begin_phase();
    }

    /// The allocation that holds all of a range, and the place where the range starts in it. None if there is no such
    /// allocation. The one that the same instruction used before is tried first.
    #[inline(always)]
    pub(super) fn near(
        &self,
        env: &Env<'_>,
        (address, len): (u64, u64),
        pc: u32,
    ) -> Option<(Ref<'_, Allocation>, usize)> {
        let place = pc as usize % REMEMBERED;
        let known = Ref::filter_map(self.near.borrow(), |near| near[place].as_deref()).ok();
        if let Some(allocation) = known
            && let Some(at) = allocation.offset(address, len)
            && self.frees.get() == memory::frees()
        {
            return Some((allocation, at));
        }
        self.search(env, (address, len), place)
    }

    #[inline(never)]
    fn search(
        &self,
        env: &Env<'_>,
        (address, len): (u64, u64),
        place: usize,
    ) -> Option<(Ref<'_, Allocation>, usize)> {
        let frees = memory::frees();
        if self.frees.replace(frees) != frees {
            self.near.borrow_mut().fill(None);
        }
        let (allocation, at) = env.launch.memory.find(address, len).ok()?;
        self.near.borrow_mut()[place] = Some(allocation);
        let found = Ref::filter_map(self.near.borrow(), |near| near[place].as_deref());
        Some((found.ok()?, at))
    }
}

/// A block that is being run, or will run the next that there is.
pub(super) struct Block {
    state: State,
    warps: Vec<Warp>,
}

impl Block {
    pub(super) fn new(env: &Env<'_>, worker: usize) -> Block {
        let warps = env.threads().div_ceil(LANES);
        Block {
            state: State {
                worker,
                index: Cell::new([0; 3]),
                shared: Shared::new(env.shared_len),
                arrived: RefCell::default(),
                near: RefCell::new([const { None }; REMEMBERED]),
                frees: Cell::new(memory::frees()),
            },
            warps: (0..warps).map(|warp| Warp::new(env, warp)).collect(),
        }
    }

    /// Begins another block.
    pub(super) fn start(&mut self, env: &Env<'_>, number: u64) -> Step {
        self.state.index.set(env.block_index(number));
        self.state.shared.reset();
        for arrived in self.state.arrived.get_mut() {
            arrived.clear();
        }
        for warp in &mut self.warps {
            warp.start(env, &self.state)?;
        }
        Ok(())
    }

    /// What the warps share, and the warps.
    pub(super) fn parts(&mut self) -> (&State, &mut [Warp]) {
        (&self.state, &mut self.warps)
    }

    pub(super) fn instructions(&self) -> u64 {
        self.warps.iter().map(|warp| warp.instructions).sum()
    }

    /// Gives each warp a turn. True when all threads have ended.
    pub(super) fn turn(&mut self, env: &Env<'_>) -> Step<bool> {
        self.together(env)?;
        let mut all_done = true;
        let mut all_wait = true;
        for warp in &mut self.warps {
            let progress = warp.run(env, &self.state)?;
            all_done &= progress == Progress::Done;
            all_wait &= progress != Progress::Yielded;
            if env.must_stop() {
                return Ok(false);
            }
        }
        if all_done {
            return Ok(true);
        }
        if self.all_meet(env) {
            return Ok(false);
        }
        let released = self.barriers(env)?;
        if all_wait && !released {
            return Err(self.stuck(env));
        }
        Ok(false)
    }

    /// The error that says who was stopped when a launch is cancelled.
    pub(super) fn cancelled(&self, env: &Env<'_>) -> Box<super::Fault> {
        let trouble = |lane| *Trouble::new(FaultKind::Timeout, lane, "the launch was cancelled");
        self.blame(env, trouble, |_| true)
    }

    // Barriers.

    /// Lets all go, if all threads of the block wait at the same plain barrier and each warp is together: what most barriers
    /// are.
    fn all_meet(&mut self, env: &Env<'_>) -> bool {
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
    fn barriers(&mut self, env: &Env<'_>) -> Step<bool> {
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

    // Errors.

    /// Nobody can go on: who waits for what.
    fn stuck(&self, env: &Env<'_>) -> Box<super::Fault> {
        let members = |path: &Path| matches!(path.state, PathState::Members(_));
        let waits_for_lanes = self.warps.iter().flat_map(|warp| &warp.paths).any(members);
        if waits_for_lanes {
            let trouble = |lane| {
                let detail = "the lane waits for lanes that its mask names and that do not come";
                *Trouble::new(FaultKind::MissingLane, lane, detail)
            };
            return self.blame(env, trouble, members);
        }
        let trouble = |lane| {
            let detail = "the thread waits at a barrier for threads that do not come";
            *Trouble::new(FaultKind::DivergentBarrier, lane, detail)
        };
        self.blame(env, trouble, |_| true)
    }

    /// An error of the first path that is meant.
    fn blame(
        &self,
        env: &Env<'_>,
        trouble: impl Fn(usize) -> Trouble,
        is_meant: impl Fn(&Path) -> bool,
    ) -> Box<super::Fault> {
        for warp in &self.warps {
            if let Some(index) = warp.paths.iter().position(&is_meant) {
                let lane = warp.paths[index].lanes.trailing_zeros() as usize;
                return warp.fault(env, &self.state, index, trouble(lane));
            }
        }
        env.fault(trouble(0), self.state.index(), 0, env.kernel.function(), 0)
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
