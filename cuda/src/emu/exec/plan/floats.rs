//! Operations on floats that round to nearest, and conversions.

use super::operations::{one, relate, three, two};
use crate::emu::exec::cell::Handler;
use crate::emu::exec::scalar::{float, nan32};
use crate::emu::program::op::{Compared, Convert, Float2, Primitive};

#[inline(always)]
fn single(bits: u32) -> f32 {
    f32::from_bits(bits)
}

#[inline(always)]
fn double(bits: u64) -> f64 {
    f64::from_bits(bits)
}

pub(super) fn single2(op: Float2) -> Handler {
    match op {
        Float2::Add => two(|a, b| nan32(single(a) + single(b))),
        Float2::Sub => two(|a, b| nan32(single(a) - single(b))),
        Float2::Mul => two(|a, b| nan32(single(a) * single(b))),
        Float2::Div => two(|a, b| nan32(single(a) / single(b))),
        Float2::Min => two(|a, b| nan32(float::min(single(a), single(b)))),
        Float2::Max => two(|a, b| nan32(float::max(single(a), single(b)))),
    }
}

pub(super) fn double2(op: Float2) -> Handler {
    match op {
        Float2::Add => two(|a, b| (double(a) + double(b)).to_bits()),
        Float2::Sub => two(|a, b| (double(a) - double(b)).to_bits()),
        Float2::Mul => two(|a, b| (double(a) * double(b)).to_bits()),
        Float2::Div => two(|a, b| (double(a) / double(b)).to_bits()),
        Float2::Min => two(|a, b| float::min64(double(a), double(b)).to_bits()),
        Float2::Max => two(|a, b| float::max64(double(a), double(b)).to_bits()),
    }
}

pub(super) fn single_fma() -> Handler {
    three(|a: u32, b: u32, c: u32| nan32(single(a).mul_add(single(b), single(c))))
}

pub(super) fn double_fma() -> Handler {
    three(|a: u64, b: u64, c: u64| double(a).mul_add(double(b), double(c)).to_bits())
}

pub(super) fn negate() -> Handler {
    one(|a: u32| a ^ 1 << 31)
}

pub(super) fn absolute() -> Handler {
    one(|a: u32| a & 0x7fff_ffff)
}

pub(super) fn sqrt() -> Handler {
    one(|a: u32| nan32(single(a).sqrt()))
}

pub(super) fn convert(op: Convert) -> Handler {
    match op {
        Convert::ZeroExtend => one(|a: u32| u64::from(a)),
        Convert::SignExtend => one(|a: u32| i64::from(a as i32) as u64),
        Convert::Truncate => one(|a: u64| a as u32),
        Convert::SingleOfSigned => one(|a: u32| (a as i32 as f32).to_bits()),
        Convert::SingleOfUnsigned => one(|a: u32| (a as f32).to_bits()),
        // Rust's conversion clamps and makes zero of what is no number, as PTX wants it.
        Convert::SignedOfSingle => one(|a: u32| single(a) as i32 as u32),
        Convert::DoubleOfSingle => one(|a: u32| f64::from(single(a)).to_bits()),
        Convert::SingleOfDouble => one(|a: u64| nan32(double(a) as f32)),
        Convert::DoubleOfSigned => one(|a: u32| f64::from(a as i32).to_bits()),
    }
}

pub(super) fn comparison(what: Compared, primitive: Primitive) -> Handler {
    match (what, primitive) {
        (Compared::F64, Primitive::Equal) => relate(|a: u64, b: u64| double(a) == double(b)),
        (Compared::F64, Primitive::Less) => relate(|a: u64, b: u64| double(a) < double(b)),
        (Compared::F64, Primitive::LessOrEqual) => relate(|a: u64, b: u64| double(a) <= double(b)),
        (_, Primitive::Equal) => relate(|a: u32, b: u32| single(a) == single(b)),
        (_, Primitive::Less) => relate(|a: u32, b: u32| single(a) < single(b)),
        (_, Primitive::LessOrEqual) => relate(|a: u32, b: u32| single(a) <= single(b)),
    }
}
