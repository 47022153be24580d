//! What an instruction may touch.

use super::block::State;
use super::env::Env;
use super::fault::FaultKind;
use super::frame::{View, lanes_of};
use super::path::Frame;
use super::registers::Registers;
use super::trouble::{Outcome, Trouble};
use super::warp::Threads;
use crate::emu::memory::window;
use crate::emu::program::Function;
use crate::emu::program::op::{Class, MemorySpace, Op, Reg, Special};

/// The lanes that execute, and all that they may touch.
pub(super) struct Site<'s> {
    pub(super) env: &'s Env<'s>,
    pub(super) block: &'s State,
    pub(super) threads: &'s Threads,
    pub(super) regs: &'s Registers,
    pub(super) function: &'s Function,
    pub(super) frame: Frame,
    pub(super) view: View<'s>,
    /// The lanes of the path.
    pub(super) lanes: u32,
}

impl Site<'_> {
    /// Instructions that are too rare to be in the inner loop.
    #[inline(never)]
    pub(super) fn rare(&self, op: Op, pc: u32, lanes: u32) -> Outcome {
        match op {
            Op::Special(reg, special) => self.special(reg, special, lanes),
            Op::LocalAddress(reg, offset) => {
                let address = self.frame.local as u64 * 4 + u64::from(offset);
                self.view.fill(reg, address, lanes);
            }
            Op::DynamicShared(reg) => {
                self.view.fill(reg, u64::from(self.env.dynamic_base), lanes);
            }
            Op::IsSpace(space, d, address) => {
                let addresses = self.view.wide(address);
                let bits = lanes_of(lanes).fold(0, |bits, lane| {
                    bits | u32::from(is_in(space, addresses[lane].get())) << lane
                });
                self.view.set_pred(d, bits, lanes);
            }
            Op::ActiveMask(d) => {
                for lane in lanes_of(lanes) {
                    self.view.narrow(d)[lane].set(lanes);
                }
            }
            Op::Fence => self.block.fence(self.threads.warp),
            Op::Atomic(index) => {
                return self.atomic(&self.function.atomics[index as usize], lanes, pc);
            }
            Op::CopyAsync(index) => {
                return self.copy_async(&self.function.copies[index as usize], lanes);
            }
            Op::Mbarrier(index) => {
                return self.mbarrier(&self.function.mbarriers[index as usize], lanes);
            }
            Op::Texture(index) => {
                return self.texture(&self.function.textures[index as usize], lanes);
            }
            Op::Surface(index) => {
                return self.surface(&self.function.surfaces[index as usize], lanes);
            }
            Op::Query(index) => return self.query(&self.function.queries[index as usize], lanes),
            other => {
                let lane = lanes.trailing_zeros() as usize;
                let detail = format!("{other:?} is done elsewhere");
                return Err(Trouble::new(FaultKind::Unsupported, lane, detail));
            }
        }
        Ok(())
    }

    fn special(&self, reg: Reg, special: Special, lanes: u32) {
        if let (Special::ThreadIndex(axis), Class::Narrow, true) =
            (special, reg.class, lanes == self.threads.lanes)
        {
            let index = &self.threads.index[axis as usize];
            // Where there is no thread, nobody looks.
            for (lane, index) in self.view.narrow(reg.slot).iter().zip(index) {
                lane.set(*index);
            }
            return;
        }
        if is_uniform(special) {
            let value = self.special_value(special, lanes.trailing_zeros() as usize);
            self.view.fill(reg, value, lanes);
            return;
        }
        for lane in lanes_of(lanes) {
            let value = self.special_value(special, lane);
            self.view.set(reg, lane, value);
        }
    }

    fn special_value(&self, special: Special, lane: usize) -> u64 {
        let env = self.env;
        let launch = env.launch;
        let narrow = match special {
            Special::ThreadIndex(axis) => self.threads.index[axis as usize][lane],
            Special::BlockSize(axis) => launch.block[axis as usize],
            Special::BlockIndex(axis) => self.block.index()[axis as usize],
            Special::GridSize(axis) => launch.grid[axis as usize],
            Special::LaneId => lane as u32,
            Special::WarpId => self.threads.warp as u32,
            Special::Warps => 32,
            Special::LaneMaskEq => 1 << lane,
            Special::LaneMaskLt => (1 << lane) - 1,
            Special::LaneMaskLe => !0 >> (31 - lane),
            Special::LaneMaskGt => !(!0 >> (31 - lane)),
            Special::LaneMaskGe => !((1 << lane) - 1),
            Special::Multiprocessor => self.block.worker() as u32,
            Special::Multiprocessors => launch.workers as u32,
            Special::DynamicSharedSize => launch.shared_bytes,
            Special::TotalSharedSize => self.block.shared().len() as u32,
            Special::Clock | Special::ClockHigh | Special::Clock64 => {
                return half_of(special, env.nanoseconds());
            }
            Special::GlobalTimer | Special::GlobalTimerLow | Special::GlobalTimerHigh => {
                return half_of(special, env.time_of_day());
            }
            Special::Environment(half) => (env.grid_barrier >> (32 * u32::from(half))) as u32,
            Special::GridId | Special::Zero => 0,
        };
        u64::from(narrow)
    }
}

/// Whether all lanes see the same.
fn is_uniform(special: Special) -> bool {
    !matches!(
        special,
        Special::ThreadIndex(_)
            | Special::LaneId
            | Special::LaneMaskEq
            | Special::LaneMaskLe
            | Special::LaneMaskLt
            | Special::LaneMaskGe
            | Special::LaneMaskGt
    )
}

fn half_of(special: Special, value: u64) -> u64 {
    match special {
        Special::ClockHigh | Special::GlobalTimerHigh => value >> 32,
        Special::Clock | Special::GlobalTimerLow => value & 0xffff_ffff,
        _ => value,
    }
}

fn is_in(space: MemorySpace, address: u64) -> bool {
    let window = window::of(address);
    match space {
        MemorySpace::Shared => window == window::SHARED,
        MemorySpace::Local => window == window::LOCAL,
        MemorySpace::Param => window == window::PARAM,
        MemorySpace::Global => window == 0,
        MemorySpace::Const | MemorySpace::Generic => false,
    }
}
