//! Global memory as a warp uses it: all lanes are checked together where they are near each other.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::access::{Addresses, access};
use super::fault::FaultKind;
use super::frame::{LANES, lanes_of};
use super::lanewise::Word;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::Allocation;
use crate::emu::program::op::{Class, MemoryOp};

/// How the addresses of some lanes lie.
struct Span {
    low: u64,
    /// The byte behind the highest.
    end: u64,
    /// Each lane's access begins where that of the lane before it ends.
    contiguous: bool,
    aligned: bool,
}

#[inline(always)]
fn span(addresses: &Addresses, lanes: u32, width: u32) -> Span {
    let width = u64::from(width);
    let first = lanes.trailing_zeros() as usize;
    let start = addresses[first].wrapping_sub(first as u64 * width);
    let mut differ = 0;
    let mut ones = 0;
    for (lane, address) in addresses.iter().enumerate() {
        let active = 0u64.wrapping_sub(u64::from(lanes >> lane & 1));
        differ |= (address ^ start.wrapping_add(lane as u64 * width)) & active;
        ones |= address & active;
    }
    let aligned = ones & (width - 1) == 0;
    if differ == 0 {
        let last = 31 - lanes.leading_zeros() as usize;
        return Span {
            low: addresses[first],
            end: addresses[last].saturating_add(width),
            contiguous: true,
            aligned,
        };
    }
    let (mut low, mut high) = (u64::MAX, 0);
    for lane in lanes_of(lanes) {
        low = low.min(addresses[lane]);
        high = high.max(addresses[lane]);
    }
    Span {
        low,
        end: high.saturating_add(width),
        contiguous: false,
        aligned,
    }
}

/// A value of 1, 2, 4 or 8 bytes.
#[inline(always)]
pub(super) fn read(allocation: &Allocation, at: usize, size: u32) -> u64 {
    let bytes = allocation.bytes();
    match size {
        1 => u64::from(bytes.u8(at).load(Relaxed)),
        2 => u64::from(bytes.u16(at).load(Relaxed)),
        4 => u64::from(bytes.u32(at).load(Relaxed)),
        _ => bytes.u64(at).load(Relaxed),
    }
}

#[inline(always)]
fn write(allocation: &Allocation, at: usize, size: u32, value: u64) {
    let bytes = allocation.bytes();
    match size {
        1 => bytes.u8(at).store(value as u8, Relaxed),
        2 => bytes.u16(at).store(value as u16, Relaxed),
        4 => bytes.u32(at).store(value as u32, Relaxed),
        _ => bytes.u64(at).store(value, Relaxed),
    }
}

