//! `cvt`: between all types, with all roundings.

use super::soft::{self, BF16, Exact, F16, F32, F64, Format, Number, Round};
use crate::emu::program::types::Type;

/// How a conversion rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    NearestEven,
    Zero,
    Down,
    Up,
    NearestAway,
    /// To an integer.
    IntegerNearest,
    IntegerZero,
    IntegerDown,
    IntegerUp,
}

const ROUNDINGS: [(&str, Rounding); 9] = [
    ("rn", Rounding::NearestEven),
    ("rz", Rounding::Zero),
    ("rm", Rounding::Down),
    ("rp", Rounding::Up),
    ("rna", Rounding::NearestAway),
    ("rni", Rounding::IntegerNearest),
    ("rzi", Rounding::IntegerZero),
    ("rmi", Rounding::IntegerDown),
    ("rpi", Rounding::IntegerUp),
];

impl Rounding {
    /// The rounding that the words of an instruction name.
    pub(crate) fn of(words: &[&str]) -> Option<Rounding> {
        let named = ROUNDINGS.iter().find(|(name, _)| words.contains(name));
        named.map(|(_, rounding)| *rounding)
    }

    fn round(self) -> Round {
        match self {
            Rounding::NearestEven | Rounding::IntegerNearest => Round::Nearest,
            Rounding::Zero | Rounding::IntegerZero => Round::Zero,
            Rounding::Down | Rounding::IntegerDown => Round::Down,
            Rounding::Up | Rounding::IntegerUp => Round::Up,
            Rounding::NearestAway => Round::NearestAway,
        }
    }

    fn is_integer(self) -> bool {
        matches!(
            self,
            Rounding::IntegerNearest
                | Rounding::IntegerZero
                | Rounding::IntegerDown
                | Rounding::IntegerUp
        )
    }
}

/// A conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conversion {
    pub(crate) to: Type,
    pub(crate) from: Type,
    pub(crate) rounding: Option<Rounding>,
    pub(crate) saturate: bool,
    pub(crate) relu: bool,
    pub(crate) flush: bool,
}

/// The format of a float's type.
fn format(ty: Type) -> Option<Format> {
    match ty {
        Type::F16 => Some(F16),
        Type::Bf16 => Some(BF16),
        Type::F32 => Some(F32),
        Type::F64 => Some(F64),
        _ => None,
    }
}

impl Conversion {
    /// Whether the emulator has it.
    pub(crate) fn is_possible(&self) -> bool {
        let is_known = |ty: Type| format(ty).is_some() || (ty.is_integer());
        is_known(self.to) && is_known(self.from)
    }

    /// The bits of the result.
    pub(crate) fn apply(&self, bits: u64) -> u64 {
        match (format(self.from), format(self.to)) {
            (None, None) => self.integer_to_integer(bits),
            (None, Some(to)) => self.integer_to_float(bits, to),
            (Some(from), None) => self.float_to_integer(bits, from),
            (Some(from), Some(to)) => self.float_to_float(bits, from, to),
        }
    }

    /// The value of an operand that is an integer.
    fn integer(&self, bits: u64) -> i128 {
        let shift = 64 - self.from.bits();
        if self.from.is_signed() {
            i128::from(((bits << shift) as i64) >> shift)
        } else {
            i128::from(bits << shift >> shift)
        }
    }

    /// The least and the greatest value of the result's type.
    fn range(&self) -> (i128, i128) {
        let bits = self.to.bits();
        if self.to.is_signed() {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        } else {
            (0, (1 << bits) - 1)
        }
    }

    fn integer_to_integer(&self, bits: u64) -> u64 {
        let value = self.integer(bits);
        let (least, greatest) = self.range();
        if self.saturate {
            value.clamp(least, greatest) as u64
        } else {
            value as u64
        }
    }

    fn round(&self) -> Round {
        self.rounding.map_or(Round::Nearest, Rounding::round)
    }

    fn integer_to_float(&self, bits: u64, to: Format) -> u64 {
        let value = self.integer(bits);
        let exact = Exact {
            negative: value < 0,
            mantissa: value.unsigned_abs(),
            exponent: 0,
        };
        self.finish(soft::round(exact, to, self.round()), to)
    }

    fn input(&self, bits: u64, format: Format) -> u64 {
        if self.flush && format == F32 {
            F32.flush(bits)
        } else {
            bits
        }
    }

