//! The memory of a context: who may free what, and freeing in order.

use std::collections::HashMap;
use std::ptr::{NonNull, with_exposed_provenance_mut};
use std::sync::Arc;

use parking_lot::Mutex;

use super::cell;
use super::context::Context;
use super::failure::{Failure, memory_error};
use super::pool::Pool;
use super::specs::{MAX_PITCH, PITCH_ALIGNMENT};
use super::stream::Stream;
use crate::backend::{DevicePtr, HostBlock};
use crate::emu::memory::MemoryError;
use crate::error::{Code, Error, Result};

/// What a context has allocated and not freed, by address.
#[derive(Debug, Default)]
pub(super) struct Allocations(Mutex<HashMap<u64, Kind>>);

/// How memory came to be, which says how it goes.
#[derive(Debug)]
enum Kind {
    Device,
    /// In stream order.
    Pooled(Arc<Pool>, u64),
    Managed,
    PageLocked,
    Registered,
}

impl Kind {
    fn is_of_device(&self) -> bool {
        matches!(self, Kind::Device | Kind::Pooled(..))
    }
}

impl Allocations {
    fn insert(&self, address: u64, kind: Kind) {
        self.0.lock().insert(address, kind);
    }

    fn take(&self, address: u64, expected: impl Fn(&Kind) -> bool) -> Option<Kind> {
        let mut all = self.0.lock();
        all.get(&address)
            .is_some_and(expected)
            .then(|| all.remove(&address))?
    }
}

impl Context {
    pub(super) fn alloc(&self, bytes: usize, call: &'static str) -> Result<DevicePtr> {
        let allocated = self.memory().alloc(bytes as u64);
        let address = allocated.map_err(|error| memory_error(error, call))?;
        self.allocations.insert(address, Kind::Device);
        Ok(DevicePtr(address))
    }

    pub(super) fn alloc_pitched(
        &self,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)> {
        let call = "cuMemAllocPitch";
        let invalid = |why: &str| Error::new(Code::InvalidValue, call).because(why);
        if !matches!(element, 4 | 8 | 16) {
            return Err(invalid("an element has 4, 8 or 16 bytes"));
        }
        if width == 0 || width > MAX_PITCH - PITCH_ALIGNMENT {
            return Err(invalid("the width is 0, or more than a pitch can be"));
        }
        let pitch = width.next_multiple_of(PITCH_ALIGNMENT);
        let bytes = pitch
            .checked_mul(height)
            .ok_or_else(|| invalid("the size overflows"))?;
        Ok((self.alloc(bytes, call)?, pitch))
    }

    /// The address is good at once; only the end is in stream order.
    pub(super) fn alloc_from(&self, pool: &Arc<Pool>, bytes: usize) -> Result<DevicePtr> {
        let call = "cuMemAllocAsync";
        pool.take(bytes as u64, call)?;
        let allocated = self.emulator.devices[pool.device as usize]
            .memory
            .alloc(bytes as u64);
        let address = allocated.map_err(|error| {
            pool.give_back(bytes as u64);
            memory_error(error, call)
        })?;
        self.allocations
            .insert(address, Kind::Pooled(Arc::clone(pool), bytes as u64));
        Ok(DevicePtr(address))
    }

    /// Frees when all work that may use it is done.
    pub(super) fn free(&self, pointer: DevicePtr) -> Result<()> {
        let call = "cuMemFree";
        let freeable = |kind: &Kind| kind.is_of_device() || matches!(kind, Kind::Managed);
        let kind = self.take(pointer.0, freeable, call)?;
        self.drain_all();
        self.release(pointer.0, kind)
            .map_err(|error| memory_error(error, call))
    }

    /// Frees when the stream comes to it.
    pub(super) fn free_in_order(
        self: &Arc<Context>,
        pointer: DevicePtr,
        stream: &Stream,
    ) -> Result<()> {
        let call = "cuMemFreeAsync";
        stream.refuse_capture(call)?;
        self.refuse_implicit_capture(stream, call)?;
        let kind = self.take(pointer.0, Kind::is_of_device, call)?;
        let context = Arc::clone(self);
        let release = Box::new(move || {
            if let Err(error) = context.release(pointer.0, kind) {
                context.fail(Failure::from(error));
            }
        });
        self.enqueue(stream, Vec::new(), release, call).map(drop)
    }

