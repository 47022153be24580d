//! The encoder.

use std::fmt::Display;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::{Refused, Short};

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

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), Refused> {
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
