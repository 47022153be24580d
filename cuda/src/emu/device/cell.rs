//! Host memory that is named by address: the one place where it is touched.

#![allow(unsafe_code)]

use std::ptr;

use crate::backend::{HostBlock, HostSource, HostTarget};
use crate::emu::memory::{GlobalMemory, MemoryError};

/// Copies bytes from the source, from `offset` on.
///
/// # Panics
///
/// If the source does not have them.
pub(super) fn read(source: HostSource, offset: usize, into: &mut [u8]) {
    let block = source.block();
    assert_covers(block, offset, into.len());
    // SAFETY: within the block, as just checked, and the block is one object.
    let from = unsafe { block.start().add(offset) };
    // SAFETY: whoever made the `HostSource` promised that it is valid for reads until this work is complete, and that
    // nobody else writes to it; `into` is exclusively ours, so the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(from.as_ptr(), into.as_mut_ptr(), into.len()) };
}

/// Copies bytes to the target, from `offset` on.
///
/// # Panics
///
/// If the target does not have room for them.
pub(super) fn write(target: HostTarget, offset: usize, from: &[u8]) {
    let block = target.block();
    assert_covers(block, offset, from.len());
    // SAFETY: within the block, as just checked, and the block is one object.
    let to = unsafe { block.start().add(offset) };
    // SAFETY: whoever made the `HostTarget` promised that it is valid for writes until this work is complete, and that
    // nobody else touches it; so `from`, which we may read, is elsewhere.
    unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to.as_ptr(), from.len()) };
}

/// Lets kernels reach registered memory at its own address.
pub(super) fn map(memory: &GlobalMemory, block: HostBlock) -> Result<u64, MemoryError> {
    // SAFETY: the caller of `host_register` keeps the memory alive until `host_unregister`, which waits for the work
    // of all contexts before it frees the mapping; and it leaves the memory to the device while work that uses it runs.
    unsafe { memory.map_host(block.start(), block.bytes() as u64) }
}

fn assert_covers(block: HostBlock, offset: usize, len: usize) {
    let end = offset.checked_add(len);
    assert!(
        end.is_some_and(|end| end <= block.bytes()),
        "{len} bytes at offset {offset} of a host block of {}",
        block.bytes()
    );
}
