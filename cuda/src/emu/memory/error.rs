//! Why a range of memory cannot be used.

use std::fmt;

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
    /// Host memory is mapped already.
    AlreadyMapped {
        /// The address.
        address: u64,
    },
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            MemoryError::OutOfMemory { asked, left } => {
                write!(f, "{asked} bytes were asked for, {left} are left")
            }
            MemoryError::InvalidSize => f.write_str("invalid size or alignment of an allocation"),
            MemoryError::IllegalAddress { address, len, .. } => {
                write!(f, "{len} bytes at {address:#x} lie in no allocation")
            }
            MemoryError::UseAfterFree {
                address,
                allocation,
            } => write!(
                f,
                "{address:#x} belongs to {} bytes at {:#x} that were freed",
                allocation.1, allocation.0
            ),
            MemoryError::NotAnAllocation { address } => {
                write!(f, "no allocation starts at {address:#x}")
            }
            MemoryError::AlreadyMapped { address } => {
                write!(f, "host memory at {address:#x} is mapped already")
            }
        }
    }
}

impl std::error::Error for MemoryError {}
