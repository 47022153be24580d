//! The inner loop, compiled for the processor that it runs on.
#![allow(unsafe_code)]

use super::frame::Lanes;
use super::site::Site;
use super::step::{Limits, Stop, execute, run};
use super::trouble::Outcome;
use crate::emu::program::op::Op;

/// As [`run`], with the processor's vector and fused multiply-add instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
fn run_with_avx2(site: &Site<'_>, pc: u32, limits: Limits) -> (u32, u32, Stop) {
    run(site, pc, limits, |site, op, pc, lanes| {
        execute_with_avx2(site, op, pc, lanes)
    })
}

/// As [`execute`], with the same instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,f16c,popcnt,lzcnt")]
#[inline(never)]
fn execute_with_avx2(site: &Site<'_>, op: &Op, pc: u32, lanes: &Lanes) -> Outcome {
    execute(site, op, pc, lanes)
}

/// [`execute`] for every processor.
#[inline(never)]
fn execute_anywhere(site: &Site<'_>, op: &Op, pc: u32, lanes: &Lanes) -> Outcome {
    execute(site, op, pc, lanes)
}

/// Whether [`run_with_avx2`] may be called.
#[cfg(target_arch = "x86_64")]
pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// Runs instructions of a path; see [`run`].
pub(super) fn run_best(site: &Site<'_>, pc: u32, limits: Limits) -> (u32, u32, Stop) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has all the features that the function is compiled for, as was just asked of it.
        return unsafe { run_with_avx2(site, pc, limits) };
    }
    run(site, pc, limits, execute_anywhere)
}
