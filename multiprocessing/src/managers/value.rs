//! What the containers of a manager hold.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::reference::Reference;

/// A value of one of Python's plain types, or an object of the manager: what the items of a
/// [`ListProxy`](super::ListProxy) or [`DictProxy`](super::DictProxy) are unless other types are named.
///
/// Rust's numbers, texts, options, vectors and tuples turn into values, and back with [`Item`](super::Item).
/// `Display` writes it as Python would.
///
/// ```
/// use multiprocessing::managers::Value;
///
/// let value = Value::from((1, "two", vec![Some(3.0), None]));
/// assert_eq!(value.to_string(), "(1, 'two', [3.0, None])");
/// ```
///
/// Two values are equal if they are of the same type and content; Python's `1 == 1.0 == True` are three different values,
/// and three keys. Numbers are ordered across their types, other values only within one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Value {
    /// `None`, and Rust's `()` and `Option::None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of at most 128 bits.
    Int(i128),
    /// A float.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A list that is copied where it goes, unlike a [`ListProxy`](super::ListProxy).
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dictionary that is copied where it goes. In the order of insertion.
    Dict(IndexMap<Value, Value>),
    /// An object of the manager, by reference.
    Proxy(Reference),
}

impl Value {
    /// Python's name of its type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Proxy(reference) => reference.type_id(),
        }
    }

    /// Whether it can be the key of a dictionary: not a list or dictionary, nor a tuple with one inside.
    #[must_use]
    pub fn is_hashable(&self) -> bool {
        match self {
            Value::List(_) | Value::Dict(_) => false,
            Value::Tuple(items) => items.iter().all(Value::is_hashable),
            _ => true,
        }
    }

    /// Which comes first, if they can be compared.
    #[must_use]
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Str(one), Value::Str(other)) => Some(one.cmp(other)),
            (Value::Bytes(one), Value::Bytes(other)) => Some(one.cmp(other)),
            (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
                compare_items(one, other)
            }
            _ => compare_numbers(self.number()?, other.number()?),
        }
    }

    /// The arguments that a tuple of them stands for; `None` for none.
    pub(crate) fn into_arguments(self) -> Vec<Value> {
        match self {
            Value::Tuple(arguments) => arguments,
            Value::None => Vec::new(),
            only => vec![only],
        }
    }

    fn number(&self) -> Option<Number> {
        match *self {
            Value::Bool(bool) => Some(Number::Int(bool.into())),
            Value::Int(int) => Some(Number::Int(int)),
            Value::Float(float) => Some(Number::Float(float)),
            _ => None,
        }
    }

    /// Calls `visit` for every reference inside.
    pub(crate) fn visit_references<E>(
        &mut self,
        visit: &mut impl FnMut(&mut Reference) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Value::Proxy(reference) => visit(reference),
            Value::List(items) | Value::Tuple(items) => items
                .iter_mut()
                .try_for_each(|item| item.visit_references(visit)),
            Value::Dict(items) => {
                // A reference is equal and hashed by its number, so keys can be changed around it.
                let entries = std::mem::take(items).into_iter();
                *items = entries
                    .map(|(mut key, mut item)| {
                        key.visit_references(visit)?;
                        item.visit_references(visit)?;
                        Ok((key, item))
                    })
                    .collect::<Result<_, E>>()?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Copy)]
enum Number {
    Int(i128),
    Float(f64),
}

#[allow(clippy::cast_precision_loss)] // Python compares exactly; beyond 2^53 this does not.
fn compare_numbers(one: Number, other: Number) -> Option<Ordering> {
    match (one, other) {
        (Number::Int(one), Number::Int(other)) => Some(one.cmp(&other)),
        (Number::Int(one), Number::Float(other)) => (one as f64).partial_cmp(&other),
        (Number::Float(one), Number::Int(other)) => one.partial_cmp(&(other as f64)),
        (Number::Float(one), Number::Float(other)) => one.partial_cmp(&other),
    }
}