impl Site<'_> {
    #[inline(always)]
    pub(super) fn load_global(
        &self,
        op: &MemoryOp,
        addresses: &Addresses,
        lanes: u32,
        pc: u32,
    ) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        let span = span(addresses, lanes, width);
        if span.aligned {
            let range = (span.low, span.end - span.low);
            if let Some((allocation, at)) = self.block.near(self.env, range, pc) {
                return self.load_near(op, &allocation, at, &span, addresses, lanes);
            }
        }
        self.load_scattered(op, addresses, lanes)
    }

    /// Lanes whose addresses are all in one allocation; the lowest is at a known place.
    #[inline(always)]
    fn load_near(
        &self,
        op: &MemoryOp,
        allocation: &Allocation,
        at: usize,
        span: &Span,
        addresses: &Addresses,
        lanes: u32,
    ) -> Outcome {
        let len = (span.end - span.low) as usize;
        let check = self.env.launch.checks.uninitialised_global;
        if check && !allocation.shadow().covers(at, len) {
            let width = op.size * op.regs.len() as u32;
            self.check_each(allocation, addresses, lanes, width, Some(op))?;
        }
        if lanes == !0 && span.contiguous && self.load_row(op, allocation, at) {
            return Ok(());
        }
        let place = |lane: usize| (addresses[lane] - allocation.base()) as usize;
        if let ([Some(reg)], 4) = (op.regs.as_slice(), op.size)
            && reg.class == Class::Narrow
        {
            let row = self.view.narrow(reg.slot);
            for lane in lanes_of(lanes) {
                row[lane].set(allocation.bytes().u32(place(lane)).load(Relaxed));
            }
            return Ok(());
        }
        for lane in lanes_of(lanes) {
            self.load_lane(op, allocation, place(lane), lane);
        }
        Ok(())
    }

    /// All lanes at once, if elements are of four or eight bytes and registers as large.
    #[inline(always)]
    fn load_row(&self, op: &MemoryOp, allocation: &Allocation, at: usize) -> bool {
        let [Some(reg)] = op.regs.as_slice() else {
            return false;
        };
        match (reg.class, op.size) {
            (Class::Narrow, 4) => u32::load_row(allocation, at, self.view.narrow(reg.slot)),
            (Class::Wide, 8) => u64::load_row(allocation, at, self.view.wide(reg.slot)),
            _ => return false,
        }
        true
    }

    fn load_lane(&self, op: &MemoryOp, allocation: &Allocation, at: usize, lane: usize) {
        for (index, reg) in op.regs.iter().enumerate() {
            let value = read(allocation, at + index * op.size as usize, op.size);
            self.set_element(op, *reg, lane, value);
        }
    }

    /// Lanes that are not all in one allocation, or of which one is wrong.
    #[inline(never)]
    fn load_scattered(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        for lane in lanes_of(lanes) {
            let (allocation, at) = self.place(addresses[lane], width, lane, "a read")?;
            if self.env.launch.checks.uninitialised_global {
                self.check_each(&allocation, addresses, 1 << lane, width, Some(op))?;
            }
            self.load_lane(op, &allocation, at, lane);
        }
        Ok(())
    }

    /// The allocation that one lane accesses.
    pub(super) fn place(
        &self,
        address: u64,
        width: u32,
        lane: usize,
        verb: &str,
    ) -> Outcome<(Arc<Allocation>, usize)> {
        let found = self.env.launch.memory.find(address, u64::from(width));
        let (allocation, at) = found
            .map_err(|error| Trouble::of_memory(&error, lane, &access(verb, width, "global")))?;
        if !address.is_multiple_of(u64::from(width)) {
            let detail = format!("{} is misaligned", access(verb, width, "global"));
            return Err(Trouble::new(FaultKind::Misaligned, lane, detail).at(address));
        }
        Ok((allocation, at))
    }

    /// Which lane reads what nobody has written, if one does. Of some loads not all bytes matter.
    #[inline(never)]
    pub(super) fn check_each(
        &self,
        allocation: &Allocation,
        addresses: &Addresses,
        lanes: u32,
        width: u32,
        load: Option<&MemoryOp>,
    ) -> Outcome {
        for lane in lanes_of(lanes) {
            let at = (addresses[lane] - allocation.base()) as usize;
            let shadow = allocation.shadow();
            let are_written = shadow.covers(at, width as usize)
                || load
                    .is_some_and(|op| op.used_bytes(width).all(|byte| shadow.covers(at + byte, 1)));
            if !are_written {
                let what = access("a read", width, "global");
                let detail = format!("{what} that nobody has written");
                let mut trouble = Trouble::new(FaultKind::Uninitialised, lane, detail);
                trouble.allocation = Some(allocation.range());
                return Err(trouble.at(addresses[lane]));
            }
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn store_global(
        &self,
        op: &MemoryOp,
        addresses: &Addresses,
        lanes: u32,
        pc: u32,
    ) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        let span = span(addresses, lanes, width);
        if span.aligned {
            let range = (span.low, span.end - span.low);
            let found = self.block.near(self.env, range, pc);
            // The error about a constant names its lane.
            if let Some((allocation, at)) = found.filter(|found| !found.0.is_constant()) {
                self.store_near(op, &allocation, at, &span, addresses, lanes);
                return Ok(());
            }
        }
        self.store_scattered(op, addresses, lanes)
    }

    /// As [`load_near`](Site::load_near).
    #[inline(always)]
    fn store_near(
        &self,
        op: &MemoryOp,
        allocation: &Allocation,
        at: usize,
        span: &Span,
        addresses: &Addresses,
        lanes: u32,
    ) {
        let width = (op.size as usize) * op.regs.len();
        let place = |lane: usize| (addresses[lane] - allocation.base()) as usize;
        if lanes == !0 && span.contiguous {
            if !self.store_row(op, allocation, at) {
                for lane in 0..LANES {
                    self.store_lane(op, allocation, place(lane), lane);
                }
            }
            allocation.shadow().mark(at, LANES * width);
            return;
        }
        if let ([Some(reg)], 4) = (op.regs.as_slice(), width)
            && reg.class == Class::Narrow
        {
            let row = self.view.narrow(reg.slot);
            for lane in lanes_of(lanes) {
                let word = allocation.bytes().u32(place(lane));
                word.store(row[lane].get(), Relaxed);
                allocation.shadow().mark(place(lane), 4);
            }
            return;
        }
        for lane in lanes_of(lanes) {
            self.store_lane(op, allocation, place(lane), lane);
            allocation.shadow().mark(place(lane), width);
        }
    }

    /// As [`load_row`](Site::load_row).
    #[inline(always)]
    fn store_row(&self, op: &MemoryOp, allocation: &Allocation, at: usize) -> bool {
        let [Some(reg)] = op.regs.as_slice() else {
            return false;
        };
        match (reg.class, op.size) {
            (Class::Narrow, 4) => u32::store_row(allocation, at, self.view.narrow(reg.slot)),
            (Class::Wide, 8) => u64::store_row(allocation, at, self.view.wide(reg.slot)),
            _ => return false,
        }
        true
    }

    fn store_lane(&self, op: &MemoryOp, allocation: &Allocation, at: usize, lane: usize) {
        for (index, reg) in op.regs.iter().enumerate() {
            let value = reg.map_or(0, |reg| self.view.get(reg, lane));
            write(allocation, at + index * op.size as usize, op.size, value);
        }
    }

    #[inline(never)]
    fn store_scattered(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        for lane in lanes_of(lanes) {
            let (allocation, at) = self.writable(addresses[lane], width, lane, "a write")?;
            self.store_lane(op, &allocation, at, lane);
            allocation.shadow().mark(at, width as usize);
        }
        Ok(())
    }

    /// The allocation that one lane writes.
    pub(super) fn writable(
        &self,
        address: u64,
        width: u32,
        lane: usize,
        verb: &str,
    ) -> Outcome<(Arc<Allocation>, usize)> {
        let (allocation, at) = self.place(address, width, lane, verb)?;
        if allocation.is_constant() {
            let detail = format!("{} goes to a constant", access(verb, width, "global"));
            let mut trouble = Trouble::new(FaultKind::IllegalAddress, lane, detail);
            trouble.allocation = Some(allocation.range());
            return Err(trouble.at(address));
        }
        Ok((allocation, at))
    }

    /// Copies bytes that one lane reads.
    pub(super) fn read_bytes(&self, address: u64, to: &mut [u8], lane: usize) -> Outcome {
        let len = to.len() as u32;
        let found = self.env.launch.memory.find(address, u64::from(len));
        let (allocation, at) = found
            .map_err(|error| Trouble::of_memory(&error, lane, &access("a read", len, "global")))?;
        if self.env.launch.checks.uninitialised_global {
            let mut addresses = [0; LANES];
            addresses[lane] = address;
            self.check_each(&allocation, &addresses, 1 << lane, len, None)?;
        }
        allocation.bytes().read(at, to);
        Ok(())
    }
}
