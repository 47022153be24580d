//! Values of a few bytes, encoded and decoded in a register.
//!
//! What most functions take and give are a few numbers. What encodes and decodes all values, `manyways-wire`, does so in memory,
//! and keeps count of what a stranger could make it cost. Here at most eight bytes are one word, of which a few shifts make a
//! number. What is not so simple (sequences, text, errors) is refused, and then left to the other; the bytes are the same.
//!
//! The same is true of `inline(always)` here as there: left to itself the compiler makes calls of some of these one-liners.

use std::fmt;

use serde::Serialize;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess,
    VariantAccess, Visitor,
};
use serde::ser::{self, Impossible, Serializer};

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

macro_rules! put {
    ($($method:ident($type:ty) $put:ident $(($count:literal))? $(. $bits:ident())?;)*) => {$(
        #[inline(always)]
        fn $method(self, value: $type) -> Result<(), Refused> {
            self.$put(value $(.$bits())? .into() $(, $count)?)
        }
    )*};
}

impl<'a> Serializer for &'a mut Short {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Impossible<(), Refused>;
    type SerializeTuple = &'a mut Short;
    type SerializeTupleStruct = &'a mut Short;
    type SerializeTupleVariant = &'a mut Short;
    type SerializeMap = Impossible<(), Refused>;
    type SerializeStruct = &'a mut Short;
    type SerializeStructVariant = &'a mut Short;

    fn is_human_readable(&self) -> bool {
        false
    }

    put! {
        serialize_bool(bool) put(1);
        serialize_u8(u8) put(1);
        serialize_i8(i8) put(1).cast_unsigned();
        serialize_f32(f32) put(4).to_bits();
        serialize_f64(f64) put(8).to_bits();
        serialize_u16(u16) put_unsigned;
        serialize_u32(u32) put_unsigned;
        serialize_u64(u64) put_unsigned;
        serialize_i16(i16) put_signed;
        serialize_i32(i32) put_signed;
        serialize_i64(i64) put_signed;
    }

    fn serialize_char(self, _: char) -> Result<(), Refused> {
        Err(Refused)
    }

    fn serialize_str(self, _: &str) -> Result<(), Refused> {
        Err(Refused)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Refused> {
        Err(Refused)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Refused> {
        Err(Refused)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Refused> {
        Ok(())
    }

    #[inline(always)]
    fn serialize_none(self) -> Result<(), Refused> {
        self.put(0, 1)
    }

    #[inline(always)]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        self.put(1, 1)?;
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
    ) -> Result<(), Refused> {
        self.put_unsigned(index.into())
    }

    #[inline(always)]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.put_unsigned(index.into())?;
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, Refused> {
        Err(Refused)
    }

    #[inline(always)]
    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, Refused> {
        Err(Refused)
    }

    #[inline(always)]
    fn serialize_tuple(self, _length: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self, Refused> {
        self.put_unsigned(index.into())?;
        Ok(self)
    }

    #[inline(always)]
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self, Refused> {
        self.put_unsigned(index.into())?;
        Ok(self)
    }
}

/// What holds values, one behind the other and nothing between. Names do not travel.
macro_rules! hold {
    ($($holder:ident: $method:ident($($name:ident)?);)*) => {$(
        impl ser::$holder for &mut Short {
            type Ok = ();
            type Error = Refused;

            #[inline(always)]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), Refused> {
                value.serialize(&mut **self)
            }

            #[inline(always)]
            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        }
    )*};
}

hold! {
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(_name);
    SerializeStructVariant: serialize_field(_name);
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

    /// A simple value's encoding is the other's, and its decoding is the value. A NaN is no obstacle.
    fn travels<T: DeserializeOwned + Serialize>(value: &T) -> Result<(), TestCaseError> {
        let known = wire::encode(value).unwrap();
        let encoded = Short::encode(value);
        prop_assert_eq!(encoded.is_some(), known.len() <= 8);
        if let Some(encoded) = encoded {
            prop_assert_eq!(encoded, short(&known));
            let decoded: T = encoded.decode().unwrap();
            prop_assert_eq!(wire::encode(&decoded).unwrap(), known);
        }
        Ok(())
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
        fn simple_values_travel(
            number in (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift),
            signed in any::<i32>(), small in any::<(i8, bool)>(), floats in any::<(f32, f64)>(),
        ) {
            travels(&number)?;
            travels(&(number as u16, number as u8, signed as i16))?;
            travels(&(number as u32, small))?;
            travels(&signed)?;
            travels(&-number.cast_signed())?;
            travels(&floats.0)?;
            travels(&floats.1)?;
            travels(&Some((signed, small.1)))?;
            let kinds = (Kind::Unit, Some(Kind::Newtype(signed as i16)), Kind::Tuple(1, None));
            travels(&kinds)?;
            let kind = Kind::Struct { size: signed.unsigned_abs() };
            travels(&Whole { unit: (), kind, array: [small.0, 1] })?;
        }
    }

    #[test]
    fn what_is_not_whole_or_not_all_is_refused() {
        assert_eq!(short(&[0x80]).decode::<u64>(), None);
        assert_eq!(short(&[0xFF; 8]).decode::<u64>(), None);
        assert_eq!(short(&[1, 1]).decode::<u64>(), None);
        assert_eq!(short(&[]).decode::<u64>(), None);
        assert_eq!(short(&[]).decode::<()>(), Some(()));
        assert_eq!(Short::encode(&u64::MAX), None);
        assert_eq!(Short::encode("text"), None);
        assert_eq!(Short::encode(&[1_u8; 3][..]), None);
        assert_eq!(Short::encode(&()), Some(short(&[])));
    }
}
