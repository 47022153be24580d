//! A block: its warps take turns, and meet at barriers.

use std::cell::{Cell, Ref, RefCell};
use std::sync::Arc;

use super::env::Env;
use super::fault::FaultKind;
use super::frame::LANES;
use super::path::{Path, State as PathState};
use super::shared::Shared;
use super::trouble::Trouble;
use super::warp::{Progress, Step, Warp};
use crate::emu::memory::{self, Allocation};

/// Instructions whose allocations are remembered. Those whose places differ by a multiple of it share one.
const REMEMBERED: usize = 64;
/// Barriers of a block.
pub(super) const BARRIERS: usize = 16;

/// What the warps of a block share.
pub(super) struct State {
    worker: usize,
    index: Cell<[u32; 3]>,
    pub(super) shared: Shared,
    /// Warps that have arrived at a barrier without waiting, each as often as it has.
    pub(super) arrived: RefCell<[Vec<usize>; BARRIERS]>,
    near: RefCell<[Option<Arc<Allocation>>; REMEMBERED]>,
    /// The address that each instruction of `near` accessed last.
    last: [Cell<u64>; REMEMBERED],
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

    /// Another block begins.
    pub(super) fn begin(&self, env: &Env<'_>, number: u64) {
        self.index.set(env.block_index(number));
        self.shared.reset();
        for arrived in self.arrived.borrow_mut().iter_mut() {
            arrived.clear();
        }
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

    /// How far it is, around the end of all addresses, from where an instruction was last to where it is now.
    #[inline(always)]
    pub(super) fn stride(&self, address: u64, pc: u32) -> u64 {
        let last = &self.last[pc as usize % REMEMBERED];
        address.wrapping_sub(last.replace(address))
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
    pub(super) state: State,
    pub(super) warps: Vec<Warp>,
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
                last: [const { Cell::new(0) }; REMEMBERED],
                frees: Cell::new(memory::frees()),
            },
            warps: (0..warps).map(|warp| Warp::new(env, warp)).collect(),
        }
    }

    /// Begins another block.
    pub(super) fn start(&mut self, env: &Env<'_>, number: u64) -> Step {
        self.state.begin(env, number);
        for warp in &mut self.warps {
            warp.start(env, &self.state)?;
        }
        Ok(())
    }

    pub(super) fn instructions(&self) -> u64 {
        self.warps.iter().map(|warp| warp.instructions).sum()
    }

    /// Gives each warp a turn. True when all threads have ended. When that is seen early, the next block is begun at once, if
    /// `next` gives its number.
    pub(super) fn turn(
        &mut self,
        env: &Env<'_>,
        next: &mut dyn FnMut() -> Option<u64>,
    ) -> Step<bool> {
        self.together(env, next)?;
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
