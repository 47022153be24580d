//! Approximations. They are computed in double precision and rounded, thus at least as good as the hardware's.

use super::{Mode, flush, nan32};
use crate::emu::program::op::Scalar;

/// Applies a function, flushing as the mode says.
fn apply(x: [u64; 4], f: fn(f64) -> f64) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let input = if mode.flush {
        flush(x[0])
    } else {
        f32::from_bits(x[0] as u32)
    };
    finish(f(f64::from(input)) as f32, mode)
}

fn finish(value: f32, mode: Mode) -> u64 {
    let bits = nan32(value);
    u64::from(if mode.flush {
        flush(u64::from(bits)).to_bits()
    } else {
        bits
    })
}

/// The hardware's quotient is 0 where the divisor is so large that its inverse would be subnormal.
fn divide(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let [a, b] = [x[0], x[1]].map(|bits| match mode.flush {
        true => flush(bits),
        false => f32::from_bits(bits as u32),
    });
    let is_huge = b.abs() > 2f32.powi(126) && b.is_finite();
    if is_huge && a.is_infinite() {
        return u64::from(nan32(f32::NAN));
    }
    if is_huge {
        return u64::from((a.to_bits() ^ b.to_bits()) & 1 << 31);
    }
    finish((f64::from(a) / f64::from(b)) as f32, mode)
}

fn divide_full(x: [u64; 4]) -> u64 {
    let mode = Mode::of_bits(x[3]);
    let [a, b] = [x[0], x[1]].map(|bits| match mode.flush {
        true => flush(bits),
        false => f32::from_bits(bits as u32),
    });
    finish(a / b, mode)
}

/// The operation of that name on `f32`. Operand 3 is the [`Mode`].
pub(super) fn lookup(opcode: &str, words: &[&str]) -> Option<Scalar> {
    Some(match opcode {
        "div" if words.contains(&"full") => divide_full,
        "div" => divide,
        "rcp" => |x| apply(x, |a| 1.0 / a),
        "sqrt" => |x| apply(x, f64::sqrt),
        "rsqrt" => |x| apply(x, |a| 1.0 / a.sqrt()),
        "sin" => |x| apply(x, f64::sin),
        "cos" => |x| apply(x, f64::cos),
        "lg2" => |x| apply(x, f64::log2),
        "ex2" => |x| apply(x, f64::exp2),
        "tanh" => |x| apply(x, f64::tanh),
        _ => return None,
    })
}
