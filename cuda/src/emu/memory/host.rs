//! Memory of the host that kernels reach: managed, pinned and registered memory.

use std::sync::Arc;

use super::allocation::Allocation;
use super::cell::Bytes;
use super::shadow::Shadow;
use super::{GlobalMemory, MemoryError};

impl GlobalMemory {
    /// Allocates host memory that kernels reach at the address that the host has for it: managed and pinned memory. It is
    /// zero at first and counts as written.
    ///
    /// # Errors
    ///
    /// If `len` is zero, or the host has no room.
    pub fn alloc_host(&self, len: u64) -> Result<u64, MemoryError> {
        if len == 0 {
            return Err(MemoryError::InvalidSize);
        }
        let no_room = MemoryError::OutOfMemory {
            asked: len,
            left: 0,
        };
        let size = usize::try_from(len).map_err(|_| no_room)?;
        let bytes = Bytes::zeroed(size).ok_or(no_room)?;
        Ok(self.insert_host(bytes))
    }

    /// Makes bytes of the host an allocation at their own address.
    pub(super) fn insert_host(&self, bytes: Bytes) -> u64 {
        let base = bytes.address();
        let shadow = Shadow::written(bytes.len());
        let allocation = Allocation::new(base, bytes, shadow, true);
        self.table.write().insert(Arc::new(allocation));
        base
    }

    pub(super) fn is_mapped(&self, base: u64, len: u64) -> bool {
        self.table.read().overlaps(base, len)
    }
}
