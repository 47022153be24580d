//! What the processor can do.

#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// It is known to have what [`has_avx2`] asks for.
#[cfg(target_arch = "x86_64")]
static HAS_AVX2: AtomicBool = AtomicBool::new(false);

/// Whether it has vector instructions of 256 bits, and what came with them. One load and a test where it has.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn has_avx2() -> bool {
    HAS_AVX2.load(Relaxed) || find_avx2()
}

#[cfg(target_arch = "x86_64")]
#[cold]
fn find_avx2() -> bool {
    let found = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("f16c")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt");
    HAS_AVX2.store(found, Relaxed);
    found
}
