//! Values of a few bytes, encoded and decoded in a register.
//!
//! What most functions take and give are a few numbers. What encodes and decodes all values, `manyways-wire`, does so in memory,
//! and keeps count of what a stranger could make it cost. Here at most eight bytes are one word, of which a few shifts make a
//! number. What is not so simple (sequences, text, errors) is refused, and then left to the other; the bytes are the same.
//!
//! The same is true of `inline(always)` here as there: left to itself the compiler makes calls of some of these one-liners.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{self, DeserializeOwned};
use serde::ser::{self, Serialize};

/// An encoded value of at most eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    /// The bytes, the first in the lowest bits; those beyond the length are 0.
    bits: u64,
    length: u32,
}

impl Short {
    /// The first `length` of these bytes, of which there are at most eight.
    #[inline(always)]
    pub(crate) fn new(bytes: [u8; 8], length: u8) -> Short {
        // In two shifts, as none of the bits may be left.
        let unused = 4 * (8 - u32::from(length).min(8));
        let bits = u64::from_le_bytes(bytes) << unused << unused >> unused >> unused;
        let length = u32::from(length);
        Short { bits, length }
    }

    /// These bytes, if there are at most eight.
    #[inline(always)]
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Short> {
        let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let bits = match (bytes, bytes.first_chunk(), bytes.last_chunk()) {
            // Two halves, which overlap where there are less than eight.
            ([_, _, _, _, ..], Some(first), Some(last)) if bytes.len() <= 8 => {
                half(first) | half(last) << (8 * (bytes.len() - 4))
            }
            (&[a, b, c], ..) => half(&[a, b, c, 0]),
            (&[a, b], ..) => half(&[a, b, 0, 0]),
            (&[a], ..) => a.into(),
            ([], ..) => 0,
            _ => return None,
        };
        let length = bytes.len() as u32;
        Some(Short { bits, length })
    }

    /// The encoding of a value, if it is a simple one and takes no more than eight bytes.
    #[inline(always)]
    pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Option<Short> {
        let mut short = Short { bits: 0, length: 0 };
        value.serialize(&mut short).ok()?;
        Some(short)
    }

    /// The bytes, the first in the lowest bits; those beyond the length are 0.
    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.bits
    }

    /// How many bytes, up to 8.
    #[inline(always)]
    pub(crate) fn length(self) -> usize {
        self.length as usize
    }

    /// Appends the `count` lowest bytes of a word, at most eight, whose others are 0.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) -> Result<(), Refused> {
        let length = self.length + count;
        if length > 8 {
            return Err(Refused);
        }
        // In two shifts, as there may be nothing left of it.
        self.bits |= bits << (4 * self.length) << (4 * self.length);
        self.length = length;
        Ok(())
    }

    /// A number as bytes of seven bits each, the lowest first; all but the last have the highest bit set.
    #[inline(always)]
    fn put_unsigned(&mut self, number: u64) -> Result<(), Refused> {
        if number >> 56 != 0 {
            return Err(Refused);
        }
        let halves = (number & 0x0FFF_FFFF) | (number & 0x00FF_FFFF_F000_0000) << 4;
        let quarters = (halves & 0x0000_3FFF_0000_3FFF) | (halves & 0x0FFF_C000_0FFF_C000) << 2;
        let eighths = (quarters & 0x007F_007F_007F_007F) | (quarters & 0x3F80_3F80_3F80_3F80) << 1;
        // Of the bits that are used, a seventh, rounded up.
        let count = ((64 - (number | 1).leading_zeros()) * 9 + 64) / 64;
        let but_the_last = (1 << (8 * (count - 1))) - 1;
        self.put(eighths | 0x8080_8080_8080_8080 & but_the_last, count)
    }

    /// The sign is the lowest bit, so that small numbers are short.
    #[inline(always)]
    fn put_signed(&mut self, number: i64) -> Result<(), Refused> {
        self.put_unsigned((number << 1 ^ number >> 63).cast_unsigned())
    }

    /// The value, if it is a simple one and these are its bytes and no more.
    #[inline(always)]
    pub(crate) fn decode<T: DeserializeOwned>(mut self) -> Option<T> {
        let value = T::deserialize(&mut self).ok()?;
        (self.length == 0).then_some(value)
    }

    /// Takes off so many bytes, at most eight.
    #[inline(always)]
    fn take(&mut self, count: u32) -> Result<u64, Refused> {
        let left = self.length.checked_sub(count).ok_or(Refused)?;
        let unused = 4 * (8 - count);
        let taken = self.bits << unused << unused >> unused >> unused;
        self.bits = self.bits >> (4 * count) >> (4 * count);
        self.length = left;
        Ok(taken)
    }

    #[inline(always)]
    fn byte(&mut self) -> Result<u8, Refused> {
        Ok(self.take(1)? as u8)
    }

    /// Takes off a number of variable length, which of this type takes at most so many bytes.
    #[inline(always)]
    fn unsigned<N: TryFrom<u64>>(&mut self, most: u32) -> Result<N, Refused> {
        const LAST: u64 = 0x8080_8080_8080_8080;
        // The first byte without the highest bit is the last. Of eight bytes that all have it, none is.
        let count = (!self.bits & LAST).trailing_zeros() / 8 + 1;
        if count > most.min(8) {
            return Err(Refused);
        }
        let bits = self.take(count)? & !LAST;
        let quarters = (bits & 0x007F_007F_007F_007F) | (bits & 0x7F00_7F00_7F00_7F00) >> 1;
        let halves = (quarters & 0x0000_3FFF_0000_3FFF) | (quarters & 0x3FFF_0000_3FFF_0000) >> 2;
        let number = (halves & 0x0FFF_FFFF) | (halves & 0x0FFF_FFFF_0000_0000) >> 4;
        N::try_from(number).map_err(|_| Refused)
    }

    /// The sign is the lowest bit.
    #[inline(always)]
    fn signed<N: TryFrom<i64>>(&mut self, most: u32) -> Result<N, Refused> {
        let number: u64 = self.unsigned(most)?;
        // Of a wider number than the type's, the other decoder has to say what it thinks.
        let number = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        N::try_from(number).map_err(|_| Refused)
    }
}

/// The other decoder is to be asked.
#[derive(Debug)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no simple value")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Refused {
        Refused
    }
}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Refused {
        Refused
    }
}
