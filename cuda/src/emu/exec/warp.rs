//! A warp: 32 lanes, and the paths on which they are.
//!
//! The path with the deepest call and the lowest instruction runs first, so that lanes which have parted meet again behind the
//! branch. A path that has run long while others could have run lets them go on, so that lanes may wait for each other.

use super::block::State as BlockState;
use super::env::Env;
use super::fault::Fault;
use super::frame::{LANES, Lanes};
use super::path::{Frame, Path, State};
use super::registers::Registers;
use super::site::Site;
use super::step::{Limits, Stop, run};
use super::trouble::{Outcome, Trouble};
use crate::emu::program::op::Op;

/// Instructions that a path may do while others of its warp could run.
const TURN: u32 = 1000;
/// Instructions that a warp may do while others of its block could run.
pub(super) const SLICE: u32 = 20_000;

/// Which threads a warp's lanes are.
#[derive(Debug)]
pub(super) struct Threads {
    /// The warp's number in its block.
    pub(super) warp: usize,
    /// The number of its first thread in the block.
    pub(super) first: usize,
    /// x, y and z of each lane.
    pub(super) index: [[u32; LANES]; 3],
    /// The lanes that there are.
    pub(super) lanes: u32,
}

/// Why a warp does not run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// All lanes have ended.
    Done,
    /// All paths wait.
    Blocked,
    /// It has had its turn.
    Yielded,
}

pub(super) struct Warp {
    pub(super) threads: Threads,
    pub(super) regs: Registers,
    pub(super) paths: Vec<Path>,
    /// The lanes that have not ended.
    pub(super) live: u32,
    pub(super) instructions: u64,
    /// What is the same for all blocks has been computed.
    is_prepared: bool,
}

pub(super) type Step<T = ()> = Result<T, Box<Fault>>;

impl Warp {
    pub(super) fn new(env: &Env<'_>, warp: usize) -> Warp {
        let first = warp * LANES;
        let count = (env.threads() - first).min(LANES);
        let mut index = [[0; LANES]; 3];
        for lane in 0..count {
            let thread = env.thread_index(first + lane);
            for (lanes, of_thread) in index.iter_mut().zip(thread) {
                lanes[lane] = of_thread;
            }
        }
        let lanes = !0 >> (LANES - count);
        let function = env.function(env.kernel.function());
        let mut regs = Registers::default();
        let frame = Frame::default();
        // A kernel's own frame always fits: the decoder's limits are below those here.
        if regs.reserve(frame, function) {
            let constants = env.launch.image.constants(env.kernel.function());
            regs.enter(frame, function, constants, !0);
        }
        Warp {
            threads: Threads {
                warp,
                first,
                index,
                lanes,
            },
            regs,
            paths: Vec::new(),
            live: 0,
            instructions: 0,
            is_prepared: false,
        }
    }

    /// Begins the kernel, for another block.
    pub(super) fn start(&mut self, env: &Env<'_>, block: &BlockState) -> Step {
        let function = env.kernel.function();
        self.live = self.threads.lanes;
        self.regs
            .forget(Frame::default(), env.function(function), !0);
        self.paths.clear();
        self.paths.push(Path {
            lanes: self.live,
            function,
            pc: 0,
            frame: Frame::default(),
            caller: None,
            depth: 0,
            state: State::Ready,
            has_yielded: false,
        });
        if self.is_prepared {
            return Ok(());
        }
        self.is_prepared = true;
        self.prepare(env, block, 0)
            .map_err(|trouble| self.fault(env, block, 0, *trouble))
    }

    /// Computes what a kernel's plan says is the same for all blocks, for a path that enters it.
    pub(super) fn prepare(&self, env: &Env<'_>, block: &BlockState, index: usize) -> Outcome {
        let path = &self.paths[index];
        let site = self.site(env, block, path);
        let lanes = Lanes::new(path.lanes);
        for step in &site.function.plan.per_warp {
            step.handler().run(&site, step, &lanes)?;
        }
        Ok(())
    }

    /// Runs until all paths wait, all lanes have ended, or others should run.
    pub(super) fn run(&mut self, env: &Env<'_>, block: &BlockState) -> Step<Progress> {
        let mut slice = SLICE;
        while let Some(index) = self.choose() {
            if slice == 0 {
                return Ok(Progress::Yielded);
            }
            let limits = self.limits(index, slice);
            let (pc, left, stop) = {
                let path = &self.paths[index];
                run(&self.site(env, block, path), path.pc, limits)
            };
            let done = limits.budget - left;
            self.instructions += u64::from(done);
            slice -= done;
            self.paths[index].pc = pc;
            let yields = matches!(stop, Stop::Control(Op::Yield));
            self.stopped(env, block, index, stop)?;
            if yields {
                return Ok(Progress::Yielded);
            }
        }
        Ok(if self.paths.is_empty() {
            Progress::Done
        } else {
            Progress::Blocked
        })
    }

