//! Host memory while a device copies from it or to it.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use bytemuck::Pod;

use super::{PinnedBuffer, RegisteredHostMemory};
use crate::backend::{HostBlock, HostSource, HostTarget};

/// Host memory that an asynchronous copy can own: it stays where it is, wherever its owner is moved to.
///
/// [`PinnedBuffer`] is the quick one. From the others the driver copies through memory of its own, and may do part of the
/// work before the call returns.
#[expect(
    private_bounds,
    reason = "the promise that an implementation makes is about this crate's unsafe code"
)]
pub trait HostMemory<T>: Stable<T> + Send + 'static {}

/// Host memory that an asynchronous copy can own and write to.
#[expect(
    private_bounds,
    reason = "the promise that an implementation makes is about this crate's unsafe code"
)]
pub trait HostMemoryMut<T>: HostMemory<T> + StableMut<T> {}

/// # Safety
/// The range that `block` names holds `T`s and is valid for reads as long as this value, wherever it is moved, and nobody
/// writes to it who was not given `&mut` of this value.
pub(crate) unsafe trait Stable<T> {
    fn block(&self) -> HostBlock;
}

/// # Safety
/// The range that `block_mut` names is the one of `block`, is valid for writes as long as this value, wherever it is
/// moved, and nobody touches it who was not given this value, or a reference to it.
pub(crate) unsafe trait StableMut<T>: Stable<T> {
    fn block_mut(&mut self) -> HostBlock;
}

pub(crate) fn block_of<T>(values: &[T]) -> HostBlock {
    HostBlock::new(NonNull::from(values).cast(), size_of_val(values))
}

pub(crate) fn block_of_mut<T>(values: &mut [T]) -> HostBlock {
    let bytes = size_of_val(values);
    HostBlock::new(NonNull::from(values).cast(), bytes)
}

impl<T: Pod + Send> HostMemory<T> for Vec<T> {}
impl<T: Pod + Send> HostMemoryMut<T> for Vec<T> {}
impl<T: Pod + Send + Sync> HostMemory<T> for Arc<[T]> {}
impl<T: Pod + Send + Sync> HostMemory<T> for &'static [T] {}
impl<T: Pod + Send> HostMemory<T> for PinnedBuffer<T> {}
impl<T: Pod + Send> HostMemoryMut<T> for PinnedBuffer<T> {}
impl<T: Pod + Send> HostMemory<T> for RegisteredHostMemory<T> {}
impl<T: Pod + Send> HostMemoryMut<T> for RegisteredHostMemory<T> {}

// SAFETY: a vector's values are on the heap, where they stay when it is moved.
unsafe impl<T: Pod + Send> Stable<T> for Vec<T> {
    fn block(&self) -> HostBlock {
        block_of(self)
    }
}

// SAFETY: as above; `&mut` of the vector is needed to take the address for writing.
unsafe impl<T: Pod + Send> StableMut<T> for Vec<T> {
    fn block_mut(&mut self) -> HostBlock {
        block_of_mut(self)
    }
}

// SAFETY: the values are on the heap; while this one exists, `Arc` gives `&mut` of them to nobody.
unsafe impl<T: Pod + Send + Sync> Stable<T> for Arc<[T]> {
    fn block(&self) -> HostBlock {
        block_of(self)
    }
}

// SAFETY: they stay, unchanged, until the program ends.
unsafe impl<T: Pod + Send + Sync> Stable<T> for &'static [T] {
    fn block(&self) -> HostBlock {
        block_of(self)
    }
}

// SAFETY: a vector's values are on the heap, where they stay when its owner is moved.
unsafe impl<T: Pod + Send> Stable<T> for RegisteredHostMemory<T> {
    fn block(&self) -> HostBlock {
        block_of(self)
    }
}

// SAFETY: as above; `&mut` of the owner is needed to take the address for writing.
unsafe impl<T: Pod + Send> StableMut<T> for RegisteredHostMemory<T> {
    fn block_mut(&mut self) -> HostBlock {
        block_of_mut(self)
    }
}

// SAFETY: the driver's memory, which stays until the buffer is dropped.
unsafe impl<T: Pod + Send> Stable<T> for PinnedBuffer<T> {
    fn block(&self) -> HostBlock {
        block_of(self)
    }
}

