//! Objects in shared memory: what may lie there, and how it is reached.

#![allow(unsafe_code)]

use std::ptr::NonNull;

use crate::barrier::BarrierState;
use crate::condition::{ConditionState, Place as ConditionPlace};
use crate::doorbell::DoorbellState;
use crate::event::EventState;
use crate::lock::{RLockState, RawLock};
use crate::ring::{BookState, RingState};
use crate::seam::{Unit, Word, Word64};
use crate::semaphore::SemaphoreState;

/// What may lie in shared memory, under a number that names its type and layout.
///
/// # Safety
///
/// - It consists of atomics alone, since other processes change it at any time; or of bytes that only raw copies reach.
/// - All bits are valid for it, and zeros are its first state.
/// - Its layout is that of C, the same in each build of this version, without pointers.
/// - It needs no drop.
pub(crate) unsafe trait Shared: Default {
    const KIND: u32;
}

// SAFETY: an atomic word.
unsafe impl Shared for Word {
    const KIND: u32 = 0;
}

// SAFETY: an atomic word.
unsafe impl Shared for Word64 {
    const KIND: u32 = 0;
}

// SAFETY: plain bytes, for which all bits are valid; only raw copies reach them.
unsafe impl Shared for Unit {
    const KIND: u32 = 0;
}

// SAFETY: an atomic word.
unsafe impl Shared for RawLock {
    const KIND: u32 = 1;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for RLockState {
    const KIND: u32 = 2;
}

// SAFETY: an atomic word, `repr(C)`.
unsafe impl Shared for EventState {
    const KIND: u32 = 3;
}

// SAFETY: atomic words in lines of their own, `repr(C)`.
unsafe impl Shared for RingState {
    const KIND: u32 = 4;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for SemaphoreState {
    const KIND: u32 = 5;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for ConditionState {
    const KIND: u32 = 6;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for ConditionPlace {
    const KIND: u32 = 0;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for BarrierState {
    const KIND: u32 = 7;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for BookState {
    const KIND: u32 = 8;
}

// SAFETY: atomic words, `repr(C)`.
unsafe impl Shared for DoorbellState {
    const KIND: u32 = 9;
}

/// The address of a place in a mapping.
#[inline]
pub(crate) fn offset(start: NonNull<u8>, offset: usize) -> NonNull<u8> {
    // SAFETY: a `Place` lies within its segment's mapping (checked where it is made), which lives as long as the place.
    unsafe { start.add(offset) }
}
