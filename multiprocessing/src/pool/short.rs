//! Values of a few bytes, decoded out of a register.
//!
//! What most functions take and give are a few numbers. The decoder for all values ([`decode`](manyways_wire::decode)) goes byte by byte, checks
//! each, and keeps count of what a stranger could make it cost. Here at most eight bytes are one word, of which a few shifts
//! make a number. What is not so simple (sequences, text, errors) is refused, and then decoded by the other.
//!
//! The same is true of `inline(always)` here as in that decoder: left to itself the compiler makes calls of some of these
//! one-liners.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    SeqAccess, VariantAccess, Visitor,
};

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

impl Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Refused {
        Refused
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident: $take:ident($($most:literal)?) $(as $type:ty)?;)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            visitor.$visit(self.$take($($most)?)? $(as $type)?)
        }
    )*};
}

macro_rules! refused {
    ($($method:ident)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
            Err(Refused)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Short {
    type Error = Refused;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        deserialize_u8 visit_u8: byte();
        deserialize_i8 visit_i8: byte() as i8;
        deserialize_u16 visit_u16: unsigned(3);
        deserialize_u32 visit_u32: unsigned(5);
        deserialize_u64 visit_u64: unsigned(8);
        deserialize_i16 visit_i16: signed(3);
        deserialize_i32 visit_i32: signed(5);
        deserialize_i64 visit_i64: signed(8);
    }

    refused! {
        deserialize_any deserialize_ignored_any deserialize_identifier
        deserialize_i128 deserialize_u128 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_seq deserialize_map
    }

    #[inline(always)]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.byte()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(Refused),
        }
    }

    #[inline(always)]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f32(f32::from_bits(self.take(4)? as u32))
    }

    #[inline(always)]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f64(f64::from_bits(self.take(8)?))
    }

    #[inline(always)]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.byte()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(Refused),
        }
    }

    #[inline(always)]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    #[inline(always)]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    #[inline(always)]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    #[inline(always)]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_seq(Fields { short: self, left })
    }

    #[inline(always)]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(length, visitor)
    }

    #[inline(always)]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline(always)]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_enum(self)
    }
}

/// Values one behind the other, and how many are left.
struct Fields<'a> {
    short: &'a mut Short,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_> {
    type Error = Refused;

    #[inline(always)]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(&mut *self.short).map(Some)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for &mut Short {
    type Error = Refused;
    type Variant = Self;

    #[inline(always)]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refused> {
        let index: u32 = self.unsigned(5)?;
        let variant = seed.deserialize(index.into_deserializer())?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Short {
    type Error = Refused;

    #[inline(always)]
    fn unit_variant(self) -> Result<(), Refused> {
        Ok(())
    }

    #[inline(always)]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self)
    }

    #[inline(always)]
    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(length, visitor)
    }

    #[inline(always)]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}

#[cfg(test)]
mod tests {
    use manyways_wire as wire;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize, de::DeserializeOwned};

    use super::Short;

    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        Newtype(i16),
        Tuple(u8, Option<bool>),
        Struct { size: u32 },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Whole {
        unit: (),
        kind: Kind,
        array: [i8; 2],
    }

    fn short(bytes: &[u8]) -> Short {
        let mut word = [0xAA; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        Short::new(word, bytes.len() as u8)
    }

    /// What it makes of any bytes is what the other makes of them, or nothing.
    fn agrees<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<(), TestCaseError> {
        if let Some(value) = short(bytes).decode::<T>() {
            let known = wire::decode::<T>(bytes);
            let known = known.map(|known| wire::encode(&known).unwrap());
            prop_assert_eq!(known.ok(), Some(wire::encode(&value).unwrap()));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_other_decoder(bytes in prop::collection::vec(any::<u8>(), 0..9)) {
            agrees::<(u8, u16)>(&bytes)?;
            agrees::<(u16, i16)>(&bytes)?;
            agrees::<u32>(&bytes)?;
            agrees::<(i32, i8)>(&bytes)?;
            agrees::<u64>(&bytes)?;
            agrees::<(u64,)>(&bytes)?;
            agrees::<i64>(&bytes)?;
            agrees::<(f32, bool)>(&bytes)?;
            agrees::<f64>(&bytes)?;
            agrees::<Option<Kind>>(&bytes)?;
            agrees::<Whole>(&bytes)?;
            agrees::<Vec<u8>>(&bytes)?;
            agrees::<String>(&bytes)?;
            agrees::<()>(&bytes)?;
            agrees::<char>(&bytes)?;
        }

        #[test]
        fn simple_values_are_decoded(
            number in (any::<u64>(), 8_u32..64).prop_map(|(number, shift)| number >> shift),
            signed in any::<i32>(), small in any::<(i8, bool)>(), float in any::<f64>(),
        ) {
            let whole = Whole {
                unit: (),
                kind: Kind::Struct { size: signed.unsigned_abs() },
                array: [small.0, 1],
            };
            prop_assert_eq!(short(&wire::encode(&number).unwrap()).decode(), Some(number));
            prop_assert_eq!(short(&wire::encode(&signed).unwrap()).decode(), Some(signed));
            prop_assert_eq!(short(&wire::encode(&small).unwrap()).decode(), Some(small));
            prop_assert_eq!(
                short(&wire::encode(&float).unwrap()).decode().map(f64::to_bits),
                Some(float.to_bits())
            );
            prop_assert_eq!(short(&wire::encode(&whole).unwrap()).decode(), Some(whole));
            let kinds = (Kind::Unit, Some(Kind::Newtype(7)), Kind::Tuple(1, Some(false)));
            prop_assert_eq!(short(&wire::encode(&kinds).unwrap()).decode(), Some(kinds));
        }
    }

    #[test]
    fn what_is_not_whole_or_not_all_is_refused() {
        assert_eq!(short(&[0x80]).decode::<u64>(), None);
        assert_eq!(short(&[0xFF; 8]).decode::<u64>(), None);
        assert_eq!(short(&[1, 1]).decode::<u64>(), None);
        assert_eq!(short(&[]).decode::<u64>(), None);
        assert_eq!(short(&[]).decode::<()>(), Some(()));
    }
}
