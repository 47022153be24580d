//! `f16` and `bf16`: one value, or two in a word.

use super::Mode;
use super::soft::{self, BF16, F16, Format, Round};
use crate::emu::program::op::Scalar;

/// The bits of the nearest `f16`.
pub(crate) fn f16_of(value: f64) -> u64 {
    of(value, F16)
}

/// The bits of the nearest `bf16`.
pub(crate) fn bf16_of(value: f64) -> u64 {
    of(value, BF16)
}

fn of(value: f64, format: Format) -> u64 {
    match soft::unpack(value.to_bits(), soft::F64) {
        soft::Number::Nan => format.nan(),
        soft::Number::Infinite(negative) => {
            format.infinity() | u64::from(negative) << (format.fraction + format.exponent)
        }
        soft::Number::Finite(exact) => soft::round(exact, format, Round::Nearest),
    }
}

/// The value of bits of a format that is no wider than `f64`.
pub(crate) fn value(bits: u64, format: Format) -> f64 {
    match soft::unpack(bits, format) {
        soft::Number::Nan => f64::NAN,
        soft::Number::Infinite(true) => f64::NEG_INFINITY,
        soft::Number::Infinite(false) => f64::INFINITY,
        soft::Number::Finite(exact) => {
            f64::from_bits(soft::round(exact, soft::F64, Round::Nearest))
        }
    }
}

/// The values 0, 1 and 2 of three operands that `f` takes, in the upper and the lower half.
fn twice(x: [u64; 4], f: Scalar) -> u64 {
    let low = f([x[0] & 0xffff, x[1] & 0xffff, x[2] & 0xffff, x[3]]);
    let high = f([
        x[0] >> 16 & 0xffff,
        x[1] >> 16 & 0xffff,
        x[2] >> 16 & 0xffff,
        x[3],
    ]);
    (high & 0xffff) << 16 | low & 0xffff
}

/// Flushes, saturates and clamps a result as the mode says.
fn finish(bits: u64, format: Format, mode: Mode) -> u64 {
    let mut bits = if mode.flush { format.flush(bits) } else { bits };
    let is_nan = matches!(soft::unpack(bits, format), soft::Number::Nan);
    let is_negative = bits >> (format.fraction + format.exponent) & 1 == 1;
    if mode.saturate {
        let one = of(1.0, format);
        bits = if is_nan || is_negative {
            0
        } else {
            bits.min(one)
        };
    }
    if mode.relu && is_negative && !is_nan {
        bits = 0;
    }
    bits
}

fn input(bits: u64, format: Format, mode: Mode) -> u64 {
    if mode.flush { format.flush(bits) } else { bits }
}

fn format<const BRAIN: bool>() -> Format {
    if BRAIN { BF16 } else { F16 }
}

fn add<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    let (f, mode) = (format::<BRAIN>(), Mode::of_bits(x[3]));
    let sum = soft::add(
        input(x[0], f, mode),
        input(x[1], f, mode),
        f,
        Round::Nearest,
    );
    finish(sum, f, mode)
}

fn sub<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    add::<BRAIN>([x[0], x[1] ^ 0x8000, x[2], x[3]])
}

fn mul<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    let (f, mode) = (format::<BRAIN>(), Mode::of_bits(x[3]));
    let product = soft::mul(
        input(x[0], f, mode),
        input(x[1], f, mode),
        f,
        Round::Nearest,
    );
    finish(product, f, mode)
}

fn fma<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    let (f, mode) = (format::<BRAIN>(), Mode::of_bits(x[3]));
    let [a, b, c] = [x[0], x[1], x[2]].map(|bits| input(bits, f, mode));
    finish(soft::fma(a, b, c, f, Round::Nearest), f, mode)
}

fn neg<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    input(x[0], format::<BRAIN>(), Mode::of_bits(x[3])) ^ 0x8000
}

fn abs<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    input(x[0], format::<BRAIN>(), Mode::of_bits(x[3])) & 0x7fff
}

