//! Warps side by side: while all warps of a block are at the same instruction with all their lanes, each step is done for one
//! warp after the other. What one warp's step must wait for, the next one's does not.

use smallvec::SmallVec;

use super::block::{Block, State as BlockState};
use super::cell::OutcomeOfAll;
use super::env::Env;
use super::frame::Lanes;
use super::path::State;
use super::plan::Step as PlanStep;
use super::site::Site;
use super::step::{self, Limits, Stop};
use super::trouble::Trouble;
use super::warp::{SLICE, Step, Warp};
use crate::emu::program::op::{BarrierKind, Instr, Op};

/// Where a warp is, the budget that it has left, and why it has stopped.
type Stopped = (u32, u32, Stop);

/// Barriers, blocks and short ways apart in one go. Then it is another block's turn, for which this one may be waiting.
const ROUNDS: u32 = 64;

/// How far warps have come together.
enum End {
    /// They are at the same instruction, and do not do it alike.
    Parted,
    /// They all end.
    Done,
    /// Each has gone on by itself, to where it needs others or its path is not one any more.
    Alone(Vec<Stopped>),
    /// One of them did something wrong.
    Fault(usize, Box<Trouble>),
}

impl Block {
    /// Runs all warps as far as they go together, and on in the blocks whose numbers `next` gives.
    pub(super) fn together(
        &mut self,
        env: &Env<'_>,
        next: &mut dyn FnMut() -> Option<u64>,
    ) -> Step {
        let (state, warps) = (&self.state, &mut self.warps);
        let Some((function, pc)) = warps.first().and_then(place) else {
            return Ok(());
        };
        let alike = |warp: &Warp| place(warp) == Some((function, pc));
        if warps.len() == 1 || !warps.iter().all(alike) {
            return Ok(());
        }
        let sites = warps
            .iter()
            .map(|warp| warp.site(env, state, &warp.paths[0]));
        let mut gang = Gang {
            env,
            state,
            sites: sites.collect(),
            next,
            is_kernel: warps.iter().all(|warp| warp.paths[0].caller.is_none()),
            pc,
            done: 0,
        };
        let end = gang.run();
        let Gang { pc, done, .. } = gang;
        for warp in warps.iter_mut() {
            warp.paths[0].pc = pc;
        }
        // Only the sum is asked for.
        warps[0].instructions += done;
        match end {
            End::Parted => Ok(()),
            End::Done => {
                warps.iter_mut().for_each(|warp| warp.exit(0));
                Ok(())
            }
            End::Alone(stops) => {
                for (warp, (pc, _, stop)) in warps.iter_mut().zip(stops) {
                    warp.paths[0].pc = pc;
                    warp.stopped(env, state, 0, stop)?;
                }
                Ok(())
            }
            End::Fault(index, trouble) => Err(warps[index].fault(env, state, 0, *trouble)),
        }
    }
}

/// The function and instruction at which all lanes of a warp are that can run, if it has 32.
fn place(warp: &Warp) -> Option<(u32, u32)> {
    match warp.paths.as_slice() {
        [path] if path.state == State::Ready && path.lanes == !0 => Some((path.function, path.pc)),
        _ => None,
    }
}

/// All the warps of a block, at the same instruction.
struct Gang<'s> {
    env: &'s Env<'s>,
    state: &'s BlockState,
    sites: Vec<Site<'s>>,
    next: &'s mut dyn FnMut() -> Option<u64>,
    /// Not a function that a kernel calls.
    is_kernel: bool,
    pc: u32,
    /// Instructions that all of them have done.
    done: u64,
}

