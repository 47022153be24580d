//! Operations as functions that are compiled for the processor on which they run.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::frame::{LANES, Lanes};
use super::plan::Step;
use super::site::Site;
use super::trouble::Outcome;

/// What a step does. A value has no size: its type says all.
pub(super) trait Operation: Copy + 'static {
    /// Does it in some lanes.
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome;
}

/// An [`Operation`], compiled for this processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handler(unsafe fn(&Site<'_>, &Step, &Lanes) -> Outcome);

impl Handler {
    pub(super) fn new<O: Operation>(_exists: O) -> Handler {
        const { assert!(size_of::<O>() == 0, "an operation holds nothing") };
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            return Handler(with_avx2::<O>);
        }
        Handler(anywhere::<O>)
    }

    #[inline(always)]
    pub(super) fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        // SAFETY: `new` was given a value of the function's type, which has no size, and takes a function for certain
        // processors only after it has asked this one.
        unsafe { (self.0)(site, step, lanes) }
    }
}

/// Runs an operation.
///
/// # Safety
///
/// A value of type `O` must exist or have existed, and have no size.
unsafe fn anywhere<O: Operation>(site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
    // SAFETY: there was a value, so the type has some; `O` may be copied; reading no bytes is always valid.
    let operation = unsafe { NonNull::<O>::dangling().read() };
    operation.run(site, step, lanes)
}

/// As [`anywhere`], with the processor's vector and fused multiply-add instructions.
///
/// # Safety
///
/// As of [`anywhere`], and [`has_avx2`] must be true.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
unsafe fn with_avx2<O: Operation>(site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
    // SAFETY: as in `anywhere`.
    let operation = unsafe { NonNull::<O>::dangling().read() };
    operation.run(site, step, lanes)
}

/// Whether the processor has what [`with_avx2`] is compiled for.
#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// The highest bits of words, the first word's lowest.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn signs(words: &[u32; LANES]) -> u32 {
    // SAFETY: every processor of this architecture has SSE2.
    unsafe { signs_with_sse2(words) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn signs_with_sse2(words: &[u32; LANES]) -> u32 {
    use std::arch::x86_64::{_mm_loadu_si128, _mm_movemask_epi8, _mm_packs_epi16, _mm_packs_epi32};
    let four = |first: usize| {
        let four: &[u32] = &words[first..first + 4];
        // SAFETY: there are 16 bytes, wherever they start.
        unsafe { _mm_loadu_si128(four.as_ptr().cast()) }
    };
    // Packing saturates, which keeps signs.
    let sixteen = |first: usize| {
        let low = _mm_packs_epi32(four(first), four(first + 4));
        let high = _mm_packs_epi32(four(first + 8), four(first + 12));
        _mm_movemask_epi8(_mm_packs_epi16(low, high)) as u32
    };
    sixteen(0) | sixteen(16) << 16
}

/// The highest bits of words, the first word's lowest.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn signs(words: &[u32; LANES]) -> u32 {
    let mut bits = 0;
    for (lane, word) in words.iter().enumerate() {
        bits |= word >> 31 << lane;
    }
    bits
}
