//! Floating point in integers: exact, in any format, with any rounding.
//!
//! A value is kept as an integer of 128 bits times a power of two. What does not fit into it is remembered in its last bit,
//! which suffices to round correctly, because at least two bits more than any format has stand above it.

/// How a result is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// `.rn`: to the nearest, ties to even.
    Nearest,
    /// `.rz`
    Zero,
    /// `.rm`
    Down,
    /// `.rp`
    Up,
    /// `.rna`: to the nearest, ties away from zero.
    NearestAway,
}

/// How many bits a format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    /// Of the fraction, without the leading one.
    pub(crate) fraction: u32,
    /// Of the exponent.
    pub(crate) exponent: u32,
}

pub(crate) const F16: Format = Format {
    fraction: 10,
    exponent: 5,
};
pub(crate) const BF16: Format = Format {
    fraction: 7,
    exponent: 8,
};
pub(crate) const F32: Format = Format {
    fraction: 23,
    exponent: 8,
};
pub(crate) const F64: Format = Format {
    fraction: 52,
    exponent: 11,
};

impl Format {
    fn sign_bit(self) -> u64 {
        1 << (self.fraction + self.exponent)
    }

    /// The bits of infinity.
    pub(crate) fn infinity(self) -> u64 {
        ((1 << self.exponent) - 1) << self.fraction
    }

    /// The bits of the value that an invalid operation gives.
    pub(crate) fn nan(self) -> u64 {
        match self.fraction {
            52 => 0x7ff8_0000_0000_0000,
            _ => self.sign_bit() - 1,
        }
    }

    /// The least exponent of a normal number.
    fn least(self) -> i32 {
        2 - (1 << (self.exponent - 1))
    }

    /// Whether bits mean a number below the least normal one.
    pub(crate) fn is_subnormal(self, bits: u64) -> bool {
        let magnitude = bits & (self.sign_bit() - 1);
        magnitude != 0 && magnitude < 1 << self.fraction
    }

    /// Zero of the same sign in place of a subnormal number.
    pub(crate) fn flush(self, bits: u64) -> u64 {
        if self.is_subnormal(bits) {
            bits & self.sign_bit()
        } else {
            bits
        }
    }
}

/// (-1)^negative · mantissa · 2^exponent
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) negative: bool,
    pub(crate) mantissa: u128,
    pub(crate) exponent: i32,
}

/// What bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Nan,
    /// Negative or not.
    Infinite(bool),
    Finite(Exact),
}

/// What bits of a format mean.
pub(crate) fn unpack(bits: u64, format: Format) -> Number {
    let negative = bits & format.sign_bit() != 0;
    let magnitude = bits & (format.sign_bit() - 1);
    let infinity = format.infinity();
    if magnitude >= infinity {
        return if magnitude == infinity {
            Number::Infinite(negative)
        } else {
            Number::Nan
        };
    }
    let fraction = u128::from(magnitude & ((1 << format.fraction) - 1));
    let field = (magnitude >> format.fraction) as i32;
    let leading = if field == 0 { 0 } else { 1 << format.fraction };
    Number::Finite(Exact {
        negative,
        mantissa: fraction | leading,
        exponent: field.max(1) - 1 + format.least() - format.fraction as i32,
    })
}

/// The bits of the value of a format that is nearest in the direction of the rounding.
pub(crate) fn round(value: Exact, format: Format, round: Round) -> u64 {
    let sign = if value.negative { format.sign_bit() } else { 0 };
    if value.mantissa == 0 {
        return sign;
    }
    let top = 127 - value.mantissa.leading_zeros() as i32 + value.exponent;
    let exponent = top.max(format.least());
    let quantum = exponent - format.fraction as i32;
    let kept = round_at(value, quantum, round);
    // A mantissa that was rounded up to the next power of two carries into the exponent.
    let bits = (((exponent - format.least()) as u128) << format.fraction) + kept;
    if bits >= u128::from(format.infinity()) {
        return sign | overflow(value.negative, format, round);
    }
    sign | bits as u64
}

fn overflow(negative: bool, format: Format, round: Round) -> u64 {
    let stays = match round {
        Round::Nearest | Round::NearestAway => false,
        Round::Zero => true,
        Round::Down => !negative,
        Round::Up => negative,
    };
    format.infinity() - u64::from(stays)
}

/// The mantissa in units of 2^quantum, rounded.
pub(crate) fn round_at(value: Exact, quantum: i32, round: Round) -> u128 {
    let shift = quantum - value.exponent;
    if shift <= 0 {
        return value.mantissa << (-shift).min(127);
    }
    if shift > 127 {
        let up = matches!(
            (round, value.negative),
            (Round::Up, false) | (Round::Down, true)
        );
        return u128::from(up && value.mantissa != 0);
    }
    let kept = value.mantissa >> shift;
    let rest = value.mantissa & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    let up = match round {
        Round::Nearest => rest > half || (rest == half && kept & 1 == 1),
        Round::NearestAway => rest >= half,
        Round::Zero => false,
        Round::Down => value.negative && rest != 0,
        Round::Up => !value.negative && rest != 0,
    };
    kept + u128::from(up)
}

