//! Bits and fields of bits.

use super::{signed, unsigned};
use crate::emu::program::op::Scalar;
use crate::emu::program::types::Type;

fn bfe_unsigned<const B: u32>(x: [u64; 4]) -> u64 {
    let (start, len) = (x[1] & 0xff, x[2] & 0xff);
    if start >= u64::from(B) || len == 0 {
        return 0;
    }
    let field = unsigned::<B>(x[0]) >> start;
    if len >= 64 {
        field
    } else {
        field & ((1 << len) - 1)
    }
}

/// Beyond the value's last bit come copies of its sign.
fn bfe_signed<const B: u32>(x: [u64; 4]) -> u64 {
    let (start, len) = ((x[1] & 0xff) as u32, (x[2] & 0xff) as u32);
    if len == 0 {
        return 0;
    }
    let field = signed::<B>(x[0]) >> start.min(63);
    let len = len.min(64);
    ((field << (64 - len)) >> (64 - len)) as u64
}

fn bfi<const B: u32>(x: [u64; 4]) -> u64 {
    let (start, len) = (x[2] & 0xff, x[3] & 0xff);
    if start >= u64::from(B) || len == 0 {
        return x[1];
    }
    let ones = if len >= 64 { !0 } else { (1 << len) - 1 };
    let mask = unsigned::<B>(ones << start);
    x[1] & !mask | x[0] << start & mask
}

/// The position of the highest bit that differs from the sign; all ones if there is none.
fn bfind<const B: u32, const SIGNED: bool>(x: [u64; 4]) -> u64 {
    let value = unsigned::<B>(x[0]);
    let is_negative = SIGNED && signed::<B>(x[0]) < 0;
    let wanted = if is_negative {
        unsigned::<B>(!value)
    } else {
        value
    };
    if wanted == 0 {
        !0
    } else {
        u64::from(63 - wanted.leading_zeros())
    }
}

/// How far to shift left to bring that bit to the top.
fn bfind_shift<const B: u32, const SIGNED: bool>(x: [u64; 4]) -> u64 {
    match bfind::<B, SIGNED>(x) {
        position if position == !0 => !0,
        position => u64::from(B) - 1 - position,
    }
}

fn find(words: &[&str], ty: Type) -> Option<Scalar> {
    let shift = words.contains(&"shiftamt");
    Some(match (ty, shift) {
        (Type::U32, false) => bfind::<32, false>,
        (Type::S32, false) => bfind::<32, true>,
        (Type::U64, false) => bfind::<64, false>,
        (Type::S64, false) => bfind::<64, true>,
        (Type::U32, true) => bfind_shift::<32, false>,
        (Type::S32, true) => bfind_shift::<32, true>,
        (Type::U64, true) => bfind_shift::<64, false>,
        (Type::S64, true) => bfind_shift::<64, true>,
        _ => return None,
    })
}

fn funnel(words: &[&str]) -> Option<Scalar> {
    let clamp = words.contains(&"clamp");
    Some(match (words.first()?, clamp) {
        (&"l", true) => |x| (x[1] << 32 | x[0]) << x[2].min(32) >> 32,
        (&"l", false) => |x| (x[1] << 32 | x[0]) << (x[2] & 31) >> 32,
        (&"r", true) => |x| (x[1] << 32 | x[0]) >> x[2].min(32),
        (&"r", false) => |x| (x[1] << 32 | x[0]) >> (x[2] & 31),
        _ => return None,
    })
}

/// A byte of eight, or its sign eight times.
fn permuted(bytes: u64, selector: u64) -> u64 {
    let byte = (bytes >> (8 * (selector & 7))) as u8;
    let chosen = if selector & 8 == 0 {
        byte
    } else {
        ((byte as i8) >> 7) as u8
    };
    u64::from(chosen)
}

fn permute(bytes: u64, selectors: [u64; 4]) -> u64 {
    let mut word = 0;
    for (index, selector) in selectors.into_iter().enumerate() {
        word |= permuted(bytes, selector) << (8 * index);
    }
    word
}

fn prmt(words: &[&str]) -> Option<Scalar> {
    let mode = words.get(1).copied().unwrap_or_default();
    Some(match mode {
        "" => |x| {
            let c = x[2];
            permute(
                x[0] | x[1] << 32,
                [c & 15, c >> 4 & 15, c >> 8 & 15, c >> 12 & 15],
            )
        },
        "f4e" => |x| permute(x[0] | x[1] << 32, [0, 1, 2, 3].map(|i| i + (x[2] & 3))),
        "b4e" => |x| {
            permute(
                x[0] | x[1] << 32,
                [0, 7, 6, 5].map(|i| (i + (x[2] & 3)) & 7),
            )
        },
        "rc8" => |x| permute(x[0] | x[1] << 32, [x[2] & 3; 4]),
        "ecl" => |x| {
            permute(
                x[0] | x[1] << 32,
                [0, 1, 2, 3].map(|i: u64| i.max(x[2] & 3)),
            )
        },
        "ecr" => |x| {
            permute(
                x[0] | x[1] << 32,
                [0, 1, 2, 3].map(|i: u64| i.min(x[2] & 3)),
            )
        },
        "rc16" => |x| {
            let first = 2 * (x[2] & 1);
            permute(x[0] | x[1] << 32, [first, first + 1, first, first + 1])
        },
        _ => return None,
    })
}

