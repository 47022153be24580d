//! Operations as functions that are compiled for the processor on which they run.
//!
//! An operation is done for some lanes of one warp, or for all lanes of warps that are at the same instruction. The latter costs
//! one call, and what is the same for all of them is found out once.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::frame::{LANES, Lanes, Row};
use super::plan::Step;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
#[cfg(target_arch = "x86_64")]
use crate::emu::processor::has_avx2;

/// What a step does. A value has no size: its type says all.
pub(super) trait Operation: Copy + 'static {
    /// Does it in some lanes.
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome;

    /// Does it in all lanes of some warps of a block, of one after the other.
    #[inline(always)]
    fn run_all(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        for (index, site) in sites.iter().enumerate() {
            let outcome = self.run(site, step, &Lanes::ALL);
            outcome.map_err(|trouble| (index, trouble))?;
        }
        Ok(())
    }
}

/// What went wrong, and in which of the warps.
pub(super) type OutcomeOfAll<T = ()> = Result<T, (usize, Box<Trouble>)>;

/// An [`Operation`], compiled for this processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handler {
    one: unsafe fn(&Site<'_>, &Step, &Lanes) -> Outcome,
    /// None where it is not worth the size of the program.
    all: Option<unsafe fn(&[Site<'_>], &Step) -> OutcomeOfAll>,
}

impl Handler {
    pub(super) fn new<O: Operation>(_exists: O) -> Handler {
        const { assert!(size_of::<O>() == 0, "an operation holds nothing") };
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            return Handler {
                one: with_avx2::<O>,
                all: Some(all_with_avx2::<O>),
            };
        }
        Handler {
            one: anywhere::<O>,
            all: None,
        }
    }

    #[inline(always)]
    pub(super) fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        // SAFETY: `new` was given a value of the function's type, which has no size, and takes a function for certain
        // processors only after it has asked this one.
        unsafe { (self.one)(site, step, lanes) }
    }

    #[inline(always)]
    pub(super) fn run_all(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        match self.all {
            // SAFETY: as in `run`.
            Some(all) => unsafe { all(sites, step) },
            None => self.one_by_one(sites, step),
        }
    }

    /// As [`run_all`](Handler::run_all), by a call for each warp.
    #[inline(never)]
    pub(super) fn one_by_one(self, sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
        for (index, site) in sites.iter().enumerate() {
            let outcome = self.run(site, step, &Lanes::ALL);
            outcome.map_err(|trouble| (index, trouble))?;
        }
        Ok(())
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

/// As [`with_avx2`], for all lanes of some warps.
///
/// # Safety
///
/// As of [`with_avx2`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
unsafe fn all_with_avx2<O: Operation>(sites: &[Site<'_>], step: &Step) -> OutcomeOfAll {
    // SAFETY: as in `anywhere`.
    let operation = unsafe { NonNull::<O>::dangling().read() };
    operation.run_all(sites, step)
}

/// The highest bits of words, the first word's lowest.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn signs(words: &[u32; LANES]) -> u32 {
    if has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { signs_with_avx2(words) };
    }
    signs_anywhere(*words)
}

/// Called with a copy, so that the words need not be in memory where this is not called.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn signs_anywhere(words: [u32; LANES]) -> u32 {
    // SAFETY: every processor of this architecture has SSE2.
    unsafe { signs_with_sse2(&words) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn signs_with_avx2(words: &[u32; LANES]) -> u32 {
    use std::arch::x86_64::{_mm256_castsi256_ps, _mm256_loadu_si256, _mm256_movemask_ps};
    let eight = |first: usize| {
        let eight: &[u32] = &words[first..first + 8];
        // SAFETY: there are 32 bytes, wherever they start.
        let eight = unsafe { _mm256_loadu_si256(eight.as_ptr().cast()) };
        _mm256_movemask_ps(_mm256_castsi256_ps(eight)) as u32
    };
    eight(0) | eight(8) << 8 | eight(16) << 16 | eight(24) << 24
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

/// Whether each lane holds its number more than `start`.
#[inline(always)]
pub(super) fn follow(row: &Row, start: u32) -> bool {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { follow_with_avx2(row, start) };
    }
    let mut lanes = row.iter().zip(0..);
    lanes.all(|(lane, number)| lane.get() == start.wrapping_add(number))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn follow_with_avx2(row: &Row, start: u32) -> bool {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_or_si256, _mm256_set1_epi32,
        _mm256_setr_epi32, _mm256_testz_si256, _mm256_xor_si256,
    };
    let eight = _mm256_set1_epi32(8);
    let mut wanted = _mm256_add_epi32(
        _mm256_set1_epi32(start as i32),
        _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
    );
    let mut differs = _mm256_xor_si256(wanted, wanted);
    for first in (0..LANES).step_by(8) {
        let lanes: *const __m256i = row[first..first + 8].as_ptr().cast();
        // SAFETY: there are 32 bytes, wherever they start, which only this thread uses.
        let lanes = unsafe { _mm256_loadu_si256(lanes) };
        differs = _mm256_or_si256(differs, _mm256_xor_si256(lanes, wanted));
        wanted = _mm256_add_epi32(wanted, eight);
    }
    _mm256_testz_si256(differs, differs) == 1
}