/// Minimum or maximum: of a number and a non-number the number, unless `.nan` wants it otherwise; -0 is less than +0.
fn extreme<const BRAIN: bool>(x: [u64; 4], wants_first: fn(i64, i64) -> bool) -> u64 {
    let (f, mode) = (format::<BRAIN>(), Mode::of_bits(x[3]));
    let (a, b) = (input(x[0], f, mode), input(x[1], f, mode));
    let is_nan = |bits| matches!(soft::unpack(bits, f), soft::Number::Nan);
    let chosen = match (is_nan(a), is_nan(b)) {
        (true, true) => f.nan(),
        (true, false) | (false, true) if mode.nan => f.nan(),
        (true, false) => b,
        (false, true) => a,
        (false, false) => {
            if wants_first(order(a), order(b)) {
                a
            } else {
                b
            }
        }
    };
    finish(chosen, f, mode)
}

/// An integer that is ordered as the value is.
fn order(bits: u64) -> i64 {
    let magnitude = (bits & 0x7fff) as i64;
    if bits & 0x8000 != 0 {
        -magnitude - 1
    } else {
        magnitude
    }
}

fn min<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    extreme::<BRAIN>(x, |a, b| a <= b)
}

fn max<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    extreme::<BRAIN>(x, |a, b| a >= b)
}

fn ex2<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    of(value(x[0], format::<BRAIN>()).exp2(), format::<BRAIN>())
}

fn tanh<const BRAIN: bool>(x: [u64; 4]) -> u64 {
    of(value(x[0], format::<BRAIN>()).tanh(), format::<BRAIN>())
}

/// The operation on one value.
fn one<const BRAIN: bool>(opcode: &str) -> Option<Scalar> {
    Some(match opcode {
        "add" => add::<BRAIN>,
        "sub" => sub::<BRAIN>,
        "mul" => mul::<BRAIN>,
        "fma" | "mad" => fma::<BRAIN>,
        "neg" => neg::<BRAIN>,
        "abs" => abs::<BRAIN>,
        "min" => min::<BRAIN>,
        "max" => max::<BRAIN>,
        "ex2" => ex2::<BRAIN>,
        "tanh" => tanh::<BRAIN>,
        _ => return None,
    })
}

/// The operation on two values in a word.
fn two<const BRAIN: bool>(opcode: &str) -> Option<Scalar> {
    Some(match opcode {
        "add" => |x| twice(x, add::<BRAIN>),
        "sub" => |x| twice(x, sub::<BRAIN>),
        "mul" => |x| twice(x, mul::<BRAIN>),
        "fma" | "mad" => |x| twice(x, fma::<BRAIN>),
        "neg" => |x| twice(x, neg::<BRAIN>),
        "abs" => |x| twice(x, abs::<BRAIN>),
        "min" => |x| twice(x, min::<BRAIN>),
        "max" => |x| twice(x, max::<BRAIN>),
        "ex2" => |x| twice(x, ex2::<BRAIN>),
        "tanh" => |x| twice(x, tanh::<BRAIN>),
        _ => return None,
    })
}

/// The operation of that name. Operand 3 is the [`Mode`].
pub(super) fn lookup(opcode: &str, is_brain: bool, is_pair: bool) -> Option<Scalar> {
    match (is_brain, is_pair) {
        (false, false) => one::<false>(opcode),
        (true, false) => one::<true>(opcode),
        (false, true) => two::<false>(opcode),
        (true, true) => two::<true>(opcode),
    }
}

/// Addition for `atom.add.noftz`.
pub(super) fn atomic_add(is_brain: bool, is_pair: bool) -> Scalar {
    match (is_brain, is_pair) {
        (false, false) => |x| add::<false>([x[0], x[1], 0, 0]),
        (true, false) => |x| add::<true>([x[0], x[1], 0, 0]),
        (false, true) => |x| twice([x[0], x[1], 0, 0], add::<false>),
        (true, true) => |x| twice([x[0], x[1], 0, 0], add::<true>),
    }
}