fn compare_items(one: &[Value], other: &[Value]) -> Option<Ordering> {
    for (one, other) in one.iter().zip(other) {
        match one.compare(other)? {
            Ordering::Equal => {}
            unequal => return Some(unequal),
        }
    }
    Some(one.len().cmp(&other.len()))
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Int(one), Value::Int(other)) => one == other,
            // So that a value is equal to itself, as a key must be.
            (Value::Float(one), Value::Float(other)) => {
                one == other || one.to_bits() == other.to_bits()
            }
            (Value::Str(one), Value::Str(other)) => one == other,
            (Value::Bytes(one), Value::Bytes(other)) => one == other,
            (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
                one == other
            }
            (Value::Dict(one), Value::Dict(other)) => one == other,
            (Value::Proxy(one), Value::Proxy(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Value::None => {}
            Value::Bool(bool) => bool.hash(state),
            Value::Int(int) => int.hash(state),
            // 0.0 and -0.0 are equal.
            Value::Float(float) => (float + 0.0).to_bits().hash(state),
            Value::Str(text) => text.hash(state),
            Value::Bytes(bytes) => bytes.hash(state),
            Value::List(items) | Value::Tuple(items) => items.hash(state),
            // Equal whatever the order.
            Value::Dict(items) => items.len().hash(state),
            Value::Proxy(reference) => reference.hash(state),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(int) => int.fmt(f),
            Value::Float(float) => write!(f, "{float:?}"),
            Value::Str(text) => write_quoted(f, text.escape_debug()),
            Value::Bytes(bytes) => {
                f.write_char('b')?;
                write_quoted(f, bytes.escape_ascii())
            }
            Value::List(items) => write_items(f, '[', items, "]"),
            Value::Tuple(items) => {
                write_items(f, '(', items, if items.len() == 1 { ",)" } else { ")" })
            }
            Value::Dict(items) => write_dict(f, items),
            Value::Proxy(reference) => reference.fmt(f),
        }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: impl fmt::Display) -> fmt::Result {
    write!(f, "'{text}'")
}

fn write_items(
    f: &mut fmt::Formatter<'_>,
    open: char,
    items: &[Value],
    close: &str,
) -> fmt::Result {
    f.write_char(open)?;
    for (at, item) in items.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    f.write_str(close)
}

fn write_dict(f: &mut fmt::Formatter<'_>, items: &IndexMap<Value, Value>) -> fmt::Result {
    f.write_char('{')?;
    for (at, (key, item)) in items.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(f, "{comma}{key}: {item}")?;
    }
    f.write_char('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_in_python() {
        let dict: IndexMap<Value, Value> = [(1.into(), "1".into()), ("2".into(), 2.into())]
            .into_iter()
            .collect();
        assert_eq!(Value::Dict(dict).to_string(), "{1: '1', '2': 2}");
        assert_eq!(Value::from((1,)).to_string(), "(1,)");
        assert_eq!(Value::from(u64::MAX).to_string(), "18446744073709551615");
        assert_eq!(Value::Bytes(vec![b'a', 0]).to_string(), "b'a\\x00'");
        let items = vec![Value::None, true.into(), 2.0.into(), "it's".into()];
        assert_eq!(
            Value::List(items).to_string(),
            "[None, True, 2.0, 'it\\'s']"
        );
    }

    #[test]
    fn numbers_compare_and_other_things_do_not() {
        let less = |one: Value, other: Value| one.compare(&other) == Some(Ordering::Less);
        assert!(less(1.into(), 1.5.into()) && less(false.into(), 1.into()));
        assert!(less((1, "a").into(), (1, "b").into()));
        assert!(less(vec![1].into(), vec![1, 0].into()));
        assert_eq!(Value::from(1).compare(&"1".into()), None);
        assert_eq!(Value::Float(f64::NAN).compare(&1.0.into()), None);
    }

    #[test]
    fn keys_are_found_again() {
        let keys = [
            Value::None,
            true.into(),
            1.into(),
            1.0.into(),
            f64::NAN.into(),
            (-0.0).into(),
            "1".into(),
            Value::Bytes(vec![b'1']),
            (1, "x").into(),
        ];
        let map: IndexMap<Value, usize> = keys.iter().cloned().zip(0..).collect();
        assert_eq!(map.len(), keys.len());
        for (at, key) in keys.iter().enumerate() {
            assert_eq!(map[key], at);
        }
        assert_eq!(map[&Value::Float(0.0)], 5);
        assert!(!Value::from((1, vec![2])).is_hashable());
    }
}
