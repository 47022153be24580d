//! Global memory: allocations that are checked, shared by host and kernels.

mod allocation;
mod cell;
mod error;
mod host;
mod shadow;
mod sys;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod window;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::RwLock;

pub(crate) use self::allocation::Allocation;
use self::cell::Bytes;
pub use self::error::MemoryError;
use self::shadow::Shadow;
use self::table::Table;

/// Above all addresses of a process on x86-64 and on 48-bit AArch64: an address of the host is none of a device.
const FIRST_WINDOW: u64 = 1 << 48;

/// How many memories there have been.
static WINDOWS: AtomicU64 = AtomicU64::new(0);

/// How often anything has been freed, in any memory: what remembers an allocation forgets it when this has changed.
static FREES: AtomicU64 = AtomicU64::new(0);

/// How often anything has been freed or put out of reach.
pub(crate) fn frees() -> u64 {
    FREES.load(Ordering::Acquire)
}

/// The global memory of a device.
///
/// All methods take `&self` and may be called while kernels run; what they read of bytes that others write meanwhile is
/// any mixture of old and new bytes. Addresses of different memories differ, and none is an address of the host.
#[derive(Debug)]
pub struct GlobalMemory {
    limit: u64,
    table: RwLock<Table>,
    peers: RwLock<Vec<Weak<GlobalMemory>>>,
}