    /// Host memory that kernels reach, zeroed.
    pub(super) fn alloc_host(&self, bytes: usize, managed: bool) -> Result<HostBlock> {
        let call = if managed {
            "cuMemAllocManaged"
        } else {
            "cuMemHostAlloc"
        };
        let allocated = self.emulator.host.alloc_host(bytes as u64);
        let address = allocated.map_err(|error| memory_error(error, call))?;
        let kind = if managed {
            Kind::Managed
        } else {
            Kind::PageLocked
        };
        self.allocations.insert(address, kind);
        let start = NonNull::new(with_exposed_provenance_mut(address as usize));
        let start =
            start.ok_or_else(|| Error::new(Code::Unknown, call).because("a null address"))?;
        Ok(HostBlock::new(start, bytes))
    }

    pub(super) fn free_host(&self, block: HostBlock) -> Result<()> {
        let page_locked = |kind: &Kind| matches!(kind, Kind::PageLocked);
        self.free_block(block, page_locked, Code::InvalidValue, "cuMemFreeHost")
    }

    pub(super) fn register(&self, block: HostBlock) -> Result<()> {
        let mapped = cell::map(&self.emulator.host, block);
        let address = mapped.map_err(|error| memory_error(error, "cuMemHostRegister"))?;
        self.allocations.insert(address, Kind::Registered);
        Ok(())
    }

    pub(super) fn unregister(&self, block: HostBlock) -> Result<()> {
        let registered = |kind: &Kind| matches!(kind, Kind::Registered);
        let code = Code::HostMemoryNotRegistered;
        self.free_block(block, registered, code, "cuMemHostUnregister")
    }

    fn free_block(
        &self,
        block: HostBlock,
        expected: impl Fn(&Kind) -> bool,
        code: Code,
        call: &'static str,
    ) -> Result<()> {
        let address = block.start().as_ptr().expose_provenance() as u64;
        let taken = self.allocations.take(address, expected);
        let kind = taken.ok_or_else(|| {
            Error::new(code, call).because(format_args!(
                "the context has no such memory at {address:#x}"
            ))
        })?;
        self.drain_host_users();
        self.release(address, kind)
            .map_err(|error| memory_error(error, call))
    }

    /// Waits for the work of all contexts: kernels of any of them may use host memory.
    fn drain_host_users(&self) {
        for context in self.emulator.contexts() {
            context.drain_all();
        }
    }

    fn take(
        &self,
        address: u64,
        expected: impl Fn(&Kind) -> bool,
        call: &'static str,
    ) -> Result<Kind> {
        self.allocations.take(address, expected).ok_or_else(|| {
            let why = "nothing of this context begins there, or it was freed before";
            Error::new(Code::InvalidValue, call).because(format_args!("{address:#x}: {why}"))
        })
    }

    fn release(&self, address: u64, kind: Kind) -> Result<(), MemoryError> {
        match kind {
            Kind::Device => self.memory().free(address),
            Kind::Pooled(pool, bytes) => {
                pool.give_back(bytes);
                self.emulator.devices[pool.device as usize]
                    .memory
                    .free(address)
            }
            Kind::Managed | Kind::PageLocked | Kind::Registered => self.emulator.host.free(address),
        }
    }

    /// Frees what is left at the end.
    pub(super) fn free_all(&self) {
        let all = std::mem::take(&mut *self.allocations.0.lock());
        if all.values().any(|kind| matches!(kind, Kind::Registered)) {
            self.drain_host_users();
        }
        for (address, kind) in all {
            // All of them are there: nobody else frees them.
            let _ = self.release(address, kind);
        }
    }

    /// Whether a range is managed memory, all of it.
    pub(super) fn check_managed(
        &self,
        pointer: DevicePtr,
        bytes: usize,
        call: &'static str,
    ) -> Result<()> {
        let range = self.emulator.host.range_of(pointer.0);
        let managed = range.filter(|(start, len)| {
            let end = pointer.0.saturating_add(bytes as u64);
            let kinds = self.allocations.0.lock();
            matches!(kinds.get(start), Some(Kind::Managed)) && end <= start + len
        });
        managed.map(drop).ok_or_else(|| {
            Error::new(Code::InvalidValue, call).because(format_args!(
                "{bytes} bytes at {pointer} are not managed memory"
            ))
        })
    }
}
