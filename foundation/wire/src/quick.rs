//! A serializer in front of postcard's that makes integers in a register.
//!
//! postcard makes the variable length of an integer byte by byte in memory, which then is read as a whole: some sixty cycles.
//! Here a few shifts do it. All else goes through to postcard, so the bytes are the same.
//!
//! The same is true of `inline(always)` here as in [`guarded`](crate::guarded): left to itself the compiler makes calls of some
//! of these one-liners.

use postcard::ser_flavors::Flavor;
use postcard::{Error, Result, Serializer};
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer as _};
use std::fmt::Display;

/// Where bytes go, also out of a register.
pub(crate) trait Output: Flavor {
    /// Appends the `count` lowest bytes, whose others are 0.
    fn put(&mut self, bytes: u64, count: u8) -> Result<()>;
}

/// Serializes a message into an output.
#[inline]
pub(crate) fn write<T, O>(message: &T, output: O) -> Result<O::Output>
where
    T: Serialize + ?Sized,
    O: Output,
{
    let mut inner = Serializer { output };
    message.serialize(Quick { inner: &mut inner })?;
    inner.output.finalize()
}

struct Quick<'a, O: Output> {
    inner: &'a mut Serializer<O>,
}

impl<O: Output> Quick<'_, O> {
    #[inline(always)]
    fn again(&mut self) -> Quick<'_, O> {
        Quick { inner: self.inner }
    }

    #[inline(always)]
    fn unsigned(&mut self, number: u64) -> Result<()> {
        match variable_length(number) {
            Some((bytes, count)) => self.inner.output.put(bytes, count),
            None => self.inner.serialize_u64(number),
        }
    }

    /// The sign is the lowest bit, so that small numbers are short.
    #[inline(always)]
    fn signed(&mut self, number: i64) -> Result<()> {
        self.unsigned((number << 1 ^ number >> 63).cast_unsigned())
    }

    #[inline(always)]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(self.again())
    }
}

/// A number as bytes of seven bits each, the lowest first; all but the last have the highest bit set. `None` if there are more
/// than eight.
#[inline(always)]
fn variable_length(number: u64) -> Option<(u64, u8)> {
    if number >> 56 != 0 {
        return None;
    }
    let halves = (number & 0x0FFF_FFFF) | (number & 0x00FF_FFFF_F000_0000) << 4;
    let quarters = (halves & 0x0000_3FFF_0000_3FFF) | (halves & 0x0FFF_C000_0FFF_C000) << 2;
    let eighths = (quarters & 0x007F_007F_007F_007F) | (quarters & 0x3F80_3F80_3F80_3F80) << 1;
    // Of the bits that are used, a seventh, rounded up.
    let count = ((64 - (number | 1).leading_zeros()) * 9 + 64) / 64;
    let but_the_last = (1 << (8 * (count - 1))) - 1;
    Some((eighths | 0x8080_8080_8080_8080 & but_the_last, count as u8))
}

/// Methods that concern a single value and go through untouched.
macro_rules! pass {
    ($($method:ident($type:ty))*) => {$(
        #[inline(always)]
        fn $method(self, value: $type) -> Result<()> {
            self.inner.$method(value)
        }
    )*};
}

macro_rules! integers {
    ($kind:ident: $($method:ident($type:ty))*) => {$(
        #[inline(always)]
        fn $method(mut self, value: $type) -> Result<()> {
            self.$kind(value.into())
        }
    )*};
}

impl<O: Output> serde::Serializer for Quick<'_, O> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    integers! { unsigned: serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) }
    integers! { signed: serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) }

    pass! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_u8(u8) serialize_i128(i128) serialize_u128(u128)
        serialize_f32(f32) serialize_f64(f64) serialize_unit_struct(&'static str)
    }

    fn serialize_unit(self) -> Result<()> {
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.inner.serialize_none()
    }

    #[inline(always)]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        self.inner.serialize_bool(true)?;
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_unit_variant(
        mut self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
    ) -> Result<()> {
        self.unsigned(index.into())
    }

    #[inline(always)]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.unsigned(index.into())?;
        value.serialize(self)
    }

    #[inline(always)]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self> {
        self.inner.serialize_seq(length)?;
        Ok(self)
    }

    #[inline(always)]
    fn serialize_map(self, length: Option<usize>) -> Result<Self> {
        self.inner.serialize_map(length)?;
        Ok(self)
    }

    #[inline(always)]
    fn serialize_tuple(self, _length: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline(always)]
    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self> {
        self.unsigned(index.into())?;
        Ok(self)
    }

    #[inline(always)]
    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self> {
        self.unsigned(index.into())?;
        Ok(self)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<()> {
        self.inner.collect_str(value)
    }
}

