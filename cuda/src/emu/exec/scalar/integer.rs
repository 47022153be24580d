//! Integers of 16, 32 and 64 bits.

use super::{signed, unsigned};
use crate::emu::program::op::Scalar;
use crate::emu::program::types::Type;

/// One of three for 16, 32 and 64 bits.
fn width(ty: Type, of: [Scalar; 3]) -> Option<Scalar> {
    match ty.bits() {
        16 => Some(of[0]),
        32 => Some(of[1]),
        64 => Some(of[2]),
        _ => None,
    }
}

fn low<const B: u32>(value: i128) -> u64 {
    value as u64 & (!0 >> (64 - B))
}

fn min_signed<const B: u32>(x: [u64; 4]) -> u64 {
    signed::<B>(x[0]).min(signed::<B>(x[1])) as u64
}

fn max_signed<const B: u32>(x: [u64; 4]) -> u64 {
    signed::<B>(x[0]).max(signed::<B>(x[1])) as u64
}

/// Division by zero gives all ones, as on the hardware.
fn div_signed<const B: u32>(x: [u64; 4]) -> u64 {
    let (a, b) = (signed::<B>(x[0]), signed::<B>(x[1]));
    if b == 0 { !0 } else { a.wrapping_div(b) as u64 }
}

fn rem_signed<const B: u32>(x: [u64; 4]) -> u64 {
    let (a, b) = (signed::<B>(x[0]), signed::<B>(x[1]));
    if b == 0 {
        a as u64
    } else {
        a.wrapping_rem(b) as u64
    }
}

fn abs<const B: u32>(x: [u64; 4]) -> u64 {
    signed::<B>(x[0]).wrapping_abs() as u64
}

fn shr_signed<const B: u32>(x: [u64; 4]) -> u64 {
    (signed::<B>(x[0]) >> x[1].min(63)) as u64
}

fn sad_signed<const B: u32>(x: [u64; 4]) -> u64 {
    let distance = signed::<B>(x[0]).abs_diff(signed::<B>(x[1]));
    x[2].wrapping_add(distance)
}

fn mul_hi_signed<const B: u32>(x: [u64; 4]) -> u64 {
    let product = i128::from(signed::<B>(x[0])) * i128::from(signed::<B>(x[1]));
    low::<B>(product >> B)
}

fn mul_hi_unsigned<const B: u32>(x: [u64; 4]) -> u64 {
    let product = u128::from(unsigned::<B>(x[0])) * u128::from(unsigned::<B>(x[1]));
    (product >> B) as u64
}

fn mad_hi_signed<const B: u32>(x: [u64; 4]) -> u64 {
    mul_hi_signed::<B>(x).wrapping_add(x[2])
}

fn mad_hi_unsigned<const B: u32>(x: [u64; 4]) -> u64 {
    mul_hi_unsigned::<B>(x).wrapping_add(x[2])
}

fn mad_hi_saturated(x: [u64; 4]) -> u64 {
    let product = signed::<32>(mul_hi_signed::<32>(x));
    saturated(product + signed::<32>(x[2]))
}

fn saturated(value: i64) -> u64 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as u64
}

fn mul_wide_signed<const B: u32>(x: [u64; 4]) -> u64 {
    signed::<B>(x[0]).wrapping_mul(signed::<B>(x[1])) as u64
}

fn mad_wide_signed<const B: u32>(x: [u64; 4]) -> u64 {
    mul_wide_signed::<B>(x).wrapping_add(x[2])
}

fn mul24(x: [u64; 4], is_signed: bool) -> i64 {
    if is_signed {
        signed::<24>(x[0]) * signed::<24>(x[1])
    } else {
        (unsigned::<24>(x[0]) * unsigned::<24>(x[1])) as i64
    }
}

/// Dot product of four bytes with four bytes.
fn dot4(x: [u64; 4], a_signed: bool, b_signed: bool) -> u64 {
    let byte = |word: u64, index: u32, is_signed: bool| {
        let byte = (word >> (8 * index)) as u8;
        if is_signed {
            i64::from(byte as i8)
        } else {
            i64::from(byte)
        }
    };
    let products = (0..4).map(|index| byte(x[0], index, a_signed) * byte(x[1], index, b_signed));
    x[2].wrapping_add(products.sum::<i64>() as u64)
}

/// Dot product of two halves with two bytes.
fn dot2(x: [u64; 4], a_signed: bool, b_signed: bool, first_byte: u32) -> u64 {
    let half = |index: u32| {
        let half = (x[0] >> (16 * index)) as u16;
        if a_signed {
            i64::from(half as i16)
        } else {
            i64::from(half)
        }
    };
    let byte = |index: u32| {
        let byte = (x[1] >> (8 * (first_byte + index))) as u8;
        if b_signed {
            i64::from(byte as i8)
        } else {
            i64::from(byte)
        }
    };
    x[2].wrapping_add((half(0) * byte(0) + half(1) * byte(1)) as u64)
}

