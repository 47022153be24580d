//! Loads and stores: which space, and what is the same for all.

use super::fault::FaultKind;
use super::frame::{LANES, lanes_of};
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::window;
use crate::emu::program::op::{Address, Base, CopyOp, MemoryOp, MemorySpace, Reg};

/// An address for each lane; those of other lanes mean nothing.
pub(super) type Addresses = [u64; LANES];

/// How a value of `size` bytes becomes a register's.
#[inline(always)]
pub(super) fn extended(value: u64, size: u32, signed: bool) -> u64 {
    if signed && size < 8 {
        let shift = 64 - size * 8;
        ((value << shift) as i64 >> shift) as u64
    } else {
        value
    }
}

/// "a read of 4 bytes of shared memory"
pub(super) fn access(verb: &str, size: u32, space: &str) -> String {
    let bytes = if size == 1 { "byte" } else { "bytes" };
    format!("{verb} of {size} {bytes} of {space} memory")
}

impl Site<'_> {
    #[inline(always)]
    pub(super) fn addresses(&self, address: &Address) -> Addresses {
        let offset = address.offset as u64;
        match address.base {
            Base::Wide(slot) => {
                let mut addresses = [0; LANES];
                for (address, lane) in addresses.iter_mut().zip(self.view.wide(slot)) {
                    *address = lane.get().wrapping_add(offset);
                }
                addresses
            }
            Base::Narrow(slot) => {
                let mut addresses = [0; LANES];
                for (address, lane) in addresses.iter_mut().zip(self.view.narrow(slot)) {
                    *address = u64::from(lane.get()).wrapping_add(offset);
                }
                addresses
            }
            Base::Zero => [offset; LANES],
            Base::Frame => [self.frame.local as u64 * 4 + offset; LANES],
        }
    }

    #[inline(always)]
    pub(super) fn load(&self, op: &MemoryOp, lanes: u32, pc: u32) -> Outcome {
        if op.address.space == MemorySpace::Global {
            let addresses = self.addresses(&op.address);
            return self.load_global(op, &addresses, lanes, pc);
        }
        self.load_elsewhere(op, lanes, pc)
    }

    #[inline(never)]
    fn load_elsewhere(&self, op: &MemoryOp, lanes: u32, pc: u32) -> Outcome {
        let addresses = self.addresses(&op.address);
        match op.address.space {
            MemorySpace::Global | MemorySpace::Const => self.load_global(op, &addresses, lanes, pc),
            MemorySpace::Shared => self.load_shared(op, &addresses, lanes),
            MemorySpace::Local => self.load_local(op, &addresses, lanes),
            MemorySpace::Param => self.load_param(op, &addresses, lanes),
            MemorySpace::Generic => {
                self.by_window(&addresses, lanes, |window, lanes| match window {
                    window::SHARED => self.load_shared(op, &addresses, lanes),
                    window::LOCAL => self.load_local(op, &addresses, lanes),
                    window::PARAM => self.load_param(op, &addresses, lanes),
                    _ => self.load_global(op, &addresses, lanes, pc),
                })
            }
        }
    }

    #[inline(always)]
    pub(super) fn store(&self, op: &MemoryOp, lanes: u32, pc: u32) -> Outcome {
        if op.address.space == MemorySpace::Global {
            let addresses = self.addresses(&op.address);
            return self.store_global(op, &addresses, lanes, pc);
        }
        self.store_elsewhere(op, lanes, pc)
    }

    #[inline(never)]
    fn store_elsewhere(&self, op: &MemoryOp, lanes: u32, pc: u32) -> Outcome {
        let addresses = self.addresses(&op.address);
        match op.address.space {
            MemorySpace::Global => self.store_global(op, &addresses, lanes, pc),
            MemorySpace::Shared => self.store_shared(op, &addresses, lanes),
            MemorySpace::Local => self.store_local(op, &addresses, lanes),
            MemorySpace::Const | MemorySpace::Param => Err(read_only(&addresses, lanes)),
            MemorySpace::Generic => {
                self.by_window(&addresses, lanes, |window, lanes| match window {
                    window::SHARED => self.store_shared(op, &addresses, lanes),
                    window::LOCAL => self.store_local(op, &addresses, lanes),
                    window::PARAM => Err(read_only(&addresses, lanes)),
                    _ => self.store_global(op, &addresses, lanes, pc),
                })
            }
        }
    }

    /// Does something for the lanes of each window that generic addresses point to.
    pub(super) fn by_window(
        &self,
        addresses: &Addresses,
        mut lanes: u32,
        mut f: impl FnMut(u64, u32) -> Outcome,
    ) -> Outcome {
        while lanes != 0 {
            let window = window::of(addresses[lanes.trailing_zeros() as usize]);
            let alike = lanes_of(lanes)
                .filter(|lane| window::of(addresses[*lane]) == window)
                .fold(0, |alike, lane| alike | 1 << lane);
            f(window, alike)?;
            lanes &= !alike;
        }
        Ok(())
    }

    /// Sets what a load gives one lane.
    #[inline(always)]
    pub(super) fn set_element(&self, op: &MemoryOp, reg: Option<Reg>, lane: usize, value: u64) {
        if let Some(reg) = reg {
            self.view
                .set(reg, lane, extended(value, op.size, op.signed));
        }
    }

    /// A lane's address within a window of so many bytes, if the access is all inside and aligned.
    pub(super) fn within(
        &self,
        address: u64,
        width: u32,
        len: u64,
        lane: usize,
        what: impl Fn() -> String,
    ) -> Outcome<usize> {
        // The window's number, if there is one, is above the low half.
        let offset = address & 0xffff_ffff;
        if offset + u64::from(width) > len {
            let detail = format!("{} is out of bounds: there are {len} bytes", what());
            return Err(Trouble::new(FaultKind::IllegalAddress, lane, detail).at(address));
        }
        if !offset.is_multiple_of(u64::from(width)) {
            let detail = format!("{} is misaligned", what());
            return Err(Trouble::new(FaultKind::Misaligned, lane, detail).at(address));
        }
        Ok(offset as usize)
    }

    fn load_param(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        if op.address.base == Base::Zero {
            return self.load_param_at(op, addresses[0], lanes);
        }
        for lane in lanes_of(lanes) {
            self.load_param_at(op, addresses[lane], 1 << lane)?;
        }
        Ok(())
    }

    /// Lanes that read the same parameter.
    fn load_param_at(&self, op: &MemoryOp, address: u64, lanes: u32) -> Outcome {
        let params = self.env.launch.params;
        let size = op.size as usize;
        let width = op.size * op.regs.len() as u32;
        let lane = lanes.trailing_zeros() as usize;
        let what = || access("a read", width, "parameter");
        let at = self.within(address, width, params.len() as u64, lane, what)?;
        for (index, reg) in op.regs.iter().enumerate() {
            let at = at + index * size;
            let mut bytes = [0; 8];
            bytes[..size].copy_from_slice(&params[at..at + size]);
            let value = extended(u64::from_le_bytes(bytes), op.size, op.signed);
            reg.inspect(|reg| self.view.fill(*reg, value, lanes));
        }
        Ok(())
    }

    // Local memory.

    fn local_place(&self, address: u64, width: u32, lane: usize, verb: &str) -> Outcome<usize> {
        let len = self.regs.local_len();
        self.within(address, width, len, lane, || access(verb, width, "local"))
    }

    fn load_local(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        let check = self.env.launch.checks.uninitialised_local;
        for lane in lanes_of(lanes) {
            let at = self.local_place(addresses[lane], width, lane, "a read")?;
            if check {
                self.check_local(op, at, width, lane)?;
            }
            for (index, reg) in op.regs.iter().enumerate() {
                let at = at + index * op.size as usize;
                let value = self.regs.read_local(at, op.size, lane);
                self.set_element(op, *reg, lane, value);
            }
        }
        Ok(())
    }

    fn check_local(&self, op: &MemoryOp, at: usize, width: u32, lane: usize) -> Outcome {
        let is_written = |byte: usize| self.regs.are_written(at + byte, 1, 1 << lane);
        if self.regs.are_written(at, width as usize, 1 << lane)
            || op.used_bytes(width).all(is_written)
        {
            return Ok(());
        }
        let what = access("a read", width, "local");
        let detail = format!("{what} that the thread has not written");
        Err(Trouble::new(FaultKind::Uninitialised, lane, detail).at(window::LOCAL + at as u64))
    }

    fn store_local(&self, op: &MemoryOp, addresses: &Addresses, lanes: u32) -> Outcome {
        let width = op.size * op.regs.len() as u32;
        for lane in lanes_of(lanes) {
            let at = self.local_place(addresses[lane], width, lane, "a write")?;
            for (index, reg) in op.regs.iter().enumerate() {
                let value = reg.map_or(0, |reg| self.view.get(reg, lane));
                self.regs
                    .write_local(at + index * op.size as usize, op.size, lane, value);
            }
            self.regs.mark(at, width as usize, 1 << lane);
        }
        Ok(())
    }

    /// `cp.async`
    pub(super) fn copy_async(&self, op: &CopyOp, lanes: u32) -> Outcome {
        let (to, from) = (self.addresses(&op.to), self.addresses(&op.from));
        for lane in lanes_of(lanes) {
            let wanted = op
                .source_size
                .map_or(op.size, |reg| self.view.get(reg, lane) as u32);
            let wanted = wanted.min(op.size);
            let mut bytes = [0; 16];
            if wanted > 0 {
                self.read_bytes(from[lane], &mut bytes[..wanted as usize], lane)?;
            }
            self.write_shared_bytes(to[lane], &bytes[..op.size as usize], lane)?;
        }
        Ok(())
    }
}

fn read_only(addresses: &Addresses, lanes: u32) -> Box<Trouble> {
    let lane = lanes.trailing_zeros() as usize;
    let detail = "a write to memory that kernels only read";
    Trouble::new(FaultKind::IllegalAddress, lane, detail).at(addresses[lane])
}