/// What holds values, one behind the other and nothing between.
macro_rules! hold {
    ($($holder:ident: $method:ident;)*) => {$(
        impl<O: Output> $holder for Quick<'_, O> {
            type Ok = ();
            type Error = Error;

            #[inline(always)]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            #[inline(always)]
            fn end(self) -> Result<()> {
                Ok(())
            }
        }
    )*};
}

hold! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

/// The same, with names that do not travel.
macro_rules! hold_named {
    ($($holder:ident)*) => {$(
        impl<O: Output> $holder for Quick<'_, O> {
            type Ok = ();
            type Error = Error;

            #[inline(always)]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _name: &'static str,
                value: &T,
            ) -> Result<()> {
                self.element(value)
            }

            #[inline(always)]
            fn end(self) -> Result<()> {
                Ok(())
            }
        }
    )*};
}

hold_named! { SerializeStruct SerializeStructVariant }

impl<O: Output> SerializeMap for Quick<'_, O> {
    type Ok = ();
    type Error = Error;

    #[inline(always)]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.element(key)
    }

    #[inline(always)]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    #[inline(always)]
    fn end(self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;

    use crate::codec::{encode, encode_short_or_into};

    #[derive(Debug, Clone, Serialize)]
    enum Kind {
        Unit,
        Newtype(i64),
        Tuple(u16, Option<i16>),
        Struct { name: String, size: u64 },
    }

    #[derive(Debug, Clone, Serialize)]
    struct All {
        integers: (u8, i8, u16, i16, u32, i32, u64, i64),
        wide: (u128, i128),
        others: (bool, char, f32, f64, ()),
        kinds: Vec<Kind>,
        map: BTreeMap<String, u32>,
        maybe: Option<Box<All>>,
    }

    /// Numbers of every length.
    fn number() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift)
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![
            Just(Kind::Unit),
            number().prop_map(|number| Kind::Newtype(-number.cast_signed())),
            any::<(u16, Option<i16>)>().prop_map(|(one, other)| Kind::Tuple(one, other)),
            ("[a-z]*", number()).prop_map(|(name, size)| Kind::Struct { name, size }),
        ]
    }

    fn all() -> impl Strategy<Value = All> {
        let plain = any::<(u128, i128, bool, char, f32, f64)>();
        let map = prop::collection::btree_map("[a-z]{0,3}", any::<u32>(), 0..4);
        let kinds = prop::collection::vec(kind(), 0..5);
        let one = (number(), plain, kinds, map).prop_map(|(number, plain, kinds, map)| All {
            integers: (
                number as u8,
                number as i8,
                number as u16,
                number as i16,
                number as u32,
                number as i32,
                number,
                number.cast_signed(),
            ),
            wide: (plain.0, plain.1),
            others: (plain.2, plain.3, plain.4, plain.5, ()),
            kinds,
            map,
            maybe: None,
        });
        prop::collection::vec(one, 1..3).prop_map(|parts| {
            let nest = |inner: All, mut outer: All| {
                outer.maybe = Some(Box::new(inner));
                outer
            };
            parts.into_iter().reduce(nest).unwrap()
        })
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_postcard(message in all()) {
            prop_assert_eq!(encode(&message).unwrap(), postcard::to_stdvec(&message).unwrap());
        }

        #[test]
        fn short_messages_are_so_too(number in number(), other in any::<Option<i32>>()) {
            let expected = postcard::to_stdvec(&(number, other)).unwrap();
            let mut bytes = Vec::new();
            if let Some(short) = encode_short_or_into(&(number, other), &mut bytes).unwrap() {
                bytes.extend_from_slice(&short.bits().to_le_bytes()[..short.length()]);
                prop_assert_eq!(short.bits().checked_shr(8 * short.length() as u32).unwrap_or(0), 0);
            }
            prop_assert_eq!(bytes, expected);
        }
    }

    #[test]
    fn numbers_at_the_bounds_of_their_lengths() {
        for bits in 0..64 {
            for number in [(1_u64 << bits) - 1, 1 << bits, u64::MAX >> bits] {
                let expected = postcard::to_stdvec(&number).unwrap();
                assert_eq!(encode(&number).unwrap(), expected, "{number}");
            }
        }
    }

    #[test]
    fn a_sequence_of_unknown_length_is_an_error() {
        struct Unknown;
        impl Serialize for Unknown {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_seq(None).map(|_| unreachable!())
            }
        }
        assert!(encode(&Unknown).unwrap_err().is_encode());
    }
}
