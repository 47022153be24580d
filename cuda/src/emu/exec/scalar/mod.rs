//! What instructions compute, one lane at a time. What is done for all lanes at once computes the same.

mod approx;
pub(crate) mod bits;
pub(crate) mod convert;
pub(crate) mod float;
pub(crate) mod half;
mod integer;
pub(crate) mod soft;
pub(crate) mod video;

pub(crate) use self::integer::carrying;
use self::soft::Round;
use crate::emu::program::op::Scalar;
use crate::emu::program::types::{Relation, Type};

/// How a float operation rounds, and what it does with its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) round: Round,
    pub(crate) flush: bool,
    pub(crate) saturate: bool,
    pub(crate) relu: bool,
    pub(crate) nan: bool,
    pub(crate) xor_sign: bool,
}

impl Mode {
    /// The mode that the words of an instruction name, as a number.
    pub(crate) fn bits(words: &[&str]) -> u32 {
        let has = |word| u32::from(words.contains(&word));
        let round = has("rz") + has("rm") * 2 + has("rp") * 3;
        round
            | has("ftz") << 2
            | has("sat") << 3
            | has("relu") << 4
            | has("NaN") << 5
            | has("xorsign") << 6
    }

    pub(crate) fn of_bits(bits: u64) -> Mode {
        let round = match bits & 3 {
            0 => Round::Nearest,
            1 => Round::Zero,
            2 => Round::Down,
            _ => Round::Up,
        };
        Mode {
            round,
            flush: bits >> 2 & 1 == 1,
            saturate: bits >> 3 & 1 == 1,
            relu: bits >> 4 & 1 == 1,
            nan: bits >> 5 & 1 == 1,
            xor_sign: bits >> 6 & 1 == 1,
        }
    }
}

/// The low `B` bits as a signed integer.
#[inline(always)]
pub(crate) fn signed<const B: u32>(value: u64) -> i64 {
    ((value << (64 - B)) as i64) >> (64 - B)
}

/// The low `B` bits.
#[inline(always)]
pub(crate) fn unsigned<const B: u32>(value: u64) -> u64 {
    value << (64 - B) >> (64 - B)
}

/// An `f32` with zero in place of a subnormal number.
pub(crate) fn flush(bits: u64) -> f32 {
    f32::from_bits(soft::F32.flush(bits & 0xffff_ffff) as u32)
}

/// The bits of an `f32`; all that are no numbers have the same.
#[inline(always)]
pub(crate) fn nan32(value: f32) -> u32 {
    if value.is_nan() {
        0x7fff_ffff
    } else {
        value.to_bits()
    }
}

const KNOWN: [&str; 47] = [
    "add", "sub", "mul", "mad", "fma", "mul24", "mad24", "addc", "subc", "madc", "div", "rem",
    "sad", "abs", "neg", "min", "max", "rcp", "sqrt", "rsqrt", "sin", "cos", "lg2", "ex2", "tanh",
    "and", "or", "xor", "not", "cnot", "shl", "shr", "popc", "clz", "brev", "bfind", "bfe", "bfi",
    "bmsk", "fns", "szext", "shf", "prmt", "lop3", "dp4a", "dp2a", "copysign",
];

/// Whether there is an instruction of that name here.
pub(crate) fn is_known(opcode: &str) -> bool {
    KNOWN.contains(&opcode) || opcode == "testp"
}

/// What an instruction computes. On floats, operand 3 is the [`Mode`].
pub(crate) fn lookup(opcode: &str, words: &[&str], ty: Type) -> Option<Scalar> {
    match ty {
        Type::F16 => half::lookup(opcode, false, false),
        Type::F16x2 => half::lookup(opcode, false, true),
        Type::Bf16 => half::lookup(opcode, true, false),
        Type::Bf16x2 => half::lookup(opcode, true, true),
        Type::F32 if is_approximate(opcode, words) => approx::lookup(opcode, words),
        Type::F32 | Type::F64 => float::lookup(opcode, words, ty),
        _ => bits::lookup(opcode, words, ty).or_else(|| integer::lookup(opcode, words, ty)),
    }
}

fn is_approximate(opcode: &str, words: &[&str]) -> bool {
    let named = words.contains(&"approx") || words.contains(&"full");
    named || matches!(opcode, "rsqrt" | "sin" | "cos" | "lg2" | "ex2" | "tanh")
}

// Comparisons. A function for each relation, because what is called takes no other argument.

fn relation<T: PartialOrd>(of: impl Fn(u64) -> T, x: [u64; 4]) -> [bool; 3] {
    let (a, b) = (of(x[0]), of(x[1]));
    [a < b, a == b, a > b]
}

