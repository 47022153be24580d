//! serde's machinery with a [`Guard`] in it: every part hands the guard on to the parts inside.
//!
//! It costs little because an honest message never leaves the straight path: a sequence whose length was granted goes
//! through [`Elements`], which looks at nothing. `inline(always)` is needed for that: left to itself the compiler makes
//! calls of some of these one-liners, and decoding takes up to ten times as long.

use crate::guard::{Guard, Ungranted};
use serde::Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::fmt;

/// A deserializer, a seed or the access to an enum, under guard.
pub(crate) struct Guarded<'g, 'a, T> {
    inner: T,
    guard: &'g Guard<'a>,
}

impl<'g, 'a, T> Guarded<'g, 'a, T> {
    #[inline(always)]
    pub(crate) fn new(inner: T, guard: &'g Guard<'a>) -> Self {
        Guarded { inner, guard }
    }
}

/// Methods that concern a single value and go through untouched.
macro_rules! pass {
    ($($method:ident)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )*};
}

/// Methods that open a level. `counted` says that the number of elements is the sender's choice.
macro_rules! nest {
    (counted = $counted:literal; $($method:ident($($name:ident: $type:ty),*))*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let Guarded { inner, guard } = self;
            guard.enter()?;
            let outcome = inner.$method($($name,)* Inside { visitor, guard, counted: $counted });
            guard.leave();
            outcome
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, '_, D> {
    type Error = D::Error;

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    pass! {
        deserialize_any deserialize_bool deserialize_char deserialize_identifier deserialize_ignored_any
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit
    }

    nest! { counted = true;
        deserialize_seq()
        deserialize_map()
    }

    nest! { counted = false;
        deserialize_option()
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    #[inline(always)]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }
}

/// A visitor that is shown the inside of something nested.
struct Inside<'g, 'a, V> {
    visitor: V,
    guard: &'g Guard<'a>,
    counted: bool,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Inside<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    #[inline(always)]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    #[inline(always)]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.visitor
            .visit_some(Guarded::new(deserializer, self.guard))
    }

    #[inline(always)]
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        self.visitor
            .visit_newtype_struct(Guarded::new(deserializer, self.guard))
    }

    #[inline(always)]
    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Inside {
            visitor,
            guard,
            counted,
        } = self;
        match guard.grant(counted, access.size_hint()) {
            Ok(hint) => visitor.visit_seq(Elements {
                access,
                guard,
                hint,
            }),
            Err(Ungranted) => visitor.visit_seq(Watched { access, guard }),
        }
    }

    #[inline(always)]
    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Inside {
            visitor,
            guard,
            counted,
        } = self;
        match guard.grant(counted, access.size_hint()) {
            Ok(hint) => visitor.visit_map(Elements {
                access,
                guard,
                hint,
            }),
            Err(Ungranted) => visitor.visit_map(Watched { access, guard }),
        }
    }

    #[inline(always)]
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Guarded::new(access, self.guard))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, '_, S> {
    type Value = S::Value;

    #[inline(always)]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner
            .deserialize(Guarded::new(deserializer, self.guard))
    }
}

/// The elements of a sequence, a tuple or a map.
struct Elements<'g, 'a, A> {
    access: A,
    guard: &'g Guard<'a>,
    /// The number of elements, where the guard granted it.
    hint: Option<usize>,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, '_, A> {
    type Error = A::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.access
            .next_element_seed(Guarded::new(seed, self.guard))
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Elements<'_, '_, A> {
    type Error = A::Error;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.access.next_key_seed(Guarded::new(seed, self.guard))
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.access.next_value_seed(Guarded::new(seed, self.guard))
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint
    }
}

/// Elements that are more than the guard granted: each is charged if it takes no byte.
struct Watched<'g, 'a, A> {
    access: A,
    guard: &'g Guard<'a>,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Watched<'_, '_, A> {
    type Error = A::Error;

    #[inline(never)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let before = self.guard.position();
        let element = self
            .access
            .next_element_seed(Guarded::new(seed, self.guard))?;
        if element.is_some() {
            self.guard.charge(before, size_of::<S::Value>())?;
        }
        Ok(element)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Watched<'_, '_, A> {
    type Error = A::Error;

    #[inline(never)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let before = self.guard.position();
        let key = self.access.next_key_seed(Guarded::new(seed, self.guard))?;
        if key.is_some() {
            self.guard.charge(before, size_of::<S::Value>())?;
        }
        Ok(key)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.access.next_value_seed(Guarded::new(seed, self.guard))
    }
}

impl<'g, 'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Guarded<'g, 'a, A> {
    type Error = A::Error;
    type Variant = Guarded<'g, 'a, A::Variant>;

    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, Guarded::new(variant, self.guard)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guarded<'_, '_, A> {
    type Error = A::Error;

    #[inline(always)]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline(always)]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner
            .newtype_variant_seed(Guarded::new(seed, self.guard))
    }

    #[inline(always)]
    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(
            length,
            Inside {
                visitor,
                guard: self.guard,
                counted: false,
            },
        )
    }

    #[inline(always)]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(
            fields,
            Inside {
                visitor,
                guard: self.guard,
                counted: false,
            },
        )
    }
}
