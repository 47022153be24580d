//! `Value`.

use std::marker::PhantomData;

use super::face;
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// A place for one value, in a manager: Python's `ValueProxy`.
///
/// ```
/// use multiprocessing::managers::Manager;
///
/// let manager = Manager::start()?;
/// let count = manager.value(1)?;
/// assert_eq!(count.increment(2)?, 3);
/// assert!(!count.compare_exchange(1, 5)?);
/// assert_eq!(count.get()?, 3);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does.
pub struct ValueProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(ValueProxy<T>, "Value");

#[allow(clippy::missing_errors_doc)] // The type says it for all.
impl<T: Item> ValueProxy<T> {
    /// The value.
    pub fn get(&self) -> Result<T> {
        self.proxy.call_with("get", Vec::new())
    }

    /// Replaces the value.
    pub fn set(&self, value: impl Into<T>) -> Result<()> {
        self.proxy.call_with("set", vec![value.into().into_value()])
    }

    /// Adds to the number, and gives the sum: one indivisible step.
    pub fn increment(&self, by: impl Into<T>) -> Result<T> {
        self.proxy
            .call_with("increment", vec![by.into().into_value()])
    }

    /// Replaces the value if it is the expected one, and says whether it was.
    pub fn compare_exchange(&self, expected: impl Into<T>, new: impl Into<T>) -> Result<bool> {
        let (expected, new) = (expected.into().into_value(), new.into().into_value());
        self.proxy
            .call_with("compare_exchange", vec![expected, new])
    }
}