// SAFETY: as above; `&mut` of the buffer is needed to take the address for writing.
unsafe impl<T: Pod + Send> StableMut<T> for PinnedBuffer<T> {
    fn block_mut(&mut self) -> HostBlock {
        block_of_mut(self)
    }
}

/// Values in host memory that a driver gave, and takes back from whoever has this.
#[derive(Debug)]
pub(super) struct HostValues<T> {
    block: HostBlock,
    len: usize,
    values: PhantomData<T>,
}

impl<T> HostValues<T> {
    pub(super) fn block(&self) -> HostBlock {
        self.block
    }
}

impl<T: Pod> HostValues<T> {
    /// Takes over memory that only the caller knows of, zeroed or written by devices: any bytes are a `T`.
    ///
    /// The values are fewer where the block, or its alignment, is too small for so many.
    pub(super) fn adopt(block: HostBlock, len: usize) -> HostValues<T> {
        let room = block.bytes().checked_div(size_of::<T>()).unwrap_or(0);
        let aligned = block.start().cast::<T>().is_aligned();
        HostValues {
            block,
            len: if aligned { len.min(room) } else { 0 },
            values: PhantomData,
        }
    }
}

impl<T> Deref for HostValues<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `adopt` has made sure of size and alignment; the memory is initialised, for `T: Pod`, and the driver's
        // until who has this gives it back, which borrows nothing of this outlives.
        unsafe { slice::from_raw_parts(self.block.start().as_ptr().cast(), self.len) }
    }
}

impl<T> DerefMut for HostValues<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above; `&mut self` is the only way to the values.
        unsafe { slice::from_raw_parts_mut(self.block.start().as_ptr().cast(), self.len) }
    }
}

/// Host memory with the copy that reads it. Whoever drops it before the copy is complete must have waited.
pub(crate) struct Source<B>(B);

impl<B> Source<B> {
    pub(crate) fn new<T>(memory: B) -> (Source<B>, HostSource)
    where
        B: HostMemory<T>,
    {
        let block = memory.block();
        // SAFETY: `memory` keeps the range valid and unchanged, as its implementation promises, and `Source` neither
        // gives it out nor ends before `Pending`, its only user, has waited for the copy; forgotten, it lasts for ever.
        let source = unsafe { HostSource::new(block) };
        (Source(memory), source)
    }

    /// The memory, once the copy is complete.
    pub(crate) fn into_inner(self) -> B {
        self.0
    }
}

/// Host memory with the copy that writes it. Whoever drops it before the copy is complete must have waited.
pub(crate) struct Target<B>(B);

impl<B> Target<B> {
    pub(crate) fn new<T>(mut memory: B) -> (Target<B>, HostTarget)
    where
        B: HostMemoryMut<T>,
    {
        let block = memory.block_mut();
        // SAFETY: as for `Source`; nobody has a reference to the memory, since it was given by value.
        let target = unsafe { HostTarget::new(block) };
        (Target(memory), target)
    }

    /// The memory, once the copy is complete.
    pub(crate) fn into_inner(self) -> B {
        self.0
    }
}

/// Values that are borrowed until the end of a [`StreamScope`](super::StreamScope), which waits for the copy.
pub(super) fn borrowed_source<T>(values: &[T]) -> HostSource {
    // SAFETY: the caller, `StreamScope`, borrows the values for the whole scope, at whose end all copies are waited for,
    // however the scope's closure ends.
    unsafe { HostSource::new(block_of(values)) }
}

/// As [`borrowed_source`], for values that are written.
pub(super) fn borrowed_target<T>(values: &mut [T]) -> HostTarget {
    // SAFETY: as there; the values are borrowed mutably, so nobody else touches them.
    unsafe { HostTarget::new(block_of_mut(values)) }
}

/// Values that are read before the call returns that is given this.
pub(crate) fn source_of_call(block: HostBlock) -> HostSource {
    // SAFETY: the callers hold a borrow of the memory during the call, which waits for the copy.
    unsafe { HostSource::new(block) }
}

/// Values that are written before the call returns that is given this.
pub(crate) fn target_of_call(block: HostBlock) -> HostTarget {
    // SAFETY: the callers hold a mutable borrow of the memory during the call, which waits for the copy.
    unsafe { HostTarget::new(block) }
}
