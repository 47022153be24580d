//! `f32` and `f64`, with all roundings.

use super::soft::{self, F32, F64, Round};
use super::{Mode, flush, nan32};
use crate::emu::program::op::Scalar;
use crate::emu::program::types::Type;

fn input(bits: u64, mode: Mode) -> f32 {
    if mode.flush {
        flush(bits)
    } else {
        f32::from_bits(bits as u32)
    }
}

fn finish(value: f32, mode: Mode) -> u64 {
    if mode.saturate {
        return u64::from(if value > 0.0 { value.min(1.0) } else { 0.0 }.to_bits());
    }
    let bits = u64::from(nan32(value));
    if mode.flush { F32.flush(bits) } else { bits }
}

fn soft_bits(value: f32) -> u64 {
    u64::from(value.to_bits())
}

fn of_soft(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn add32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let (a, b) = (input(x[0], mode), input(x[1], mode));
    let sum = match mode.round {
        Round::Nearest => a + b,
        round => of_soft(soft::add(soft_bits(a), soft_bits(b), F32, round)),
    };
    finish(sum, mode)
}

fn sub32(x: [u64; 4]) -> u64 {
    add32([x[0], x[1] ^ 1 << 31, x[2], x[3]])
}

fn mul32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let (a, b) = (input(x[0], mode), input(x[1], mode));
    let product = match mode.round {
        Round::Nearest => a * b,
        round => of_soft(soft::mul(soft_bits(a), soft_bits(b), F32, round)),
    };
    finish(product, mode)
}

fn fma32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let [a, b, c] = [x[0], x[1], x[2]].map(|bits| input(bits, mode));
    let sum = match mode.round {
        Round::Nearest => a.mul_add(b, c),
        round => of_soft(soft::fma(
            soft_bits(a),
            soft_bits(b),
            soft_bits(c),
            F32,
            round,
        )),
    };
    finish(sum, mode)
}

fn div32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let (a, b) = (input(x[0], mode), input(x[1], mode));
    let quotient = match mode.round {
        Round::Nearest => a / b,
        round => of_soft(soft::div(soft_bits(a), soft_bits(b), F32, round)),
    };
    finish(quotient, mode)
}

fn rcp32(x: [u64; 4]) -> u64 {
    div32([u64::from(1.0f32.to_bits()), x[0], 0, x[3]])
}

fn sqrt32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let a = input(x[0], mode);
    let root = match mode.round {
        Round::Nearest => a.sqrt(),
        round => of_soft(soft::sqrt(soft_bits(a), F32, round)),
    };
    finish(root, mode)
}

fn neg32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    soft_bits(input(x[0], mode)) ^ 1 << 31
}

fn abs32(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    soft_bits(input(x[0], mode)) & 0x7fff_ffff
}

/// -0 is less than +0; of a number and a non-number the number is taken, unless `.nan` wants it otherwise.
pub(crate) fn min(a: f32, b: f32) -> f32 {
    if a.is_nan() {
        return b;
    }
    if b.is_nan() || a < b || (a == b && a.is_sign_negative()) {
        a
    } else {
        b
    }
}

/// As [`min`].
pub(crate) fn max(a: f32, b: f32) -> f32 {
    if a.is_nan() {
        return b;
    }
    if b.is_nan() || a > b || (a == b && a.is_sign_positive()) {
        a
    } else {
        b
    }
}

/// As [`min`].
pub(crate) fn min64(a: f64, b: f64) -> f64 {
    if a.is_nan() {
        return b;
    }
    if b.is_nan() || a < b || (a == b && a.is_sign_negative()) {
        a
    } else {
        b
    }
}

/// As [`min`].
pub(crate) fn max64(a: f64, b: f64) -> f64 {
    if a.is_nan() {
        return b;
    }
    if b.is_nan() || a > b || (a == b && a.is_sign_positive()) {
        a
    } else {
        b
    }
}

fn extreme32(x: [u64; 4], choose: fn(f32, f32) -> f32) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let (mut a, mut b) = (input(x[0], mode), input(x[1], mode));
    if mode.nan && (a.is_nan() || b.is_nan()) {
        return F32.nan();
    }
    if mode.xor_sign {
        let sign = (a.to_bits() ^ b.to_bits()) & 1 << 31;
        (a, b) = (a.abs(), b.abs());
        return u64::from(nan32(choose(a, b)) | sign);
    }
    finish(choose(a, b), mode)
}

fn min32(x: [u64; 4]) -> u64 {
    extreme32(x, min)
}

fn max32(x: [u64; 4]) -> u64 {
    extreme32(x, max)
}