impl GlobalMemory {
    /// A memory of so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> GlobalMemory {
        // After a thousand memories windows are used again: then two memories that live together may share addresses.
        let index = WINDOWS.fetch_add(1, Ordering::Relaxed) % 1000;
        GlobalMemory {
            limit,
            table: RwLock::new(Table::new(FIRST_WINDOW + index * Table::window_size())),
            peers: RwLock::new(Vec::new()),
        }
    }

    /// Allocates bytes that nobody has written, at a multiple of 512.
    ///
    /// # Errors
    ///
    /// If there is no room, or `len` is zero.
    pub fn alloc(&self, len: u64) -> Result<u64, MemoryError> {
        self.alloc_as(len, |allocation| allocation)
    }

    /// As [`alloc`](GlobalMemory::alloc), for bytes that kernels may not write.
    pub(crate) fn alloc_constant(&self, len: u64) -> Result<u64, MemoryError> {
        self.alloc_as(len, Allocation::constant)
    }

    fn alloc_as(
        &self,
        len: u64,
        kind: impl FnOnce(Allocation) -> Allocation,
    ) -> Result<u64, MemoryError> {
        if len == 0 {
            return Err(MemoryError::InvalidSize);
        }
        let mut table = self.table.write();
        let left = self.limit.saturating_sub(table.used);
        let no_room = MemoryError::OutOfMemory { asked: len, left };
        if len > left {
            return Err(no_room);
        }
        let size = usize::try_from(len).map_err(|_| no_room)?;
        let bytes = Bytes::zeroed(size).ok_or(no_room)?;
        let shadow = Shadow::unwritten(size).ok_or(no_room)?;
        let base = table.find_addresses(len).ok_or(no_room)?;
        table.insert(Arc::new(kind(Allocation::new(base, bytes, shadow, false))));
        Ok(base)
    }

    /// Frees an allocation. Its addresses are not used again soon, so that a late access is told what it is.
    ///
    /// # Errors
    ///
    /// If no allocation starts there, or it was freed before.
    pub fn free(&self, address: u64) -> Result<(), MemoryError> {
        let mut table = self.table.write();
        let Some(allocation) = table.remove(address) else {
            return Err(match table.freed(address) {
                Some(allocation) => MemoryError::UseAfterFree {
                    address,
                    allocation,
                },
                None => MemoryError::NotAnAllocation { address },
            });
        };
        FREES.fetch_add(1, Ordering::Release);
        drop(table);
        drop(allocation);
        Ok(())
    }

    /// Copies bytes to the host. Bytes that nobody has written read as zero.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn read(&self, address: u64, to: &mut [u8]) -> Result<(), MemoryError> {
        if to.is_empty() {
            return Ok(());
        }
        let (allocation, at) = self.find(address, to.len() as u64)?;
        allocation.bytes().read(at, to);
        Ok(())
    }

    /// Copies bytes from the host.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn write(&self, address: u64, from: &[u8]) -> Result<(), MemoryError> {
        if from.is_empty() {
            return Ok(());
        }
        let (allocation, at) = self.find(address, from.len() as u64)?;
        allocation.write(at, from);
        Ok(())
    }

    /// Repeats a pattern of 1, 2, 4 or any number of bytes, `count` times.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn fill(&self, address: u64, pattern: &[u8], count: u64) -> Result<(), MemoryError> {
        let len = count.saturating_mul(pattern.len() as u64);
        if len == 0 {
            return Ok(());
        }
        let (allocation, at) = self.find(address, len)?;
        allocation.fill(at, pattern, len as usize);
        Ok(())
    }

    /// Copies bytes within this memory, or between it and one of its peers. The ranges may overlap. Bytes that nobody has
    /// written stay such.
    ///
    /// # Errors
    ///
    /// If a range is not within one allocation.
    pub fn copy(&self, to: u64, from: u64, len: u64) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let (source, from_at) = self.find(from, len)?;
        let (target, to_at) = self.find(to, len)?;
        target.copy(to_at, &source, from_at, len as usize);
        Ok(())
    }

    /// The allocation that an address lies in: first address and length.
    #[must_use]
    pub fn range_of(&self, address: u64) -> Option<(u64, u64)> {
        let table = self.table.read();
        table.containing(address).map(|found| found.range())
    }

    /// Whether each byte of the range has been written.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn is_initialised(&self, address: u64, len: u64) -> Result<bool, MemoryError> {
        if len == 0 {
            return Ok(true);
        }
        let (allocation, at) = self.find(address, len)?;
        Ok(allocation.shadow().covers(at, len as usize))
    }

    /// Lets kernels and copies of this memory's device reach another's allocations.
    pub fn enable_peer(&self, peer: &Arc<GlobalMemory>) {
        let mut peers = self.peers.write();
        peers.retain(|known| known.strong_count() > 0);
        if !peers
            .iter()
            .any(|known| known.as_ptr() == Arc::as_ptr(peer))
        {
            peers.push(Arc::downgrade(peer));
        }
    }

    /// Ends what [`enable_peer`](GlobalMemory::enable_peer) began.
    pub fn disable_peer(&self, peer: &Arc<GlobalMemory>) {
        let mut peers = self.peers.write();
        peers.retain(|known| known.as_ptr() != Arc::as_ptr(peer));
        FREES.fetch_add(1, Ordering::Release);
    }

    /// Bytes it has in all.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes allocated now, host memory not counted.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.table.read().used
    }

    /// Allocations now, those of host memory included.
    #[must_use]
    pub fn live(&self) -> usize {
        self.table.read().live()
    }

    /// The allocation that holds all of a range, here or in a peer, and where the range starts in it.
    pub(crate) fn find(
        &self,
        address: u64,
        len: u64,
    ) -> Result<(Arc<Allocation>, usize), MemoryError> {
        if let Some(found) = self.find_own(address, len) {
            return Ok(found);
        }
        let peers = self.peers.read();
        let mut live = peers.iter().filter_map(Weak::upgrade);
        let found = live.find_map(|peer| peer.find_own(address, len));
        found.ok_or_else(|| self.why_not(address, len))
    }

    fn find_own(&self, address: u64, len: u64) -> Option<(Arc<Allocation>, usize)> {
        let table = self.table.read();
        let allocation = table.containing(address)?;
        let at = allocation.offset(address, len)?;
        Some((allocation.clone(), at))
    }

    fn why_not(&self, address: u64, len: u64) -> MemoryError {
        let table = self.table.read();
        match table.freed(address) {
            Some(allocation) if table.containing(address).is_none() => MemoryError::UseAfterFree {
                address,
                allocation,
            },
            _ => MemoryError::IllegalAddress {
                address,
                len,
                allocation: table.nearest(address),
            },
        }
    }
}
