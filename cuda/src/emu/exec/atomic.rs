//! Atomic operations.

use std::sync::atomic::Ordering::Relaxed;

use super::access::{Addresses, access};
use super::fault::FaultKind;
use super::frame::lanes_of;
use super::registers::Registers;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::{Allocation, window};
use crate::emu::program::op::{AtomicKind, AtomicOp, MemorySpace};

/// What one lane stores, from what was there.
struct Change<'o> {
    op: &'o AtomicOp,
    a: u64,
    b: u64,
}

impl Change<'_> {
    fn new_value(&self, old: u64) -> u64 {
        match self.op.kind {
            AtomicKind::Update(f) => f([old, self.a, 0, 0]),
            AtomicKind::CompareAndSwap if old == self.a => self.b,
            AtomicKind::CompareAndSwap => old,
        }
    }

    /// The old value.
    fn apply(&self, allocation: &Allocation, at: usize) -> u64 {
        let bytes = allocation.bytes();
        match self.op.size {
            4 if self.op.is_add => u64::from(bytes.u32(at).fetch_add(self.a as u32, Relaxed)),
            8 if self.op.is_add => bytes.u64(at).fetch_add(self.a, Relaxed),
            2 => u64::from(allocation.update16(at, |old| self.new_value(u64::from(old)) as u16)),
            4 => u64::from(allocation.update32(at, |old| self.new_value(u64::from(old)) as u32)),
            _ => allocation.update64(at, |old| self.new_value(old)),
        }
    }
}

impl Site<'_> {
    pub(super) fn atomic(&self, op: &AtomicOp, lanes: u32, pc: u32) -> Outcome {
        let addresses = self.addresses(&op.address);
        match op.address.space {
            MemorySpace::Global => self.atomic_global(op, &addresses, lanes, pc),
            MemorySpace::Shared => self.atomic_shared(op, &addresses, lanes),
            MemorySpace::Generic => {
                self.by_window(&addresses, lanes, |window, lanes| match window {
                    window::SHARED => self.atomic_shared(op, &addresses, lanes),
                    window::LOCAL => self.atomic_local(op, &addresses, lanes),
                    _ => self.atomic_global(op, &addresses, lanes, pc),
                })
            }
            _ => {
                let lane = lanes.trailing_zeros() as usize;
                let detail = "an atomic operation on memory that has none";
                Err(Trouble::new(FaultKind::IllegalAddress, lane, detail).at(addresses[lane]))
            }
        }
    }

    fn change<'o>(&self, op: &'o AtomicOp, lane: usize) -> Change<'o> {
        Change {
            op,
            a: self.view.get(op.a, lane),
            b: op.b.map_or(0, |b| self.view.get(b, lane)),
        }
    }

    fn set_old(&self, op: &AtomicOp, lane: usize, old: u64) {
        if let Some(dst) = op.dst {
            self.view.set(dst, lane, old);
        }
    }

    fn atomic_global(&self, op: &AtomicOp, addresses: &Addresses, lanes: u32, pc: u32) -> Outcome {
        for lane in lanes_of(lanes) {
            let range = (addresses[lane], u64::from(op.size));
            let aligned = addresses[lane].is_multiple_of(range.1);
            let found = self.block.near(self.env, range, pc);
            match found.filter(|(allocation, _)| aligned && !allocation.is_constant()) {
                Some((allocation, at)) => {
                    self.atomic_near(op, &allocation, at, addresses, lane)?;
                }
                None => {
                    let verb = "an atomic operation";
                    let (allocation, at) = self.writable(addresses[lane], op.size, lane, verb)?;
                    self.atomic_near(op, &allocation, at, addresses, lane)?;
                }
            }
        }
        Ok(())
    }

    fn atomic_near(
        &self,
        op: &AtomicOp,
        allocation: &Allocation,
        at: usize,
        addresses: &Addresses,
        lane: usize,
    ) -> Outcome {
        if self.env.launch.checks.uninitialised_global {
            self.check_each(allocation, addresses, 1 << lane, op.size, None)?;
        }
        let old = self.change(op, lane).apply(allocation, at);
        allocation.shadow().mark(at, op.size as usize);
        self.set_old(op, lane, old);
        Ok(())
    }

    fn atomic_shared(&self, op: &AtomicOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let shared = self.block.shared();
        for lane in lanes_of(lanes) {
            let verb = "an atomic operation";
            let at = self.shared_place(addresses[lane], op.size, lane, verb)?;
            self.check_shared(at, op.size, lane)?;
            let old = shared.read(at, op.size);
            shared.write(at, op.size, self.change(op, lane).new_value(old));
            self.set_old(op, lane, old);
        }
        Ok(())
    }

    /// Local memory has one thread only.
    fn atomic_local(&self, op: &AtomicOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let regs: &Registers = self.regs;
        for lane in lanes_of(lanes) {
            let what = || access("an atomic operation", op.size, "local");
            let at = self.within(addresses[lane], op.size, regs.local_len(), lane, what)?;
            let old = regs.read_local(at, op.size, lane);
            regs.write_local(at, op.size, lane, self.change(op, lane).new_value(old));
            regs.mark(at, op.size as usize, 1 << lane);
            self.set_old(op, lane, old);
        }
        Ok(())
    }
}
