//! Rust's types as values, and back.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};

use indexmap::IndexMap;
use manyways_wire::{decode, encode};
use serde::{Serialize, de::DeserializeOwned};

use super::value::Value;

/// A type whose values the containers of a manager can hold.
///
/// Implemented for [`Value`] itself, all integers but `u128` (for which `Encoded` serves), `f64`, `bool`, texts, `Option`, `Vec`, maps, tuples of up to four items, the proxies, and [`Encoded`] for every other serde type.
pub trait Item: Sized {
    /// What it is called in errors.
    const NAME: &'static str;

    /// It as a value.
    fn into_value(self) -> Value;

    /// Back from a value; the value itself if it is something else.
    ///
    /// # Errors
    ///
    /// The value, when it is none of this type.
    fn from_value(value: Value) -> Result<Self, Value>;
}

impl Item for Value {
    const NAME: &'static str = "value";

    fn into_value(self) -> Value {
        self
    }

    fn from_value(value: Value) -> Result<Value, Value> {
        Ok(value)
    }
}

impl Item for () {
    const NAME: &'static str = "None";

    fn into_value(self) -> Value {
        Value::None
    }

    fn from_value(value: Value) -> Result<(), Value> {
        match value {
            Value::None => Ok(()),
            other => Err(other),
        }
    }
}

impl Item for bool {
    const NAME: &'static str = "bool";

    fn into_value(self) -> Value {
        Value::Bool(self)
    }

    fn from_value(value: Value) -> Result<bool, Value> {
        match value {
            Value::Bool(bool) => Ok(bool),
            other => Err(other),
        }
    }
}

