//! Operations on integers, and on bits whatever they mean.

use super::operations::{one, other, relate, three, two};
use crate::emu::exec::cell::Handler;
use crate::emu::exec::lanewise::map3;
use crate::emu::exec::scalar::bits;
use crate::emu::program::op::{Compared, Int2, Primitive};

pub(super) fn narrow2(op: Int2) -> Handler {
    match op {
        Int2::Add => two(u32::wrapping_add),
        Int2::Sub => two(u32::wrapping_sub),
        Int2::Mul => two(u32::wrapping_mul),
        Int2::And => two(|a: u32, b: u32| a & b),
        Int2::Or => two(|a: u32, b: u32| a | b),
        Int2::Xor => two(|a: u32, b: u32| a ^ b),
        Int2::Shl => two(|a: u32, b: u32| if b > 31 { 0 } else { a << b }),
        Int2::ShrUnsigned => two(|a: u32, b: u32| if b > 31 { 0 } else { a >> b }),
        Int2::ShrSigned => two(|a: u32, b: u32| (a as i32 >> b.min(31)) as u32),
        Int2::MinUnsigned => two(|a: u32, b: u32| a.min(b)),
        Int2::MaxUnsigned => two(|a: u32, b: u32| a.max(b)),
        Int2::MinSigned => two(|a: u32, b: u32| (a as i32).min(b as i32) as u32),
        Int2::MaxSigned => two(|a: u32, b: u32| (a as i32).max(b as i32) as u32),
    }
}

pub(super) fn wide2(op: Int2) -> Handler {
    match op {
        Int2::Add => two(u64::wrapping_add),
        Int2::Sub => two(u64::wrapping_sub),
        Int2::Mul => two(u64::wrapping_mul),
        Int2::And => two(|a: u64, b: u64| a & b),
        Int2::Or => two(|a: u64, b: u64| a | b),
        Int2::Xor => two(|a: u64, b: u64| a ^ b),
        Int2::Shl => two(|a: u64, b: u64| if b > 63 { 0 } else { a << b }),
        Int2::ShrUnsigned => two(|a: u64, b: u64| if b > 63 { 0 } else { a >> b }),
        Int2::ShrSigned => two(|a: u64, b: u64| (a as i64 >> b.min(63)) as u64),
        Int2::MinUnsigned => two(|a: u64, b: u64| a.min(b)),
        Int2::MaxUnsigned => two(|a: u64, b: u64| a.max(b)),
        Int2::MinSigned => two(|a: u64, b: u64| (a as i64).min(b as i64) as u64),
        Int2::MaxSigned => two(|a: u64, b: u64| (a as i64).max(b as i64) as u64),
    }
}

/// A wide value shifted by a narrow one.
pub(super) fn wide_shift(op: Int2) -> Handler {
    match op {
        Int2::Shl => two(|a: u64, b: u32| if b > 63 { 0 } else { a << b }),
        Int2::ShrSigned => two(|a: u64, b: u32| (a as i64 >> b.min(63)) as u64),
        _ => two(|a: u64, b: u32| if b > 63 { 0 } else { a >> b }),
    }
}

pub(super) fn mul_add() -> Handler {
    three(|a: u32, b: u32, c: u32| a.wrapping_mul(b).wrapping_add(c))
}

pub(super) fn wide_mul_add() -> Handler {
    three(|a: u64, b: u64, c: u64| a.wrapping_mul(b).wrapping_add(c))
}

pub(super) fn mul_wide_unsigned() -> Handler {
    two(|a: u32, b: u32| u64::from(a) * u64::from(b))
}

pub(super) fn mul_wide_signed() -> Handler {
    two(|a: u32, b: u32| (i64::from(a as i32) * i64::from(b as i32)) as u64)
}

pub(super) fn mul_high_unsigned() -> Handler {
    two(|a: u32, b: u32| ((u64::from(a) * u64::from(b)) >> 32) as u32)
}

/// `lop3`; its table is in `extra`.
pub(super) fn logic3() -> Handler {
    other(|site, step, lanes| {
        let view = &site.view;
        let (a, b, c) = (
            view.narrow(step.a),
            view.narrow(step.b),
            view.narrow(step.c),
        );
        let table = step.extra as u8;
        let f = |a, b, c| bits::logic3(a, b, c, table);
        map3(view.narrow(step.d), a, b, c, lanes, f);
        Ok(())
    })
}

pub(super) fn move_narrow() -> Handler {
    one(|a: u32| a)
}

pub(super) fn move_wide() -> Handler {
    one(|a: u64| a)
}

pub(super) fn comparison(what: Compared, primitive: Primitive) -> Handler {
    match (what, primitive) {
        (Compared::U64 | Compared::S64, Primitive::Equal) => relate(|a: u64, b: u64| a == b),
        (_, Primitive::Equal) => relate(|a: u32, b: u32| a == b),
        (Compared::S32, Primitive::Less) => relate(|a: u32, b: u32| (a as i32) < b as i32),
        (Compared::S32, Primitive::LessOrEqual) => relate(|a: u32, b: u32| a as i32 <= b as i32),
        (Compared::U64, Primitive::Less) => relate(|a: u64, b: u64| a < b),
        (Compared::U64, Primitive::LessOrEqual) => relate(|a: u64, b: u64| a <= b),
        (Compared::S64, Primitive::Less) => relate(|a: u64, b: u64| (a as i64) < b as i64),
        (Compared::S64, Primitive::LessOrEqual) => relate(|a: u64, b: u64| a as i64 <= b as i64),
        (_, Primitive::Less) => relate(|a: u32, b: u32| a < b),
        (_, Primitive::LessOrEqual) => relate(|a: u32, b: u32| a <= b),
    }
}
