//! `f16` and `bf16`. A double holds each product of theirs, so rounding it once more is exact.

use super::{Operands, check};

const HALVES: [u16; 20] = [
    0, 0x8000, 0x3c00, 0xbc00, 0x3555, 0x0001, 0x8001, 0x03ff, 0x0400, 0x7bff, 0xfbff, 0x7c00,
    0xfc00, 0x7e00, 0x4248, 0x2e66, 0x6400, 0x1400, 0x5a2b, 0xc500,
];

fn operands() -> Vec<Operands> {
    let mut operands = Vec::new();
    for (index, a) in HALVES.into_iter().enumerate() {
        for (other, b) in HALVES.into_iter().enumerate() {
            let c = HALVES[(index * 3 + other * 7) % HALVES.len()];
            operands.push([u64::from(a), u64::from(b), u64::from(c)]);
        }
    }
    operands
}

/// The value of half precision bits, from the definition of the format.
fn f16(bits: u64) -> f64 {
    let (exponent, fraction) = (bits >> 10 & 31, (bits & 1023) as f64);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent as i32 - 25),
    };
    if bits & 0x8000 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// The half that is nearest, found by looking at all of them that are near.
fn to_f16(value: f64) -> u64 {
    let sign = u64::from(value.is_sign_negative()) << 15;
    let magnitude = value.abs();
    if value.is_nan() {
        return 0x7fff;
    }
    // 65520 is half way between the greatest half and the next there would be.
    if magnitude >= 65_520.0 {
        return sign | 0x7c00;
    }
    let (mut low, mut high) = (0u64, 0x7bff);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if f16(middle) <= magnitude {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let (below, above) = (magnitude - f16(low), f16(low + 1) - magnitude);
    let up = low < 0x7bff && (above < below || above == below && low & 1 == 1);
    sign | (low + u64::from(up))
}

fn same(line: &str, wanted: impl Fn(f64, f64, f64) -> f64) {
    check(line, [16; 3], 16, &operands(), |[a, b, c], got| {
        let wanted = to_f16(wanted(f16(a), f16(b), f16(c)));
        if got == wanted {
            Ok(())
        } else {
            Err(format!("{wanted:#x}"))
        }
    });
}

#[test]
fn halves_to_nearest() {
    same("add.f16 %d, %a, %b;", |a, b, _| a + b);
    same("sub.f16 %d, %a, %b;", |a, b, _| a - b);
    same("mul.rn.f16 %d, %a, %b;", |a, b, _| a * b);
    same("fma.rn.f16 %d, %a, %b, %c;", |a, b, c| {
        // The exact sum may need more bits than a double has: its error breaks what would look like a tie.
        let (product, sum) = (a * b, a * b + c);
        let back = sum - product;
        let error = (product - (sum - back)) + (c - back);
        if error > 0.0 {
            sum.next_up()
        } else if error < 0.0 {
            sum.next_down()
        } else {
            sum
        }
    });
    same("fma.rn.relu.f16 %d, %a, %b, %c;", |a, b, c| {
        let sum = a.mul_add(b, c);
        if sum < 0.0 || sum == 0.0 && sum.is_sign_negative() {
            0.0
        } else {
            sum
        }
    });
    same("add.sat.f16 %d, %a, %b;", |a, b, _| {
        let sum = a + b;
        if sum > 0.0 { sum.min(1.0) } else { 0.0 }
    });
}

#[test]
fn pairs_are_two_halves() {
    let pairs: Vec<Operands> = operands()
        .windows(2)
        .map(|two| std::array::from_fn(|index| two[0][index] | two[1][index] << 16))
        .collect();
    check(
        "fma.rn.f16x2 %d, %a, %b, %c;",
        [32; 3],
        32,
        &pairs,
        |operands, got| {
            let [a, b, c] = operands;
            let one = |shift: u32| {
                let [a, b, c] = [a, b, c].map(|bits| f16(bits >> shift & 0xffff));
                to_f16(a.mul_add(b, c))
            };
            let wanted = one(0) | one(16) << 16;
            if got == wanted {
                Ok(())
            } else {
                Err(format!("{wanted:#x}"))
            }
        },
    );
    check(
        "mul.bf16x2 %d, %a, %b;",
        [32; 3],
        32,
        &pairs,
        |[a, b, _], got| {
            let value =
                |bits: u64, shift: u32| f32::from_bits(((bits >> shift & 0xffff) as u32) << 16);
            let one = |shift: u32| {
                let product = f64::from(value(a, shift)) * f64::from(value(b, shift));
                nearest_bf16(product)
            };
            let wanted = one(0) | one(16) << 16;
            if got == wanted {
                Ok(())
            } else {
                Err(format!("{wanted:#x}"))
            }
        },
    );
}

/// From a double that is exact: cut to a single that is odd where it is not exact, then rounded.
fn nearest_bf16(value: f64) -> u64 {
    if value.is_nan() {
        return 0x7fff;
    }
    let nearest = value as f32;
    let cut = if f64::from(nearest).abs() > value.abs() {
        f32::from_bits(nearest.to_bits() - 1)
    } else {
        nearest
    };
    let odd = cut.to_bits() | u32::from(f64::from(cut) != value);
    let rounded = (u64::from(odd) + 0x7fff + u64::from(odd >> 16 & 1)) >> 16;
    if nearest.is_infinite() && value.is_infinite() {
        u64::from(nearest.to_bits() >> 16)
    } else {
        rounded
    }
}