/// An integer that a value is too large for is not cut, but the value itself is given back.
macro_rules! integers {
    ($($type:ident)*) => {$(
        impl Item for $type {
            const NAME: &'static str = stringify!($type);

            fn into_value(self) -> Value {
                Value::Int(wide(self))
            }

            fn from_value(value: Value) -> Result<$type, Value> {
                match value {
                    Value::Int(int) => int.try_into().map_err(|_| Value::Int(int)),
                    other => Err(other),
                }
            }
        }

        impl From<$type> for Value {
            fn from(number: $type) -> Value {
                Value::Int(wide(number))
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 usize);

/// All these have a place in it, though the standard library does not say so of the ones as wide as an address.
fn wide(number: impl TryInto<i128, Error: Debug>) -> i128 {
    number.try_into().expect("an integer of at most 128 bits")
}

impl Item for f64 {
    const NAME: &'static str = "f64";

    fn into_value(self) -> Value {
        Value::Float(self)
    }

    /// From integers too.
    #[allow(clippy::cast_precision_loss)]
    fn from_value(value: Value) -> Result<f64, Value> {
        match value {
            Value::Float(float) => Ok(float),
            Value::Int(int) => Ok(int as f64),
            other => Err(other),
        }
    }
}

impl Item for String {
    const NAME: &'static str = "str";

    fn into_value(self) -> Value {
        Value::Str(self)
    }

    fn from_value(value: Value) -> Result<String, Value> {
        match value {
            Value::Str(text) => Ok(text),
            other => Err(other),
        }
    }
}

impl<T: Item> Item for Option<T> {
    const NAME: &'static str = T::NAME;

    fn into_value(self) -> Value {
        self.map_or(Value::None, Item::into_value)
    }

    fn from_value(value: Value) -> Result<Option<T>, Value> {
        match value {
            Value::None => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: Item> Item for Vec<T> {
    const NAME: &'static str = "list";

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(Item::into_value).collect())
    }

    /// From tuples too.
    fn from_value(value: Value) -> Result<Vec<T>, Value> {
        match value {
            Value::List(items) | Value::Tuple(items) => {
                items.into_iter().map(T::from_value).collect()
            }
            other => Err(other),
        }
    }
}

impl<K: Item, V: Item> Item for IndexMap<K, V>
where
    K: Hash + Eq,
{
    const NAME: &'static str = "dict";

    fn into_value(self) -> Value {
        dict_of(self)
    }

    fn from_value(value: Value) -> Result<IndexMap<K, V>, Value> {
        entries_of(value)
    }
}

impl<K: Item + Hash + Eq, V: Item, S: BuildHasher + Default> Item for HashMap<K, V, S> {
    const NAME: &'static str = "dict";

    fn into_value(self) -> Value {
        dict_of(self)
    }

    fn from_value(value: Value) -> Result<HashMap<K, V, S>, Value> {
        entries_of(value)
    }
}

impl<K: Item + Ord, V: Item> Item for BTreeMap<K, V> {
    const NAME: &'static str = "dict";

    fn into_value(self) -> Value {
        dict_of(self)
    }

    fn from_value(value: Value) -> Result<BTreeMap<K, V>, Value> {
        entries_of(value)
    }
}

pub(crate) fn dict_of<K: Item, V: Item>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
    let entries = entries.into_iter();
    Value::Dict(
        entries
            .map(|(key, item)| (key.into_value(), item.into_value()))
            .collect(),
    )
}

fn entries_of<K: Item, V: Item, C: FromIterator<(K, V)>>(value: Value) -> Result<C, Value> {
    match value {
        Value::Dict(entries) => entries
            .into_iter()
            .map(|(key, item)| Ok((K::from_value(key)?, V::from_value(item)?)))
            .collect(),
        other => Err(other),
    }
}

/// Tuples, which are fixed in length.
macro_rules! tuples {
    ($(($($type:ident)*))*) => {$(
        impl<$($type: Item),*> Item for ($($type,)*) {
            const NAME: &'static str = "tuple";

            #[allow(non_snake_case)] // The items are named as their types are.
            fn into_value(self) -> Value {
                let ($($type,)*) = self;
                Value::Tuple(vec![$($type.into_value()),*])
            }

            fn from_value(value: Value) -> Result<Self, Value> {
                const LENGTH: usize = [$(stringify!($type)),*].len();
                match value {
                    Value::Tuple(items) | Value::List(items) if items.len() == LENGTH => {
                        let mut items = items.into_iter();
                        Ok(($($type::from_value(items.next().unwrap_or(Value::None))?,)*))
                    }
                    other => Err(other),
                }
            }
        }

        impl<$($type: Into<Value>),*> From<($($type,)*)> for Value {
            #[allow(non_snake_case)]
            fn from(tuple: ($($type,)*)) -> Value {
                let ($($type,)*) = tuple;
                Value::Tuple(vec![$($type.into()),*])
            }
        }
    )*};
}

tuples!((A) (A B) (A B C) (A B C D));

/// A value of any serde type as an item: it travels as its encoded bytes.
///
/// ```
/// use multiprocessing::managers::{Encoded, Item};
/// use std::time::Duration;
///
/// let value = Encoded(Duration::from_secs(3)).into_value();
/// assert_eq!(value.type_name(), "bytes");
/// assert_eq!(Encoded::<Duration>::from_value(value).unwrap().0, Duration::from_secs(3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Encoded<T>(pub T);

impl<T: Serialize + DeserializeOwned> Item for Encoded<T> {
    const NAME: &'static str = "encoded value";

    /// # Panics
    ///
    /// When the type's `Serialize` fails.
    fn into_value(self) -> Value {
        Value::Bytes(encode(&self.0).expect("a value that can be encoded"))
    }

    fn from_value(value: Value) -> Result<Encoded<T>, Value> {
        match value {
            Value::Bytes(bytes) => decode(&bytes).map(Encoded).map_err(|_| Value::Bytes(bytes)),
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travels<T: Item + PartialEq + Copy + Debug>(numbers: &[T]) {
        for number in numbers {
            assert_eq!(T::from_value(number.into_value()).as_ref(), Ok(number));
        }
    }

    #[test]
    fn integers_come_back_whole_or_not_at_all() {
        travels(&[i8::MIN, 0, i8::MAX]);
        travels(&[i128::MIN, -1, i128::MAX]);
        travels(&[isize::MIN, isize::MAX]);
        travels(&[u64::MAX, 0]);
        travels(&[usize::MAX, 0]);
        let too_large = u64::MAX.into_value();
        assert_eq!(i64::from_value(too_large.clone()), Err(too_large));
        let negative = (-1).into_value();
        assert_eq!(usize::from_value(negative.clone()), Err(negative));
    }
}
