//! The types of C that kernels take.

use half::{bf16, f16};

use crate::numbers::Numbers;

/// What a type's bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Bool,
    Int(usize),
    F16,
    Bf16,
    F32,
    F64,
}

/// So many numbers of a kind: a scalar, a vector, a complex number, or the words of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) number: Number,
    pub(crate) lanes: usize,
}

/// Which values are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// All bits of integers; fractions from -2 to 2.
    Wide,
    /// Integers from 0 to 7; fractions from 0 to 8.
    Small,
}

impl Number {
    pub(crate) fn size(self) -> usize {
        match self {
            Number::Bool => 1,
            Number::Int(size) => size,
            Number::F16 | Number::Bf16 => 2,
            Number::F32 => 4,
            Number::F64 => 8,
        }
    }

    pub(crate) fn is_fraction(self) -> bool {
        !matches!(self, Number::Bool | Number::Int(_))
    }

    /// One at random, in the device's order of bytes, which is the host's.
    fn random(self, range: Range, numbers: &mut Numbers, to: &mut Vec<u8>) {
        let unit = numbers.unit();
        let fraction = if range == Range::Wide {
            4.0 * unit - 2.0
        } else {
            8.0 * unit
        };
        match self {
            Number::Bool => to.push((unit < 0.5).into()),
            Number::Int(size) => {
                let bits = if range == Range::Wide {
                    numbers.next()
                } else {
                    numbers.below(8)
                };
                to.extend_from_slice(&bits.to_ne_bytes()[..size]);
            }
            Number::F16 => to.extend_from_slice(&f16::from_f64(fraction).to_ne_bytes()),
            Number::Bf16 => to.extend_from_slice(&bf16::from_f64(fraction).to_ne_bytes()),
            Number::F32 => to.extend_from_slice(&(fraction as f32).to_ne_bytes()),
            Number::F64 => to.extend_from_slice(&fraction.to_ne_bytes()),
        }
    }

    /// Its value, where it is a fraction; else its bits.
    pub(crate) fn read(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let bits = u64::from_ne_bytes(word);
        match self {
            Number::Bool | Number::Int(_) => bits as f64,
            Number::F16 => f16::from_bits(bits as u16).to_f64(),
            Number::Bf16 => bf16::from_bits(bits as u16).to_f64(),
            Number::F32 => f32::from_bits(bits as u32).into(),
            Number::F64 => f64::from_bits(bits),
        }
    }
}

impl Type {
    pub(crate) const BYTES: Type = Type::one(Number::Int(1));
    pub(crate) const WORDS: Type = Type::one(Number::Int(4));

    const fn one(number: Number) -> Type {
        Type { number, lanes: 1 }
    }

    const fn of(number: Number, lanes: usize) -> Type {
        Type { number, lanes }
    }

    /// The type of that name. A structure is words.
    pub(crate) fn named(name: &str) -> Type {
        match name {
            "bool" => Type::one(Number::Bool),
            "char" | "signed char" | "unsigned char" | "int8" | "uint8" | "void" => Type::BYTES,
            "short" | "unsigned short" | "int16" | "uint16" => Type::one(Number::Int(2)),
            "int" | "unsigned" | "unsigned int" | "int32" | "uint32" => Type::WORDS,
            "long long" | "unsigned long long" | "int64" | "uint64" | "size_t" => {
                Type::one(Number::Int(8))
            }
            "half" | "float16" => Type::one(Number::F16),
            "half2" => Type::of(Number::F16, 2),
            "nv_bfloat16" => Type::one(Number::Bf16),
            "float" | "float32" => Type::one(Number::F32),
            "float2" | "complex<float>" | "complex64" => Type::of(Number::F32, 2),
            "float3" => Type::of(Number::F32, 3),
            "float4" => Type::of(Number::F32, 4),
            "double" | "float64" => Type::one(Number::F64),
            "double2" | "complex<double>" | "complex128" => Type::of(Number::F64, 2),
            _ => match name.strip_prefix("Bytes").map(str::parse) {
                Some(Ok(size)) => Type::of(Number::Int(1), size),
                _ => Type::WORDS,
            },
        }
    }

    pub(crate) fn size(self) -> usize {
        self.number.size() * self.lanes
    }

    /// At least that many random bytes.
    pub(crate) fn random(self, bytes: usize, range: Range, numbers: &mut Numbers) -> Vec<u8> {
        let mut to = Vec::with_capacity(bytes);
        while to.len() < bytes {
            self.number.random(range, numbers, &mut to);
        }
        to
    }
}
