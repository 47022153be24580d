//! `Array`.

use std::marker::PhantomData;

use super::face;
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// Numbers of one type, whose count does not change, in a manager: Python's `ArrayProxy`.
///
/// ```
/// use multiprocessing::managers::Manager;
///
/// let manager = Manager::start()?;
/// let array = manager.array([0, 1, 2])?;
/// array.set(-1, 7)?;
/// assert_eq!(array.increment(0, 5)?, 5);
/// assert_eq!(array.to_vec()?, [5, 1, 7]);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does, with a fault of the kind `Index` where there is no such item.
pub struct ArrayProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(ArrayProxy<T>, "Array");

#[allow(clippy::missing_errors_doc)] // The type says it for all.
impl<T: Item> ArrayProxy<T> {
    /// `array[index]`.
    pub fn get(&self, index: i64) -> Result<T> {
        self.proxy.call_with("get", vec![index.into()])
    }

    /// `array[index] = item`.
    pub fn set(&self, index: i64, item: impl Into<T>) -> Result<()> {
        let item = item.into().into_value();
        self.proxy.call_with("set", vec![index.into(), item])
    }

    /// `array[from:to]`, cut to what is there.
    pub fn slice(&self, from: Option<i64>, to: Option<i64>) -> Result<Vec<T>> {
        self.proxy.call_with("slice", vec![from.into(), to.into()])
    }

    /// Replaces as many items as are given, from `from` on, at once.
    pub fn set_slice(&self, from: usize, items: impl IntoIterator<Item = T>) -> Result<()> {
        let items: Vec<T> = items.into_iter().collect();
        self.proxy
            .call_with("set_slice", vec![from.into_value(), items.into_value()])
    }

    /// All items.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.slice(None, None)
    }

    /// How many items there are.
    pub fn len(&self) -> Result<usize> {
        self.proxy.call_with("len", Vec::new())
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Adds to the item at `index`, and gives the sum: one indivisible step.
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