    pub(super) fn site<'s>(
        &'s self,
        env: &'s Env<'s>,
        block: &'s BlockState,
        path: &Path,
    ) -> Site<'s> {
        let function = env.function(path.function);
        Site {
            env,
            block,
            threads: &self.threads,
            regs: &self.regs,
            function,
            frame: path.frame,
            view: self.regs.view(path.frame, function),
            lanes: path.lanes,
        }
    }

    /// The path that runs next.
    fn choose(&mut self) -> Option<usize> {
        if let [path] = self.paths.as_slice() {
            return (path.state == State::Ready).then_some(0);
        }
        let best = self.lowest(|path| !path.has_yielded);
        if best.is_some() {
            return best;
        }
        for path in &mut self.paths {
            path.has_yielded = false;
        }
        self.lowest(|_| true)
    }

    fn lowest(&self, may_run: impl Fn(&Path) -> bool) -> Option<usize> {
        let ready = self.paths.iter().enumerate();
        let ready = ready.filter(|(_, path)| path.state == State::Ready && may_run(path));
        let order = |path: &Path| (u32::MAX - path.depth, path.pc);
        ready
            .min_by_key(|(_, path)| order(path))
            .map(|(index, _)| index)
    }

    fn limits(&self, index: usize, slice: u32) -> Limits {
        let path = &self.paths[index];
        let mut limits = Limits {
            meeting: u32::MAX,
            floor: 0,
            budget: slice,
        };
        for (other_index, other) in self.paths.iter().enumerate() {
            if other_index == index {
                continue;
            }
            if other.state == State::Ready {
                limits.budget = limits.budget.min(TURN);
            }
            if !path.is_beside(other) {
                continue;
            }
            if other.pc > path.pc {
                limits.meeting = limits.meeting.min(other.pc);
            } else {
                limits.floor = path.pc;
            }
        }
        limits
    }

    pub(super) fn stopped(
        &mut self,
        env: &Env<'_>,
        block: &BlockState,
        index: usize,
        stop: Stop,
    ) -> Step {
        match stop {
            Stop::Meeting => self.meet(index),
            Stop::Budget => {
                self.paths[index].has_yielded = true;
                self.meet(index);
            }
            Stop::Split(lanes, target) => self.split(index, lanes, target),
            Stop::Fault(trouble) => return Err(self.fault(env, block, index, *trouble)),
            Stop::Control(op) => {
                let outcome = self.control(env, block, index, op);
                // Whatever moved, the path that ran is still there if it failed.
                return outcome.map_err(|trouble| self.fault(env, block, index, *trouble));
            }
        }
        Ok(())
    }

    pub(super) fn fault(
        &self,
        env: &Env<'_>,
        block: &BlockState,
        index: usize,
        trouble: Trouble,
    ) -> Box<Fault> {
        let path = &self.paths[index];
        env.fault(
            trouble,
            block.index(),
            self.threads.first,
            path.function,
            path.pc,
        )
    }

    /// Joins a path with one that is at the same place.
    pub(super) fn meet(&mut self, index: usize) {
        let others = self.paths.iter().enumerate();
        let mut others = others.filter(|(other, _)| *other != index);
        let found = others.find(|(_, path)| path.meets(&self.paths[index]));
        let Some((other, _)) = found else { return };
        let path = self.paths.swap_remove(index);
        // The last has moved to where the removed one was.
        let other = if other == self.paths.len() {
            index
        } else {
            other
        };
        let joined = &mut self.paths[other];
        joined.lanes |= path.lanes;
        joined.has_yielded = false;
        // More lanes may be enough now; at a barrier all wait alike.
        if let State::Members(_) = joined.state {
            joined.state = State::Ready;
        }
    }

    /// Some lanes of a path go elsewhere.
    pub(super) fn split(&mut self, index: usize, lanes: u32, target: u32) {
        let path = &mut self.paths[index];
        if lanes == path.lanes {
            path.pc = target;
            return;
        }
        path.lanes &= !lanes;
        let mut other = path.clone();
        other.lanes = lanes;
        other.pc = target;
        self.paths.push(other);
        self.meet(self.paths.len() - 1);
        self.meet_at(index);
    }

    /// Joins the path at an index, if it is still there, with one at the same place.
    fn meet_at(&mut self, index: usize) {
        if index < self.paths.len() {
            self.meet(index);
        }
    }
}
