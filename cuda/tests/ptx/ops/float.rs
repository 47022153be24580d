//! Floats: bit for bit as IEEE wants them.

use super::{check, double, doubles, exactly, single, singles};

/// Bits that are no number are one another's equals.
fn same32(line: &str, wanted: impl Fn(f32, f32, f32) -> f32) {
    check(line, [32; 3], 32, &singles(), |[a, b, c], got| {
        let wanted = wanted(single(a), single(b), single(c));
        let is_nan = wanted.is_nan();
        if got as u32
            == if is_nan {
                0x7fff_ffff
            } else {
                wanted.to_bits()
            }
        {
            Ok(())
        } else {
            Err(format!("{wanted} ({:#x})", wanted.to_bits()))
        }
    });
}

fn same64(line: &str, wanted: impl Fn(f64, f64, f64) -> f64) {
    check(line, [64; 3], 64, &doubles(), |[a, b, c], got| {
        let wanted = wanted(double(a), double(b), double(c));
        if got == wanted.to_bits() || wanted.is_nan() && double(got).is_nan() {
            Ok(())
        } else {
            Err(format!("{wanted} ({:#x})", wanted.to_bits()))
        }
    });
}

fn flushed(value: f32) -> f32 {
    if value.is_subnormal() {
        0f32.copysign(value)
    } else {
        value
    }
}

fn saturated(value: f32) -> f32 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

#[test]
fn singles_to_nearest() {
    same32("add.f32 %d, %a, %b;", |a, b, _| a + b);
    same32("sub.f32 %d, %a, %b;", |a, b, _| a - b);
    same32("mul.rn.f32 %d, %a, %b;", |a, b, _| a * b);
    same32("fma.rn.f32 %d, %a, %b, %c;", f32::mul_add);
    same32("div.rn.f32 %d, %a, %b;", |a, b, _| a / b);
    same32("rcp.rn.f32 %d, %a;", |a, _, _| 1.0 / a);
    same32("sqrt.rn.f32 %d, %a;", |a, _, _| a.sqrt());
}

#[test]
fn doubles_to_nearest() {
    same64("add.f64 %d, %a, %b;", |a, b, _| a + b);
    same64("sub.f64 %d, %a, %b;", |a, b, _| a - b);
    same64("mul.f64 %d, %a, %b;", |a, b, _| a * b);
    same64("fma.rn.f64 %d, %a, %b, %c;", f64::mul_add);
    same64("div.rn.f64 %d, %a, %b;", |a, b, _| a / b);
    same64("rcp.rn.f64 %d, %a;", |a, _, _| 1.0 / a);
    same64("sqrt.rn.f64 %d, %a;", |a, _, _| a.sqrt());
}

#[test]
fn flushing_and_saturation() {
    same32("add.ftz.f32 %d, %a, %b;", |a, b, _| {
        flushed(flushed(a) + flushed(b))
    });
    same32("mul.ftz.f32 %d, %a, %b;", |a, b, _| {
        flushed(flushed(a) * flushed(b))
    });
    same32("fma.rn.ftz.f32 %d, %a, %b, %c;", |a, b, c| {
        flushed(flushed(a).mul_add(flushed(b), flushed(c)))
    });
    same32("add.sat.f32 %d, %a, %b;", |a, b, _| saturated(a + b));
    same32("fma.rn.sat.f32 %d, %a, %b, %c;", |a, b, c| {
        saturated(a.mul_add(b, c))
    });
    same32("mul.ftz.sat.f32 %d, %a, %b;", |a, b, _| {
        saturated(flushed(a) * flushed(b))
    });
}

