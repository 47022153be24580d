//! How far apart two devices may be.

use crate::types::{Number, Type};

/// What a kernel's instructions promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// Operations of IEEE 754 and of integers: one result is right.
    Exact,
    /// Some are approximations, or sums in no certain order. So far in single precision if the flag is set.
    Approximate { is_single: bool },
    /// Filters of textures have 8 bits of fraction.
    Filtered,
}

impl Tolerance {
    /// Products of complex numbers are left open: where PTX names no rounding, the assembler for hardware may fuse a product
    /// and a sum, and does so with these.
    pub(crate) fn of(ptx: &str, is_complex: bool) -> Tolerance {
        let has = |what: &[&str]| what.iter().any(|what| ptx.contains(what));
        let is_open = is_complex && has(&["\tmul.f"]) && has(&["\tadd.f", "\tsub.f", "\tfma.rn.f"]);
        if has(&["tex.", "tld4."]) {
            Tolerance::Filtered
        } else if is_open || has(&[".approx", "atom.global.add.f", "red.global.add.f"]) {
            Tolerance::Approximate {
                is_single: has(&[".approx.f32", ".approx.ftz.f32"]),
            }
        } else {
            Tolerance::Exact
        }
    }

    /// The largest difference of numbers of a type, relative to those above 1.
    pub(crate) fn of_output(self, name: &str, element: Type) -> f64 {
        if !element.number.is_fraction() {
            return 0.0;
        }
        match (self, element.number) {
            (Tolerance::Exact, _) => 0.0,
            (Tolerance::Filtered, _) => 2e-2,
            // Computed in single precision and stored in double: differences of large numbers among them.
            (_, Number::F64) if name.contains("float") => 5e-2,
            (_, Number::F16) => 2e-3,
            (_, Number::Bf16) => 2e-2,
            (Tolerance::Approximate { is_single: false }, Number::F64) => 1e-12,
            _ => 2e-5,
        }
    }
}

/// Whether two numbers are the same to that precision. What is no number is the same as such.
pub(crate) fn is_close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * b.abs().max(1.0)
}

#[test]
fn numbers_are_close_relative_to_large_ones() {
    assert!(is_close(1000.5, 1000.0, 1e-3) && !is_close(1.5, 1.0, 1e-3));
    assert!(is_close(f64::NAN, f64::NAN, 0.0) && !is_close(f64::NAN, 1.0, 1.0));
    assert!(is_close(f64::INFINITY, f64::INFINITY, 0.0) && !is_close(f64::INFINITY, 1.0, 1.0));
}