    fn float_to_integer(&self, bits: u64, from: Format) -> u64 {
        let (least, greatest) = self.range();
        let value = match soft::unpack(self.input(bits, from), from) {
            Number::Nan if from != F64 && self.to.bits() != 64 => 0,
            Number::Nan => return 1 << (self.to.bits() - 1),
            Number::Infinite(true) => least,
            Number::Infinite(false) => greatest,
            Number::Finite(exact) => self.integer_of(exact),
        };
        value.clamp(least, greatest) as u64
    }

    fn integer_of(&self, exact: Exact) -> i128 {
        // Far beyond every integer's range, and still without overflow.
        if exact.exponent > 70 && exact.mantissa != 0 {
            return if exact.negative { i128::MIN } else { i128::MAX };
        }
        let rounding = self.rounding.map_or(Round::Zero, Rounding::round);
        let magnitude = soft::round_at(exact, 0, rounding) as i128;
        if exact.negative {
            -magnitude
        } else {
            magnitude
        }
    }

    fn float_to_float(&self, bits: u64, from: Format, to: Format) -> u64 {
        let bits = self.input(bits, from);
        let result = match soft::unpack(bits, from) {
            Number::Nan => to.nan(),
            Number::Infinite(negative) => {
                to.infinity() | u64::from(negative) << (to.fraction + to.exponent)
            }
            Number::Finite(exact) => self.float_of(exact, to),
        };
        self.finish(result, to)
    }

    fn float_of(&self, exact: Exact, to: Format) -> u64 {
        let to_integer = self.rounding.is_some_and(Rounding::is_integer);
        if !to_integer || exact.exponent >= 0 {
            return soft::round(exact, to, self.round());
        }
        let integer = Exact {
            mantissa: soft::round_at(exact, 0, self.round()),
            exponent: 0,
            ..exact
        };
        soft::round(integer, to, Round::Nearest)
    }

    fn finish(&self, bits: u64, to: Format) -> u64 {
        let bits = if self.flush && to == F32 {
            to.flush(bits)
        } else {
            bits
        };
        let is_negative = bits >> (to.fraction + to.exponent) & 1 == 1;
        let is_nan = matches!(soft::unpack(bits, to), Number::Nan);
        let one = soft::round(
            Exact {
                negative: false,
                mantissa: 1,
                exponent: 0,
            },
            to,
            Round::Nearest,
        );
        match (is_nan, is_negative) {
            (true, _) if self.saturate => 0,
            (false, true) if self.saturate || self.relu => 0,
            (false, false) if self.saturate => bits.min(one),
            _ => bits,
        }
    }

    /// Itself as a number.
    pub(crate) fn code(&self) -> u32 {
        let place = TYPES.iter();
        let index = |ty: Type| place.clone().position(|known| *known == ty).unwrap_or(0) as u32;
        let known = ROUNDINGS.iter();
        let rounding = self
            .rounding
            .and_then(|rounding| known.clone().position(|(_, named)| *named == rounding));
        index(self.to)
            | index(self.from) << 5
            | rounding.map_or(15, |index| index as u32) << 10
            | u32::from(self.saturate) << 14
            | u32::from(self.relu) << 15
            | u32::from(self.flush) << 16
    }

    fn of_code(code: u32) -> Conversion {
        let ty = |index: u32| TYPES[index as usize & 15];
        let rounding = ROUNDINGS.get((code >> 10 & 15) as usize);
        Conversion {
            to: ty(code),
            from: ty(code >> 5),
            rounding: rounding.map(|(_, rounding)| *rounding),
            saturate: code >> 14 & 1 == 1,
            relu: code >> 15 & 1 == 1,
            flush: code >> 16 & 1 == 1,
        }
    }
}

const TYPES: [Type; 16] = [
    Type::B8,
    Type::B16,
    Type::B32,
    Type::B64,
    Type::U8,
    Type::U16,
    Type::U32,
    Type::U64,
    Type::S8,
    Type::S16,
    Type::S32,
    Type::S64,
    Type::F16,
    Type::Bf16,
    Type::F32,
    Type::F64,
];

/// Converts operand 0 as the code in operand 1 says.
pub(crate) fn convert(x: [u64; 4]) -> u64 {
    Conversion::of_code(x[1] as u32).apply(x[0])
}
