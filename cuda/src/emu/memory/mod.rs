//! Global memory: allocations that are checked, shared by host and kernels.

use std::fmt;
use std::sync::Arc;

/// A range of memory cannot be used so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryError {
    /// More than the memory has left.
    OutOfMemory {
        /// Bytes asked for.
        asked: u64,
        /// Bytes left.
        left: u64,
    },
    /// No bytes, or an alignment that is no power of two.
    InvalidSize,
    /// The range is in no allocation.
    IllegalAddress {
        /// The first address that was asked for.
        address: u64,
        /// Bytes asked for.
        len: u64,
        /// The allocation that the range begins in or is nearest to: first address and length.
        allocation: Option<(u64, u64)>,
    },
    /// The range was freed.
    UseAfterFree {
        /// The first address that was asked for.
        address: u64,
        /// The allocation that was: first address and length.
        allocation: (u64, u64),
    },
    /// What is to be freed is not the start of an allocation.
    NotAnAllocation {
        /// The address.
        address: u64,
    },
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            MemoryError::OutOfMemory { asked, left } => {
                write!(f, "{asked} bytes asked for, {left} bytes are left")
            }
            MemoryError::InvalidSize => f.write_str("invalid size or alignment of an allocation"),
            MemoryError::IllegalAddress { address, len, .. } => {
                write!(f, "{len} bytes at {address:#x} are in no allocation")
            }
            MemoryError::UseAfterFree { address, allocation } => write!(
                f,
                "{address:#x} belonged to {} bytes at {:#x}, which are freed",
                allocation.1, allocation.0
            ),
            MemoryError::NotAnAllocation { address } => {
                write!(f, "no allocation starts at {address:#x}")
            }
        }
    }
}

impl std::error::Error for MemoryError {}

/// The global memory of a device.
///
/// All methods take `&self` and may be called while kernels run; what they read of bytes that others write meanwhile is
/// any mixture of old and new bytes. Addresses of different memories differ, and none is an address of the host.
#[derive(Debug)]
pub struct GlobalMemory {
}

impl GlobalMemory {
    /// A memory of so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> GlobalMemory {
        let _ = limit;
        unimplemented!()
    }

    /// Allocates bytes that nobody has written, at a multiple of 512.
    ///
    /// # Errors
    ///
    /// If there is no room, or `len` is zero.
    pub fn alloc(&self, len: u64) -> Result<u64, MemoryError> {
        let _ = len;
        unimplemented!()
    }

    /// Frees an allocation. Its bytes stay in quarantine for a while, so that a late access is told what it is.
    ///
    /// # Errors
    ///
    /// If no allocation starts there, or it was freed before.
    pub fn free(&self, address: u64) -> Result<(), MemoryError> {
        let _ = address;
        unimplemented!()
    }

    /// Copies bytes to the host. Bytes that nobody has written read as zero.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn read(&self, address: u64, to: &mut [u8]) -> Result<(), MemoryError> {
        let _ = (address, to);
        unimplemented!()
    }

    /// Copies bytes from the host.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn write(&self, address: u64, from: &[u8]) -> Result<(), MemoryError> {
        let _ = (address, from);
        unimplemented!()
    }

    /// Repeats a pattern of 1, 2, 4 or any number of bytes, `count` times.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn fill(&self, address: u64, pattern: &[u8], count: u64) -> Result<(), MemoryError> {
        let _ = (address, pattern, count);
        unimplemented!()
    }

    /// Copies bytes within this memory, or between it and one of its peers. The ranges may overlap. Bytes that nobody has
    /// written stay such.
    ///
    /// # Errors
    ///
    /// If a range is not within one allocation.
    pub fn copy(&self, to: u64, from: u64, len: u64) -> Result<(), MemoryError> {
        let _ = (to, from, len);
        unimplemented!()
    }

    /// The allocation that an address lies in: first address and length.
    #[must_use]
    pub fn range_of(&self, address: u64) -> Option<(u64, u64)> {
        let _ = address;
        unimplemented!()
    }

    /// Whether each byte of the range has been written.
    ///
    /// # Errors
    ///
    /// If the range is not within one allocation.
    pub fn is_initialised(&self, address: u64, len: u64) -> Result<bool, MemoryError> {
        let _ = (address, len);
        unimplemented!()
    }

    /// Lets kernels and copies of this memory's device reach another's allocations.
    pub fn enable_peer(&self, peer: &Arc<GlobalMemory>) {
        let _ = peer;
        unimplemented!()
    }

    /// Ends what [`enable_peer`](GlobalMemory::enable_peer) began.
    pub fn disable_peer(&self, peer: &Arc<GlobalMemory>) {
        let _ = peer;
        unimplemented!()
    }

    /// Allocates host memory that kernels reach at the address that the host has for it: managed and pinned memory. It is
    /// zero at first and counts as written.
    ///
    /// # Errors
    ///
    /// If `len` is zero.
    pub fn alloc_host(&self, len: u64) -> Result<u64, MemoryError> {
        let _ = len;
        unimplemented!()
    }

    /// Lets kernels reach host memory that somebody else owns, at its own address, until it is freed here.
    ///
    /// # Errors
    ///
    /// If `len` is zero, or part of it is mapped already.
    ///
    /// # Safety
    ///
    /// The memory must stay valid for reads and writes until [`free`](GlobalMemory::free) has returned and no kernel or copy
    /// that began before it is running. Meanwhile the host must not access it except as it may access memory that
    /// other threads read and write with relaxed atomic operations.
    #[allow(unsafe_code)]
    pub unsafe fn map_host(&self, start: *mut u8, len: u64) -> Result<u64, MemoryError> {
        let _ = (start, len);
        unimplemented!()
    }

    /// Bytes it has in all.
    #[must_use]
    pub fn limit(&self) -> u64 {
        unimplemented!()
    }

    /// Bytes allocated now, host memory not counted.
    #[must_use]
    pub fn used(&self) -> u64 {
        unimplemented!()
    }

    /// Allocations now, those of host memory included.
    #[must_use]
    pub fn live(&self) -> usize {
        unimplemented!()
    }
}