/// The leading one moved to bit 125.
fn normalised(value: Exact) -> Exact {
    let shift = value.mantissa.leading_zeros() as i32 - 2;
    Exact {
        mantissa: value.mantissa << shift,
        exponent: value.exponent - shift,
        ..value
    }
}

fn shifted_right(mantissa: u128, by: i32) -> u128 {
    match by {
        0 => mantissa,
        1..128 => mantissa >> by | u128::from(mantissa << (128 - by) != 0),
        _ => u128::from(mantissa != 0),
    }
}

fn sum(a: Exact, b: Exact, round: Round) -> Exact {
    if a.mantissa == 0 && b.mantissa == 0 {
        let negative = if a.negative == b.negative {
            a.negative
        } else {
            round == Round::Down
        };
        return Exact { negative, ..a };
    }
    if a.mantissa == 0 {
        return b;
    }
    if b.mantissa == 0 {
        return a;
    }
    let (a, b) = (normalised(a), normalised(b));
    let (large, small) = if a.exponent >= b.exponent {
        (a, b)
    } else {
        (b, a)
    };
    let aligned = shifted_right(small.mantissa, large.exponent - small.exponent);
    if large.negative == small.negative {
        return Exact {
            mantissa: large.mantissa + aligned,
            ..large
        };
    }
    let difference = large.mantissa.abs_diff(aligned);
    let negative = match large.mantissa.cmp(&aligned) {
        std::cmp::Ordering::Equal => round == Round::Down,
        std::cmp::Ordering::Less => small.negative,
        std::cmp::Ordering::Greater => large.negative,
    };
    Exact {
        negative,
        mantissa: difference,
        exponent: large.exponent,
    }
}

fn infinity(negative: bool, format: Format) -> u64 {
    format.infinity() | if negative { format.sign_bit() } else { 0 }
}

/// a + b
pub(crate) fn add(a: u64, b: u64, format: Format, mode: Round) -> u64 {
    match (unpack(a, format), unpack(b, format)) {
        (Number::Nan, _) | (_, Number::Nan) => format.nan(),
        (Number::Infinite(a), Number::Infinite(b)) if a != b => format.nan(),
        (Number::Infinite(negative), _) | (_, Number::Infinite(negative)) => {
            infinity(negative, format)
        }
        (Number::Finite(a), Number::Finite(b)) => round(sum(a, b, mode), format, mode),
    }
}

/// a · b
pub(crate) fn mul(a: u64, b: u64, format: Format, mode: Round) -> u64 {
    match product(unpack(a, format), unpack(b, format)) {
        Number::Nan => format.nan(),
        Number::Infinite(negative) => infinity(negative, format),
        Number::Finite(exact) => round(exact, format, mode),
    }
}

fn product(a: Number, b: Number) -> Number {
    match (a, b) {
        (Number::Nan, _) | (_, Number::Nan) => Number::Nan,
        (Number::Infinite(a), Number::Infinite(b)) => Number::Infinite(a != b),
        (Number::Infinite(negative), Number::Finite(exact))
        | (Number::Finite(exact), Number::Infinite(negative)) => match exact.mantissa {
            0 => Number::Nan,
            _ => Number::Infinite(negative != exact.negative),
        },
        (Number::Finite(a), Number::Finite(b)) => Number::Finite(Exact {
            negative: a.negative != b.negative,
            mantissa: a.mantissa * b.mantissa,
            exponent: a.exponent + b.exponent,
        }),
    }
}

/// a · b + c, rounded once.
pub(crate) fn fma(a: u64, b: u64, c: u64, format: Format, mode: Round) -> u64 {
    let product = product(unpack(a, format), unpack(b, format));
    match (product, unpack(c, format)) {
        (Number::Nan, _) | (_, Number::Nan) => format.nan(),
        (Number::Infinite(a), Number::Infinite(b)) if a != b => format.nan(),
        (Number::Infinite(negative), _) | (_, Number::Infinite(negative)) => {
            infinity(negative, format)
        }
        (Number::Finite(a), Number::Finite(b)) => round(sum(a, b, mode), format, mode),
    }
}