impl Gang<'_> {
    fn run(&mut self) -> End {
        for _ in 0..ROUNDS {
            if let Err((index, trouble)) = self.steps() {
                return End::Fault(index, trouble);
            }
            let Instr { op, guard } = self.sites[0].function.code[self.pc as usize];
            match op {
                _ if self.env.must_stop() => return End::Parted,
                Op::Return if guard.is_none() && self.is_kernel => match (self.next)() {
                    Some(number) => self.begin(number),
                    None => return End::Done,
                },
                Op::Barrier(_) if self.pass() => self.done += self.sites.len() as u64,
                Op::Branch(_) => {
                    let stops = self.alone();
                    let done = stops.iter().map(|(_, left, _)| u64::from(SLICE - left));
                    self.done += done.sum::<u64>();
                    if !self.meet(&stops) {
                        return End::Alone(stops);
                    }
                }
                _ => return End::Parted,
            }
        }
        End::Parted
    }

    /// All threads have ended: the warps begin another block.
    fn begin(&mut self, number: u64) {
        self.done += self.sites.len() as u64;
        self.state.begin(self.env, number);
        if self.sites[0].function.local > 0 {
            for site in &self.sites {
                site.regs.forget(site.frame, site.function, !0);
            }
        }
        self.pc = 0;
    }

    /// Does plain instructions, and branches that all take or none does.
    fn steps(&mut self) -> OutcomeOfAll {
        let steps = self.sites[0].function.plan.steps.as_slice();
        let mut budget = SLICE;
        loop {
            let first = self.pc;
            let until = steps[first as usize]
                .until
                .min(first.saturating_add(budget));
            while self.pc < until {
                let step = &steps[self.pc as usize];
                if let Err(fault) = step.handler().run_all(&self.sites, step) {
                    self.pc = step.pc;
                    return Err(fault);
                }
                self.pc += u32::from(step.len);
            }
            budget = budget.saturating_sub(self.pc - first);
            let next = if budget == 0 { None } else { self.branch()? };
            let branches = u32::from(next.is_some());
            self.done += u64::from(self.pc - first + branches) * self.sites.len() as u64;
            let Some(next) = next else { return Ok(()) };
            budget -= branches;
            self.pc = next;
        }
    }

    /// Where all warps go on, if they are at a branch and go the same way, or meet again after a few instructions that some
    /// jump over.
    fn branch(&mut self) -> OutcomeOfAll<Option<u32>> {
        let code = &self.sites[0].function.code;
        let Instr {
            op: Op::Branch(target),
            guard,
        } = code[self.pc as usize]
        else {
            return Ok(None);
        };
        let Some(guard) = guard else {
            return Ok(Some(target));
        };
        let jumps = |site: &Site<'_>| {
            let pred = site.view.pred(guard.slot);
            if guard.negated { !pred } else { pred }
        };
        let (mut all, mut any) = (!0, 0);
        for bits in self.sites.iter().map(jumps) {
            all &= bits;
            any |= bits;
        }
        match (all, any) {
            (u32::MAX, _) => Ok(Some(target)),
            (_, 0) => Ok(Some(self.pc + 1)),
            _ if !step::can_jump_over(self.sites[0].function, self.pc, target) => Ok(None),
            _ => {
                let others: SmallVec<[u32; 8]> =
                    self.sites.iter().map(|site| !jumps(site)).collect();
                self.jumped_over(target, &others)?;
                Ok(Some(target))
            }
        }
    }

    /// Does the plain instructions that some lanes jump over in the others, of which a word for each warp tells.
    fn jumped_over(&mut self, target: u32, others: &[u32]) -> OutcomeOfAll {
        let steps = self.sites[0].function.plan.steps.as_slice();
        let mut first = 0;
        // Those next to each other that do them in all lanes do them together.
        for warps in others.chunk_by(|one, next| (*one, *next) == (!0, !0)) {
            let sites = &self.sites[first..first + warps.len()];
            let lanes = Lanes::new(warps[0]);
            let mut at = if lanes.bits == 0 { target } else { self.pc + 1 };
            self.done += u64::from(target - at) * warps.len() as u64;
            while at < target {
                let step = &steps[at as usize];
                if let Err((index, trouble)) = run_in(&lanes, sites, step) {
                    self.pc = step.pc;
                    return Err((first + index, trouble));
                }
                at += u32::from(step.len);
            }
            first += warps.len();
        }
        Ok(())
    }

    /// All warps pass the barrier at which they are, if it is a plain one. They are the whole block.
    fn pass(&mut self) -> bool {
        let function = self.sites[0].function;
        let Op::Barrier(index) = function.code[self.pc as usize].op else {
            return false;
        };
        let op = &function.barriers[index as usize];
        let id = |site: &Site<'_>| site.view.get(op.id, 0) as u32;
        let first = id(&self.sites[0]);
        let plain = op.kind == BarrierKind::Sync && op.threads.is_none() && first < 16;
        if !plain || self.sites.iter().any(|site| id(site) != first) {
            return false;
        }
        self.state.pass(first);
        self.pc += 1;
        true
    }

    /// Each warp goes on by itself.
    fn alone(&self) -> Vec<Stopped> {
        let limits = Limits {
            meeting: u32::MAX,
            floor: 0,
            budget: SLICE,
        };
        let stops = self.sites.iter();
        stops.map(|site| step::run(site, self.pc, limits)).collect()
    }

    /// Whether warps that have gone on by themselves all stand at the same barrier. They have passed it then.
    fn meet(&mut self, stops: &[Stopped]) -> bool {
        let pc = stops[0].0;
        let stands =
            |(at, _, stop): &Stopped| *at == pc && matches!(stop, Stop::Control(Op::Barrier(_)));
        self.pc = pc;
        stops.iter().all(stands) && self.pass()
    }
}

/// Does a step in all lanes of some warps, or in some lanes of one.
fn run_in(lanes: &Lanes, sites: &[Site<'_>], step: &PlanStep) -> OutcomeOfAll {
    match lanes.bits {
        u32::MAX => step.handler().run_all(sites, step),
        _ => {
            let outcome = step.handler().run(&sites[0], step, lanes);
            outcome.map_err(|trouble| (0, trouble))
        }
    }
}