#[test]
fn signs_and_extremes() {
    exactly("neg.f32 %d, %a;", [32; 3], 32, &singles(), |[a, _, _]| {
        a ^ 0x8000_0000
    });
    exactly("abs.f32 %d, %a;", [32; 3], 32, &singles(), |[a, _, _]| {
        a & 0x7fff_ffff
    });
    exactly("neg.f64 %d, %a;", [64; 3], 64, &doubles(), |[a, _, _]| {
        a ^ 1 << 63
    });
    exactly("abs.f64 %d, %a;", [64; 3], 64, &doubles(), |[a, _, _]| {
        a & !(1 << 63)
    });
    exactly(
        "copysign.f32 %d, %a, %b;",
        [32; 3],
        32,
        &singles(),
        |[a, b, _]| a & 0x8000_0000 | b & 0x7fff_ffff,
    );
    same32("min.f32 %d, %a, %b;", |a, b, _| match () {
        () if a == b => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        () => a.min(b),
    });
    same32("max.f32 %d, %a, %b;", |a, b, _| match () {
        () if a == b => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        () => a.max(b),
    });
    same32("max.NaN.f32 %d, %a, %b;", |a, b, _| match () {
        () if a.is_nan() || b.is_nan() => f32::NAN,
        () if a == b => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        () => a.max(b),
    });
    same64("min.f64 %d, %a, %b;", |a, b, _| match () {
        () if a == b => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        () => a.min(b),
    });
    same64("max.f64 %d, %a, %b;", |a, b, _| match () {
        () if a == b => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        () => a.max(b),
    });
}

/// The sum as a double has all bits that matter here, or its error says which side it is on.
#[test]
fn directed_roundings_of_singles() {
    for (mode, pick) in MODES {
        same32(&format!("add.{mode}.f32 %d, %a, %b;"), |a, b, _| {
            let (a, b) = (f64::from(a), f64::from(b));
            let sum = a + b;
            // Knuth's error of the double's own rounding.
            let back = sum - a;
            let error = (a - (sum - back)) + (b - back);
            direct(sum, error, pick, |down| {
                // An exact zero is negative only downwards, unless both are.
                if a == 0.0 && b == 0.0 {
                    a.is_sign_negative() && b.is_sign_negative()
                        || a.is_sign_negative() != b.is_sign_negative() && down
                } else {
                    down
                }
            })
        });
        same32(&format!("mul.{mode}.f32 %d, %a, %b;"), |a, b, _| {
            let product = f64::from(a) * f64::from(b);
            direct(product, 0.0, pick, |_| product.is_sign_negative())
        });
        same32(&format!("div.{mode}.f32 %d, %a, %b;"), |a, b, _| {
            let (a, b) = (f64::from(a), f64::from(b));
            let quotient = a / b;
            let rest = (-quotient).mul_add(b, a);
            let error = if quotient.is_finite() { rest / b } else { 0.0 };
            direct(quotient, error, pick, |_| quotient.is_sign_negative())
        });
        same32(&format!("sqrt.{mode}.f32 %d, %a;"), |a, _, _| {
            let root = f64::from(a).sqrt();
            let rest = (-root).mul_add(root, f64::from(a));
            let error = if root.is_finite() { rest } else { 0.0 };
            direct(root, error, pick, |_| root.is_sign_negative())
        });
    }
}

/// Which way a mode goes for negative and for positive values.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Zero,
    Down,
    Up,
}

const MODES: [(&str, Way); 3] = [("rz", Way::Zero), ("rm", Way::Down), ("rp", Way::Up)];

/// A double and the sign of what it lacks, as a single in a direction.
fn direct(value: f64, error: f64, way: Way, zero_is_negative: impl Fn(bool) -> bool) -> f32 {
    if value == 0.0 && error == 0.0 {
        return if zero_is_negative(way == Way::Down) {
            -0.0
        } else {
            0.0
        };
    }
    let nearest = value as f32;
    if value.is_nan() || value.is_infinite() {
        return nearest;
    }
    // The sign of the exact value minus the nearest single.
    let side = match f64::from(nearest).partial_cmp(&value) {
        Some(std::cmp::Ordering::Less) => 1.0,
        Some(std::cmp::Ordering::Greater) => -1.0,
        _ => error,
    };
    let down = match way {
        Way::Down => true,
        Way::Up => false,
        Way::Zero => value > 0.0,
    };
    let rounded = if side < 0.0 && down {
        nearest.next_down()
    } else if side > 0.0 && !down {
        nearest.next_up()
    } else {
        nearest
    };
    // The next above the greatest negative single is a zero that keeps its sign.
    if rounded == 0.0 {
        rounded.copysign(value as f32)
    } else {
        rounded
    }
}