fn single(opcode: &str) -> Option<Scalar> {
    Some(match opcode {
        "add" => add32,
        "sub" => sub32,
        "mul" => mul32,
        "fma" | "mad" => fma32,
        "div" => div32,
        "rcp" => rcp32,
        "sqrt" => sqrt32,
        "neg" => neg32,
        "abs" => abs32,
        "min" => min32,
        "max" => max32,
        "copysign" => |x| x[0] & 1 << 31 | x[1] & 0x7fff_ffff,
        _ => return None,
    })
}

const SIGN: u64 = 1 << 63;

fn double(opcode: &str) -> Option<Scalar> {
    Some(match opcode {
        "add" => |x| {
            soft_or(
                x,
                |a, b, _| a + b,
                |x, round| soft::add(x[0], x[1], F64, round),
            )
        },
        "sub" => |x| {
            let minus = |x: [u64; 4], round| soft::add(x[0], x[1] ^ SIGN, F64, round);
            soft_or(x, |a, b, _| a - b, minus)
        },
        "mul" => |x| {
            soft_or(
                x,
                |a, b, _| a * b,
                |x, round| soft::mul(x[0], x[1], F64, round),
            )
        },
        "fma" | "mad" => |x| {
            let fused = |x: [u64; 4], round| soft::fma(x[0], x[1], x[2], F64, round);
            soft_or(x, f64::mul_add, fused)
        },
        "div" => |x| {
            soft_or(
                x,
                |a, b, _| a / b,
                |x, round| soft::div(x[0], x[1], F64, round),
            )
        },
        "rcp" => |x| {
            let inverse = |x: [u64; 4], round| soft::div(1.0f64.to_bits(), x[0], F64, round);
            soft_or(x, |a, _, _| 1.0 / a, inverse)
        },
        "sqrt" => |x| {
            soft_or(
                x,
                |a, _, _| a.sqrt(),
                |x, round| soft::sqrt(x[0], F64, round),
            )
        },
        "rsqrt" => |x| (1.0 / f64::from_bits(x[0]).sqrt()).to_bits(),
        "neg" => |x| x[0] ^ SIGN,
        "abs" => |x| x[0] & !SIGN,
        "min" => |x| min64(f64::from_bits(x[0]), f64::from_bits(x[1])).to_bits(),
        "max" => |x| max64(f64::from_bits(x[0]), f64::from_bits(x[1])).to_bits(),
        "copysign" => |x| x[0] & SIGN | x[1] & !SIGN,
        _ => return None,
    })
}

/// The processor's operation where the mode rounds to nearest, else the one in integers.
fn soft_or(x: [u64; 4], hard: fn(f64, f64, f64) -> f64, soft: fn([u64; 4], Round) -> u64) -> u64 {
    match Mode::of_bits(x[3]).round {
        Round::Nearest => {
            let [a, b, c] = [x[0], x[1], x[2]].map(f64::from_bits);
            hard(a, b, c).to_bits()
        }
        round => soft(x, round),
    }
}

fn testp(words: &[&str], is_single: bool) -> Option<Scalar> {
    let word = words.first()?;
    if is_single {
        return Some(match *word {
            "finite" => |x| u64::from(f32::from_bits(x[0] as u32).is_finite()),
            "infinite" => |x| u64::from(f32::from_bits(x[0] as u32).is_infinite()),
            "number" => |x| u64::from(!f32::from_bits(x[0] as u32).is_nan()),
            "notanumber" => |x| u64::from(f32::from_bits(x[0] as u32).is_nan()),
            "normal" => |x| u64::from(f32::from_bits(x[0] as u32).is_normal()),
            "subnormal" => |x| u64::from(F32.is_subnormal(x[0])),
            _ => return None,
        });
    }
    Some(match *word {
        "finite" => |x| u64::from(f64::from_bits(x[0]).is_finite()),
        "infinite" => |x| u64::from(f64::from_bits(x[0]).is_infinite()),
        "number" => |x| u64::from(!f64::from_bits(x[0]).is_nan()),
        "notanumber" => |x| u64::from(f64::from_bits(x[0]).is_nan()),
        "normal" => |x| u64::from(f64::from_bits(x[0]).is_normal()),
        "subnormal" => |x| u64::from(F64.is_subnormal(x[0])),
        _ => return None,
    })
}

/// The operation of that name on floats of 32 or 64 bits. Operand 3 is the [`Mode`].
pub(super) fn lookup(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    match (opcode, ty) {
        ("testp", _) => testp(words, ty == Type::F32),
        (_, Type::F32) => single(opcode),
        _ => double(opcode),
    }
}