fn holds(relation: Relation, [less, equal, greater]: [bool; 3]) -> u64 {
    let ordered = less || equal || greater;
    u64::from(match relation {
        Relation::Eq => equal,
        Relation::Ne => less || greater,
        Relation::Lt => less,
        Relation::Le => less || equal,
        Relation::Gt => greater,
        Relation::Ge => greater || equal,
        Relation::Equ => equal || !ordered,
        Relation::Neu => !equal,
        Relation::Ltu => less || !ordered,
        Relation::Leu => !greater,
        Relation::Gtu => greater || !ordered,
        Relation::Geu => !less,
        Relation::Num => ordered,
        Relation::Nan => !ordered,
    })
}

/// How a type's bits are compared: 0 to 5.
fn compared<const HOW: u8>(x: [u64; 4]) -> [bool; 3] {
    match HOW {
        0 => relation(|bits| bits, x),
        1 => relation(signed::<16>, x),
        2 => relation(|bits| half::value(bits, soft::F16), x),
        3 => relation(|bits| half::value(bits, soft::BF16), x),
        4 => relation(flush, x),
        _ => relation(|bits| half::value(soft::F16.flush(bits), soft::F16), x),
    }
}

fn related<const HOW: u8>(wanted: Relation) -> Scalar {
    match wanted {
        Relation::Eq => |x| holds(Relation::Eq, compared::<HOW>(x)),
        Relation::Ne => |x| holds(Relation::Ne, compared::<HOW>(x)),
        Relation::Lt => |x| holds(Relation::Lt, compared::<HOW>(x)),
        Relation::Le => |x| holds(Relation::Le, compared::<HOW>(x)),
        Relation::Gt => |x| holds(Relation::Gt, compared::<HOW>(x)),
        Relation::Ge => |x| holds(Relation::Ge, compared::<HOW>(x)),
        Relation::Equ => |x| holds(Relation::Equ, compared::<HOW>(x)),
        Relation::Neu => |x| holds(Relation::Neu, compared::<HOW>(x)),
        Relation::Ltu => |x| holds(Relation::Ltu, compared::<HOW>(x)),
        Relation::Leu => |x| holds(Relation::Leu, compared::<HOW>(x)),
        Relation::Gtu => |x| holds(Relation::Gtu, compared::<HOW>(x)),
        Relation::Geu => |x| holds(Relation::Geu, compared::<HOW>(x)),
        Relation::Num => |x| holds(Relation::Num, compared::<HOW>(x)),
        Relation::Nan => |x| holds(Relation::Nan, compared::<HOW>(x)),
    }
}

/// Whether a relation holds, for the types that are not compared for all lanes at once.
pub(crate) fn compare(wanted: Relation, ty: Type, flush: bool) -> Option<Scalar> {
    Some(match ty {
        Type::B16 | Type::U16 => related::<0>(wanted),
        Type::S16 => related::<1>(wanted),
        Type::F16 if flush => related::<5>(wanted),
        Type::F16 => related::<2>(wanted),
        Type::Bf16 => related::<3>(wanted),
        Type::F32 => related::<4>(wanted),
        _ => return None,
    })
}

/// The new value that an atomic operation stores, from the old one and the operand.
pub(crate) fn atomic(operation: &str, ty: Type) -> Option<Scalar> {
    Some(match (operation, ty) {
        ("exch", _) => |x| x[1],
        ("and", _) => |x| x[0] & x[1],
        ("or", _) => |x| x[0] | x[1],
        ("xor", _) => |x| x[0] ^ x[1],
        ("inc", _) => |x| if x[0] >= x[1] { 0 } else { x[0] + 1 },
        ("dec", _) => |x| {
            if x[0] == 0 || x[0] > x[1] {
                x[1]
            } else {
                x[0] - 1
            }
        },
        ("add", Type::F16) => half::atomic_add(false, false),
        ("add", Type::F16x2) => half::atomic_add(false, true),
        ("add", Type::Bf16) => half::atomic_add(true, false),
        ("add", Type::Bf16x2) => half::atomic_add(true, true),
        // Atomic additions to global memory flush nothing; those to shared memory do on hardware, by their own rule.
        ("add", Type::F32) => |x| {
            u64::from(nan32(
                f32::from_bits(x[0] as u32) + f32::from_bits(x[1] as u32),
            ))
        },
        ("add", Type::F64) => |x| (f64::from_bits(x[0]) + f64::from_bits(x[1])).to_bits(),
        ("add" | "min" | "max", _) if !ty.is_float() => integer::lookup(operation, &[], ty)?,
        _ => return None,
    })
}