/// a / b
pub(crate) fn div(a: u64, b: u64, format: Format, mode: Round) -> u64 {
    let (a, b) = (unpack(a, format), unpack(b, format));
    match (a, b) {
        (Number::Nan, _) | (_, Number::Nan) => format.nan(),
        (Number::Infinite(_), Number::Infinite(_)) => format.nan(),
        (Number::Infinite(negative), Number::Finite(b)) => infinity(negative != b.negative, format),
        (Number::Finite(a), Number::Infinite(negative)) => round(
            Exact {
                negative: a.negative != negative,
                mantissa: 0,
                exponent: 0,
            },
            format,
            mode,
        ),
        (Number::Finite(a), Number::Finite(b)) => {
            let negative = a.negative != b.negative;
            match (a.mantissa, b.mantissa) {
                (0, 0) => format.nan(),
                (_, 0) => infinity(negative, format),
                _ => round(quotient(a, b, negative), format, mode),
            }
        }
    }
}

fn quotient(a: Exact, b: Exact, negative: bool) -> Exact {
    let a = normalised(a);
    let mantissa = a.mantissa / b.mantissa;
    let rest = a.mantissa % b.mantissa;
    Exact {
        negative,
        mantissa: mantissa << 1 | u128::from(rest != 0),
        exponent: a.exponent - b.exponent - 1,
    }
}

/// The square root.
pub(crate) fn sqrt(a: u64, format: Format, mode: Round) -> u64 {
    match unpack(a, format) {
        Number::Nan => format.nan(),
        Number::Infinite(true) => format.nan(),
        Number::Infinite(false) => format.infinity(),
        Number::Finite(exact) if exact.mantissa == 0 => a,
        Number::Finite(exact) if exact.negative => format.nan(),
        Number::Finite(exact) => round(root(exact), format, mode),
    }
}

fn root(value: Exact) -> Exact {
    let value = normalised(value);
    let odd = value.exponent & 1;
    let square = value.mantissa << odd;
    let mantissa = square.isqrt();
    let rest = mantissa * mantissa != square;
    Exact {
        negative: false,
        mantissa: mantissa << 1 | u128::from(rest),
        exponent: (value.exponent - odd) / 2 - 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{F32, F64, Round, add, div, fma, mul, sqrt};

    fn same64(soft: u64, hard: f64) -> bool {
        f64::from_bits(soft).is_nan() && hard.is_nan() || soft == hard.to_bits()
    }

    fn same32(soft: u64, hard: f32) -> bool {
        f32::from_bits(soft as u32).is_nan() && hard.is_nan() || soft == u64::from(hard.to_bits())
    }

    /// Bits whose exponents are often close, so that sums cancel.
    fn double() -> impl Strategy<Value = u64> {
        prop_oneof![
            any::<u64>(),
            0x3fe0_0000_0000_0000u64..0x4010_0000_0000_0000,
            0u64..1 << 53
        ]
    }

    fn single() -> impl Strategy<Value = u32> {
        prop_oneof![any::<u32>(), 0x3f00_0000u32..0x4080_0000, 0u32..1 << 24]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn doubles_as_the_processor(a in double(), b in double(), c in double()) {
            let (x, y, z) = (f64::from_bits(a), f64::from_bits(b), f64::from_bits(c));
            prop_assert!(same64(add(a, b, F64, Round::Nearest), x + y));
            prop_assert!(same64(mul(a, b, F64, Round::Nearest), x * y));
            prop_assert!(same64(div(a, b, F64, Round::Nearest), x / y));
            prop_assert!(same64(sqrt(a, F64, Round::Nearest), x.sqrt()));
            prop_assert!(same64(fma(a, b, c, F64, Round::Nearest), x.mul_add(y, z)));
        }

        #[test]
        fn singles_as_the_processor(a in single(), b in single(), c in single()) {
            let (x, y, z) = (f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
            let (a, b, c) = (u64::from(a), u64::from(b), u64::from(c));
            prop_assert!(same32(add(a, b, F32, Round::Nearest), x + y));
            prop_assert!(same32(mul(a, b, F32, Round::Nearest), x * y));
            prop_assert!(same32(div(a, b, F32, Round::Nearest), x / y));
            prop_assert!(same32(sqrt(a, F32, Round::Nearest), x.sqrt()));
            prop_assert!(same32(fma(a, b, c, F32, Round::Nearest), x.mul_add(y, z)));
        }

        /// The directed results enclose the exact one as closely as they can.
        #[test]
        fn directed_roundings_are_neighbours(a in double(), b in double()) {
            let (x, y) = (f64::from_bits(a), f64::from_bits(b));
            let down = f64::from_bits(mul(a, b, F64, Round::Down));
            let up = f64::from_bits(mul(a, b, F64, Round::Up));
            let nearest = x * y;
            if nearest.is_nan() {
                prop_assert!(down.is_nan() && up.is_nan());
            } else {
                prop_assert!(down == nearest || up == nearest);
                prop_assert!(down == up || down.next_up() == up);
                let zero = f64::from_bits(mul(a, b, F64, Round::Zero));
                let is_negative = x.is_sign_negative() != y.is_sign_negative();
                prop_assert_eq!(zero, if is_negative { up } else { down });
            }
        }
    }
}