fn dot(opcode: &str, words: &[&str]) -> Option<Scalar> {
    let types = words.iter().filter_map(|word| Type::parse(word));
    let types: Vec<bool> = types.map(Type::is_signed).collect();
    let high = words.contains(&"hi");
    let [a, b] = types.as_slice() else {
        return None;
    };
    Some(match (opcode, *a, *b, high) {
        ("dp4a", false, false, _) => |x| dot4(x, false, false),
        ("dp4a", false, true, _) => |x| dot4(x, false, true),
        ("dp4a", true, false, _) => |x| dot4(x, true, false),
        ("dp4a", true, true, _) => |x| dot4(x, true, true),
        (_, false, false, false) => |x| dot2(x, false, false, 0),
        (_, false, true, false) => |x| dot2(x, false, true, 0),
        (_, true, false, false) => |x| dot2(x, true, false, 0),
        (_, true, true, false) => |x| dot2(x, true, true, 0),
        (_, false, false, true) => |x| dot2(x, false, false, 2),
        (_, false, true, true) => |x| dot2(x, false, true, 2),
        (_, true, false, true) => |x| dot2(x, true, false, 2),
        (_, true, true, true) => |x| dot2(x, true, true, 2),
    })
}

/// The operation of that name on integers.
pub(super) fn lookup(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    let has = |word| words.contains(&word);
    if matches!(opcode, "dp4a" | "dp2a") {
        return dot(opcode, words);
    }
    if has("sat") {
        return match (opcode, ty) {
            ("add", Type::S32) => Some(|x| saturated(signed::<32>(x[0]) + signed::<32>(x[1]))),
            ("sub", Type::S32) => Some(|x| saturated(signed::<32>(x[0]) - signed::<32>(x[1]))),
            ("mad", Type::S32) if has("hi") => Some(mad_hi_saturated),
            _ => None,
        };
    }
    if ty.is_signed() {
        return of_signed(opcode, words, ty);
    }
    of_unsigned(opcode, words, ty)
}

fn of_signed(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    let has = |word| words.contains(&word);
    match opcode {
        // Negative results become zero.
        "min" if has("relu") && ty == Type::S32 => {
            Some(|x| signed::<32>(x[0]).min(signed::<32>(x[1])).max(0) as u64)
        }
        "max" if has("relu") && ty == Type::S32 => {
            Some(|x| signed::<32>(x[0]).max(signed::<32>(x[1])).max(0) as u64)
        }
        "min" | "max" if has("relu") => None,
        "min" => width(ty, [min_signed::<16>, min_signed::<32>, min_signed::<64>]),
        "max" => width(ty, [max_signed::<16>, max_signed::<32>, max_signed::<64>]),
        "div" => width(ty, [div_signed::<16>, div_signed::<32>, div_signed::<64>]),
        "rem" => width(ty, [rem_signed::<16>, rem_signed::<32>, rem_signed::<64>]),
        "abs" => width(ty, [abs::<16>, abs::<32>, abs::<64>]),
        "shr" => width(ty, [shr_signed::<16>, shr_signed::<32>, shr_signed::<64>]),
        "sad" => width(ty, [sad_signed::<16>, sad_signed::<32>, sad_signed::<64>]),
        "mul" if has("hi") => width(
            ty,
            [
                mul_hi_signed::<16>,
                mul_hi_signed::<32>,
                mul_hi_signed::<64>,
            ],
        ),
        "mad" if has("hi") => width(
            ty,
            [
                mad_hi_signed::<16>,
                mad_hi_signed::<32>,
                mad_hi_signed::<64>,
            ],
        ),
        "mul" if has("wide") => width(
            ty,
            [
                mul_wide_signed::<16>,
                mul_wide_signed::<32>,
                mul_wide_signed::<64>,
            ],
        ),
        "mad" if has("wide") => width(
            ty,
            [
                mad_wide_signed::<16>,
                mad_wide_signed::<32>,
                mad_wide_signed::<64>,
            ],
        ),
        "mul24" if has("hi") => Some(|x| (mul24(x, true) >> 16) as u64),
        "mul24" => Some(|x| mul24(x, true) as u64),
        "mad24" if has("hi") => Some(|x| ((mul24(x, true) >> 16) as u64).wrapping_add(x[2])),
        "mad24" => Some(|x| (mul24(x, true) as u64).wrapping_add(x[2])),
        _ => of_any(opcode),
    }
}

