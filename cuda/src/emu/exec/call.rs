//! Calls, returns and the end of lanes.

use std::rc::Rc;

use super::block::State as BlockState;
use super::env::Env;
use super::fault::FaultKind;
use super::frame::lanes_of;
use super::path::{Caller, Frame, State};
use super::registers::Registers;
use super::trouble::{Outcome, Trouble};
use super::warp::Warp;
use crate::emu::memory::window;
use crate::emu::program::Function;
use crate::emu::program::op::{Area, CallOp, Target};

/// Calls nest so deep at most.
const MAX_DEPTH: u32 = 20_000;

impl Warp {
    pub(super) fn call(
        &mut self,
        env: &Env<'_>,
        block: &BlockState,
        index: usize,
        call: u32,
    ) -> Outcome {
        let path = &self.paths[index];
        let function = env.function(path.function);
        let op = &function.calls[call as usize];
        match op.target {
            Target::Function(callee) => self.enter(env, block, index, call, callee),
            Target::Builtin(builtin) => {
                self.site(env, block, path)
                    .builtin(builtin, op, path.lanes)?;
                self.advance(index);
                Ok(())
            }
            Target::Pointer(slot) => {
                let row = self.regs.view(path.frame, function).wide(slot);
                let lane = path.lanes.trailing_zeros() as usize;
                let address = row[lane].get();
                let callee = pointed_at(env, address).ok_or_else(|| {
                    let detail = "a call of what is no function";
                    Trouble::new(FaultKind::IllegalInstruction, lane, detail).at(address)
                })?;
                let alike = lanes_of(path.lanes)
                    .filter(|lane| row[*lane].get() == address)
                    .fold(0, |alike, lane| alike | 1 << lane);
                if alike != path.lanes {
                    let mut others = path.clone();
                    others.lanes &= !alike;
                    self.paths.push(others);
                    self.paths[index].lanes = alike;
                }
                self.enter(env, block, index, call, callee)
            }
        }
    }

    fn enter(
        &mut self,
        env: &Env<'_>,
        block: &BlockState,
        index: usize,
        call: u32,
        callee: u32,
    ) -> Outcome {
        let path = &self.paths[index];
        let caller = env.function(path.function);
        let function = env.function(callee);
        let frame = above(path.frame, caller);
        let lane = path.lanes.trailing_zeros() as usize;
        if path.depth >= MAX_DEPTH || !self.regs.reserve(frame, function) {
            let detail = format!("calls nest {} deep, and the stack is full", path.depth);
            return Err(Trouble::new(FaultKind::StackOverflow, lane, detail));
        }
        let constants = env.launch.image.constants(callee);
        let op: &CallOp = &caller.calls[call as usize];
        let path = &mut self.paths[index];
        self.regs.enter(frame, function, constants, path.lanes);
        copy_areas(
            &self.regs,
            (frame, &function.params),
            (path.frame, &op.args),
            path.lanes,
        );
        path.caller = Some(Rc::new(Caller {
            function: path.function,
            pc: path.pc + 1,
            call,
            frame: path.frame,
            above: path.caller.take(),
        }));
        path.function = callee;
        path.pc = 0;
        path.frame = frame;
        path.depth += 1;
        // Only kernels have anything to prepare, and few are called.
        self.prepare(env, block, index)
    }

    pub(super) fn return_from(&mut self, env: &Env<'_>, index: usize) {
        let path = &mut self.paths[index];
        let Some(caller) = path.caller.clone() else {
            return self.exit(index);
        };
        let function = env.function(path.function);
        let op = &env.function(caller.function).calls[caller.call as usize];
        copy_areas(
            &self.regs,
            (caller.frame, &op.results),
            (path.frame, &function.returns),
            path.lanes,
        );
        path.function = caller.function;
        path.pc = caller.pc;
        path.frame = caller.frame;
        path.caller = caller.above.clone();
        path.depth -= 1;
        self.meet(index);
    }

    pub(super) fn exit(&mut self, index: usize) {
        if let [path] = self.paths.as_slice() {
            self.live &= !path.lanes;
            return self.paths.clear();
        }
        let path = self.paths.swap_remove(index);
        self.live &= !path.lanes;
        // Who waited for these lanes looks again.
        for path in &mut self.paths {
            if let State::Members(_) = path.state {
                path.state = State::Ready;
            }
        }
    }
}

/// The frame behind a function's own.
fn above(frame: Frame, function: &Function) -> Frame {
    Frame {
        narrow: frame.narrow + function.narrow,
        wide: frame.wide + function.wide,
        preds: frame.preds + function.preds,
        local: frame.local + function.local as usize / 4,
    }
}

/// Copies arguments or results.
fn copy_areas(regs: &Registers, to: (Frame, &[Area]), from: (Frame, &[Area]), lanes: u32) {
    for (into, out_of) in to.1.iter().zip(from.1) {
        let len = into.size.min(out_of.size) as usize;
        let into = to.0.local * 4 + into.offset as usize;
        let out_of = from.0.local * 4 + out_of.offset as usize;
        regs.copy_local(into, out_of, len, lanes);
    }
}

/// The function at an address.
fn pointed_at(env: &Env<'_>, address: u64) -> Option<u32> {
    let distance = address.checked_sub(window::CODE)?;
    let index = distance / window::CODE_STEP;
    let is_known = index < env.program.functions().len() as u64;
    (distance % window::CODE_STEP == 0 && is_known).then_some(index as u32)
}