/// Bit i of the result is bit (a_i b_i c_i) of the table.
pub(crate) fn logic3(a: u32, b: u32, c: u32, table: u8) -> u32 {
    let mut result = 0;
    for index in 0..8 {
        if table >> index & 1 == 1 {
            let pick = |word: u32, bit: u32| if index >> bit & 1 == 1 { word } else { !word };
            result |= pick(a, 2) & pick(b, 1) & pick(c, 0);
        }
    }
    result
}

/// Sign- or zero-extends the low bits.
fn szext(words: &[&str], ty: Type) -> Option<Scalar> {
    let wrap = words.contains(&"wrap");
    Some(match (ty.is_signed(), wrap) {
        (true, true) => |x| extend(x[0], x[1] & 31, true),
        (true, false) => |x| extend(x[0], x[1].min(32), true),
        (false, true) => |x| extend(x[0], x[1] & 31, false),
        (false, false) => |x| extend(x[0], x[1].min(32), false),
    })
}

fn extend(value: u64, bits: u64, is_signed: bool) -> u64 {
    if bits == 0 {
        return 0;
    }
    let shift = 64 - bits;
    if is_signed {
        ((value << shift) as i64 >> shift) as u64
    } else {
        value << shift >> shift
    }
}

fn mask(start: u64, len: u64) -> u64 {
    let ones = if len >= 32 {
        u64::from(u32::MAX)
    } else {
        (1 << len) - 1
    };
    if start >= 32 { 0 } else { ones << start }
}

/// The position of the n-th set bit from a position on: upwards, or downwards for a negative n; all ones if there is none.
fn find_nth(x: [u64; 4]) -> u64 {
    let (mask, base, n) = (x[0] as u32, x[1] as u32, x[2] as u32 as i32);
    let is_set = |at: &u32| mask >> at & 1 == 1;
    let mut up = (base.min(32)..32).filter(is_set);
    let mut down = (0..=base.min(31)).rev().filter(is_set);
    let found = match n {
        _ if base > 31 => None,
        0 => Some(base).filter(is_set),
        1.. => up.nth(n as usize - 1),
        _ => down.nth(n.unsigned_abs() as usize - 1),
    };
    found.map_or(!0, u64::from)
}

/// The operation of that name on bits.
pub(super) fn lookup(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    let is_wide = ty.bits() == 64;
    let by = |narrow: Scalar, wide: Scalar| Some(if is_wide { wide } else { narrow });
    match opcode {
        "and" => Some(|x| x[0] & x[1]),
        "or" => Some(|x| x[0] | x[1]),
        "xor" => Some(|x| x[0] ^ x[1]),
        "not" if ty == Type::Pred => Some(|x| x[0] ^ 1),
        "not" => Some(|x| !x[0]),
        "cnot" => Some(|x| u64::from(x[0] == 0)),
        "shl" => Some(|x| if x[1] > 63 { 0 } else { x[0] << x[1] }),
        "popc" => Some(|x| u64::from(x[0].count_ones())),
        "clz" => by(
            |x| u64::from((x[0] as u32).leading_zeros()),
            |x| u64::from(x[0].leading_zeros()),
        ),
        "brev" => by(
            |x| u64::from((x[0] as u32).reverse_bits()),
            |x| x[0].reverse_bits(),
        ),
        "bfind" => find(words, ty),
        "bfe" if ty.is_signed() => by(bfe_signed::<32>, bfe_signed::<64>),
        "bfe" => by(bfe_unsigned::<32>, bfe_unsigned::<64>),
        "bfi" => by(bfi::<32>, bfi::<64>),
        "bmsk" if words.contains(&"wrap") => Some(|x| mask(x[0] & 31, x[1] & 31)),
        "bmsk" => Some(|x| mask(x[0], x[1])),
        "fns" => Some(find_nth),
        "szext" => szext(words, ty),
        "shf" => funnel(words),
        "prmt" => prmt(words),
        "lop3" => Some(|x| u64::from(logic3(x[0] as u32, x[1] as u32, x[2] as u32, x[3] as u8))),
        _ => None,
    }
}
