//! `dict`.

use std::marker::PhantomData;

use indexmap::IndexMap;

use super::face;
use crate::managers::error::Result;
use crate::managers::item::{Item, dict_of};
use crate::managers::{Proxy, Value};

/// A dictionary in a manager, in the order of insertion: Python's `DictProxy`.
///
/// Each method is one indivisible step.
///
/// ```
/// use multiprocessing::managers::{Manager, Value};
///
/// let manager = Manager::start()?;
/// let dict = manager.dict::<Value, Value>([])?;
/// dict.insert(1, "1")?;
/// dict.insert("2", 2)?;
/// assert_eq!(dict.to_string()?, "{1: '1', '2': 2}");
/// assert_eq!(dict.get("2")?, Some(Value::from(2)));
///
/// let counts = manager.dict::<String, i64>([])?;
/// assert_eq!(counts.increment("apple", 1)?, 1);
/// assert_eq!(counts.setdefault("pear", 5)?, 5);
/// assert_eq!(counts.pop("apple")?, Some(1));
/// assert!(counts.compare_exchange("pear", 5, 6)?);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does.
pub struct DictProxy<K = Value, V = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (K, V)>,
}

face!(DictProxy<K, V>, "dict");

#[allow(clippy::missing_errors_doc, clippy::inherent_to_string)] // The type says it for all.
impl<K: Item, V: Item> DictProxy<K, V> {
    /// The value of a key, if there is one.
    pub fn get(&self, key: impl Into<K>) -> Result<Option<V>> {
        self.proxy.call_maybe("get", vec![key.into().into_value()])
    }

    /// `dict[key] = value`.
    pub fn insert(&self, key: impl Into<K>, value: impl Into<V>) -> Result<()> {
        let (key, value) = (key.into().into_value(), value.into().into_value());
        self.proxy.call_with("set", vec![key, value])
    }

    /// Takes a key out, and gives its value, if there was one.
    pub fn pop(&self, key: impl Into<K>) -> Result<Option<V>> {
        self.proxy.call_maybe("pop", vec![key.into().into_value()])
    }

    /// Takes the last entry out.
    pub fn popitem(&self) -> Result<Option<(K, V)>> {
        self.proxy.call_with("popitem", Vec::new())
    }

    /// `key in dict`.
    pub fn contains(&self, key: impl Into<K>) -> Result<bool> {
        self.proxy
            .call_with("contains", vec![key.into().into_value()])
    }

    /// The value of a key, which is set to this one if there was none.
    pub fn setdefault(&self, key: impl Into<K>, value: impl Into<V>) -> Result<V> {
        let (key, value) = (key.into().into_value(), value.into().into_value());
        self.proxy.call_with("setdefault", vec![key, value])
    }

    /// Adds to the number at a key, which counts as 0 if there was none, and gives the sum.
    pub fn increment(&self, key: impl Into<K>, by: impl Into<V>) -> Result<V> {
        let (key, by) = (key.into().into_value(), by.into().into_value());
        self.proxy.call_with("increment", vec![key, by])
    }

    /// Replaces the value of a key if it is the expected one, and says whether it was. A fault of the kind `Key` if there is
    /// none.
    pub fn compare_exchange(
        &self,
        key: impl Into<K>,
        expected: impl Into<V>,
        new: impl Into<V>,
    ) -> Result<bool> {
        let args = [
            key.into().into_value(),
            expected.into().into_value(),
            new.into().into_value(),
        ];
        self.proxy.call_with("compare_exchange", args.into())
    }

    /// Sets many entries at once.
    pub fn update(&self, entries: impl IntoIterator<Item = (K, V)>) -> Result<()> {
        self.proxy.call_with("update", vec![dict_of(entries)])
    }

    /// How many entries there are.
    pub fn len(&self) -> Result<usize> {
        self.proxy.call_with("len", Vec::new())
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// All keys.
    pub fn keys(&self) -> Result<Vec<K>> {
        self.proxy.call_with("keys", Vec::new())
    }

    /// All values.
    pub fn values(&self) -> Result<Vec<V>> {
        self.proxy.call_with("values", Vec::new())
    }

    /// All entries.
    pub fn items(&self) -> Result<Vec<(K, V)>> {
        self.proxy.call_with("items", Vec::new())
    }

    /// A copy: any map that is an [`Item`], such as a `HashMap`.
    pub fn copy<M: Item>(&self) -> Result<M> {
        self.proxy.call_with("copy", Vec::new())
    }

    /// Removes all entries.
    pub fn clear(&self) -> Result<()> {
        self.proxy.call_with("clear", Vec::new())
    }

    /// As Python prints it.
    pub fn to_string(&self) -> Result<String> {
        let copy: IndexMap<Value, Value> = self.copy()?;
        Ok(Value::Dict(copy).to_string())
    }
}