fn of_unsigned(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    let has = |word| words.contains(&word);
    match opcode {
        "min" => Some(|x| x[0].min(x[1])),
        "max" => Some(|x| x[0].max(x[1])),
        "div" => Some(|x| x[0].checked_div(x[1]).unwrap_or(!0)),
        "rem" => Some(|x| x[0].checked_rem(x[1]).unwrap_or(x[0])),
        "shr" => Some(|x| if x[1] > 63 { 0 } else { x[0] >> x[1] }),
        "sad" => Some(|x| x[2].wrapping_add(x[0].abs_diff(x[1]))),
        "mul" if has("hi") => width(
            ty,
            [
                mul_hi_unsigned::<16>,
                mul_hi_unsigned::<32>,
                mul_hi_unsigned::<64>,
            ],
        ),
        "mad" if has("hi") => width(
            ty,
            [
                mad_hi_unsigned::<16>,
                mad_hi_unsigned::<32>,
                mad_hi_unsigned::<64>,
            ],
        ),
        "mul24" if has("hi") => Some(|x| (mul24(x, false) >> 16) as u64),
        "mul24" => Some(|x| mul24(x, false) as u64),
        "mad24" if has("hi") => Some(|x| ((mul24(x, false) >> 16) as u64).wrapping_add(x[2])),
        "mad24" => Some(|x| (mul24(x, false) as u64).wrapping_add(x[2])),
        _ => of_any(opcode),
    }
}

/// What is the same for signed and unsigned, because only the low bits are kept.
fn of_any(opcode: &str) -> Option<Scalar> {
    Some(match opcode {
        "add" => |x| x[0].wrapping_add(x[1]),
        "sub" => |x| x[0].wrapping_sub(x[1]),
        "mul" => |x| x[0].wrapping_mul(x[1]),
        "mad" => |x| x[0].wrapping_mul(x[1]).wrapping_add(x[2]),
        "neg" => |x| x[0].wrapping_neg(),
        _ => return None,
    })
}

// Carries.

fn sum_carry<const B: u32>(a: u64, b: u64, carry: u64) -> u64 {
    let [a, b] = [a, b].map(|value| u128::from(unsigned::<B>(value)));
    ((a + b + u128::from(carry)) >> B) as u64
}

fn add_carry<const B: u32>(x: [u64; 4]) -> u64 {
    sum_carry::<B>(x[0], x[1], x[2])
}

/// The borrow: the hardware's flag after a subtraction.
fn sub_borrow<const B: u32>(x: [u64; 4]) -> u64 {
    let less = u128::from(unsigned::<B>(x[1])) + u128::from(x[2]);
    u64::from(u128::from(unsigned::<B>(x[0])) < less)
}

fn mad_low_carry<const B: u32>(x: [u64; 4]) -> u64 {
    sum_carry::<B>(x[0].wrapping_mul(x[1]), x[2], x[3])
}

fn mad_high_carry<const B: u32>(x: [u64; 4]) -> u64 {
    sum_carry::<B>(mul_hi_unsigned::<B>(x), x[2], x[3])
}

fn mad_high_carry_signed<const B: u32>(x: [u64; 4]) -> u64 {
    sum_carry::<B>(mul_hi_signed::<B>(x), x[2], x[3])
}

/// Result and carry of an operation that takes or gives one. The carry comes behind the operands.
pub(crate) fn carrying(opcode: &str, words: &[&str], ty: Type) -> Option<(Scalar, Scalar)> {
    let is_wide = ty.bits() == 64;
    let by = |narrow: Scalar, wide: Scalar| if is_wide { wide } else { narrow };
    let high = words.contains(&"hi");
    Some(match opcode {
        "add" | "addc" => {
            let sum: Scalar = |x| x[0].wrapping_add(x[1]).wrapping_add(x[2]);
            (sum, by(add_carry::<32>, add_carry::<64>))
        }
        "sub" | "subc" => {
            let difference: Scalar = |x| x[0].wrapping_sub(x[1]).wrapping_sub(x[2]);
            (difference, by(sub_borrow::<32>, sub_borrow::<64>))
        }
        "mad" | "madc" if !high => {
            let sum: Scalar = |x| {
                x[0].wrapping_mul(x[1])
                    .wrapping_add(x[2])
                    .wrapping_add(x[3])
            };
            (sum, by(mad_low_carry::<32>, mad_low_carry::<64>))
        }
        "mad" | "madc" if ty.is_signed() => (
            by(
                |x| mad_hi_signed::<32>(x).wrapping_add(x[3]),
                |x| mad_hi_signed::<64>(x).wrapping_add(x[3]),
            ),
            by(mad_high_carry_signed::<32>, mad_high_carry_signed::<64>),
        ),
        "mad" | "madc" => (
            by(
                |x| mad_hi_unsigned::<32>(x).wrapping_add(x[3]),
                |x| mad_hi_unsigned::<64>(x).wrapping_add(x[3]),
            ),
            by(mad_high_carry::<32>, mad_high_carry::<64>),
        ),
        _ => return None,
    })
}
