//! `list`.

use std::marker::PhantomData;

use super::face;
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// A list in a manager: Python's `ListProxy`. Negative indices count from the end.
///
/// Each method is one indivisible step. Items are of any type, or of one type if it is named:
///
/// ```
/// use multiprocessing::managers::{ListProxy, Manager, Value};
///
/// let manager = Manager::start()?;
/// let mixed = manager.list::<Value>([])?;
/// mixed.append(1)?;
/// mixed.append("two")?;
/// assert_eq!(mixed.to_vec()?, [Value::from(1), Value::from("two")]);
///
/// let numbers = manager.list(0..5)?;
/// numbers.sort()?;
/// assert_eq!(numbers.pop()?, 4);
/// assert_eq!(numbers.increment(-1, 10)?, 13);
///
/// let nested = manager.list([numbers.clone()])?; // by reference
/// nested.get(0)?.append(7)?;
/// assert_eq!(numbers.to_vec()?, [0, 1, 2, 13, 7]);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does; with a fault of the kind `Index` where there is no such item, and `Value`
/// where an item is not found.
pub struct ListProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(ListProxy<T>, "list");

#[allow(clippy::missing_errors_doc)] // The type says it for all.
impl<T: Item> ListProxy<T> {
    /// `list[index]`.
    pub fn get(&self, index: i64) -> Result<T> {
        self.proxy.call_with("get", vec![index.into()])
    }

    /// `list[index] = item`.
    pub fn set(&self, index: i64, item: impl Into<T>) -> Result<()> {
        let item = item.into().into_value();
        self.proxy.call_with("set", vec![index.into(), item])
    }

    /// `list[from:to]`, cut to what is there.
    pub fn slice(&self, from: Option<i64>, to: Option<i64>) -> Result<Vec<T>> {
        self.proxy.call_with("slice", vec![from.into(), to.into()])
    }

    /// `list[:]`: a copy of all items.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.slice(None, None)
    }

    /// The items one after the other, each fetched when its turn comes, so that changes in between are seen.
    pub fn iter(&self) -> impl Iterator<Item = Result<T>> + '_ {
        let step = move |index: i64| {
            let next = self.slice(Some(index), Some(index + 1));
            next.map(|mut items| items.pop()).transpose()
        };
        (0..).map_while(step)
    }

    /// How many items there are.
    pub fn len(&self) -> Result<usize> {
        self.proxy.call_with("len", Vec::new())
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Adds an item at the end.
    pub fn append(&self, item: impl Into<T>) -> Result<()> {
        self.proxy
            .call_with("append", vec![item.into().into_value()])
    }

    /// Adds items at the end, all at once.
    pub fn extend(&self, items: impl IntoIterator<Item = impl Into<T>>) -> Result<()> {
        let items: Vec<T> = items.into_iter().map(Into::into).collect();
        self.proxy.call_with("extend", vec![items.into_value()])
    }

    /// Puts an item in front of the one at `index`, or at the end.
    pub fn insert(&self, index: i64, item: impl Into<T>) -> Result<()> {
        let item = item.into().into_value();
        self.proxy.call_with("insert", vec![index.into(), item])
    }

    /// Takes the last item out.
    pub fn pop(&self) -> Result<T> {
        self.pop_at(-1)
    }

    /// Takes the item at `index` out.
    pub fn pop_at(&self, index: i64) -> Result<T> {
        self.proxy.call_with("pop", vec![index.into()])
    }

    /// Removes the first item that is equal.
    pub fn remove(&self, item: impl Into<T>) -> Result<()> {
        self.proxy
            .call_with("remove", vec![item.into().into_value()])
    }

    /// Where the first item is that is equal.
    pub fn index(&self, item: impl Into<T>) -> Result<usize> {
        self.proxy
            .call_with("index", vec![item.into().into_value()])
    }

    /// How many items are equal.
    pub fn count(&self, item: impl Into<T>) -> Result<usize> {
        self.proxy
            .call_with("count", vec![item.into().into_value()])
    }

    /// `item in list`.
    pub fn contains(&self, item: impl Into<T>) -> Result<bool> {
        self.proxy
            .call_with("contains", vec![item.into().into_value()])
    }

    /// Sorts, in a stable way. A fault of the kind `Type` leaves it as it was: some items cannot be compared.
    pub fn sort(&self) -> Result<()> {
        self.proxy.call_with("sort", Vec::new())
    }

    /// Turns the order round.
    pub fn reverse(&self) -> Result<()> {
        self.proxy.call_with("reverse", Vec::new())
    }

    /// `list *= times`.
    pub fn repeat(&self, times: i64) -> Result<()> {
        self.proxy.call_with("repeat", vec![times.into()])
    }

    /// Removes all items.
    pub fn clear(&self) -> Result<()> {
        self.proxy.call_with("clear", Vec::new())
    }

    /// Adds to the number at `index`, and gives the sum.
    pub fn increment(&self, index: i64, by: impl Into<T>) -> Result<T> {
        let by = by.into().into_value();
        self.proxy.call_with("increment", vec![index.into(), by])
    }

    /// Replaces the item at `index` if it is the expected one, and says whether it was.
    pub fn compare_exchange(
        &self,
        index: i64,
        expected: impl Into<T>,
        new: impl Into<T>,
    ) -> Result<bool> {
        let (expected, new) = (expected.into().into_value(), new.into().into_value());
        self.proxy
            .call_with("compare_exchange", vec![index.into(), expected, new])
    }
}
