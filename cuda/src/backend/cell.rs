//! Host memory that a device reads or writes while this program goes on.
//!
//! Rust's references say nothing about a device, so such memory is named by address. The types here can be made only with
//! a promise about the memory, and a backend relies on that promise.

#![allow(unsafe_code)]

use std::ptr::NonNull;

/// A range of host memory that the backend may touch whenever the work that names it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostBlock {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: an address and a length, which may be sent anywhere; what may be done with the memory is a matter of
// who touches it, and each of them is an unsafe call with its own argument.
unsafe impl Send for HostBlock {}

// SAFETY: as above; a shared `HostBlock` gives no more than a copy of it.
unsafe impl Sync for HostBlock {}

impl HostBlock {
    /// Names a range. Nothing is touched by that.
    pub(crate) fn new(start: NonNull<u8>, bytes: usize) -> HostBlock {
        HostBlock { start, bytes }
    }

    pub(crate) fn start(self) -> NonNull<u8> {
        self.start
    }

    pub(crate) fn bytes(self) -> usize {
        self.bytes
    }
}

/// Host memory that an asynchronous copy reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostSource(HostBlock);

impl HostSource {
    /// # Safety
    /// Until the work that reads it is complete, or the context is destroyed, the range is valid for reads and nobody
    /// writes to it but other work of the device's.
    pub(crate) unsafe fn new(block: HostBlock) -> HostSource {
        HostSource(block)
    }

    /// The range: valid for reads until the work is complete.
    pub(crate) fn block(self) -> HostBlock {
        self.0
    }
}

/// Host memory that an asynchronous copy writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostTarget(HostBlock);

impl HostTarget {
    /// # Safety
    /// Until the work that writes it is complete, or the context is destroyed, the range is valid for writes and
    /// nobody else touches it but other work of the device's.
    pub(crate) unsafe fn new(block: HostBlock) -> HostTarget {
        HostTarget(block)
    }

    /// The range: valid for writes until the work is complete.
    pub(crate) fn block(self) -> HostBlock {
        self.0
    }
}
