//! `set`.

use std::marker::PhantomData;

use super::face;
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// A set in a manager, in the order of insertion. Each method is one indivisible step.
///
/// ```
/// use multiprocessing::managers::Manager;
///
/// let manager = Manager::start()?;
/// let set = manager.set([1, 2, 2])?;
/// assert!(set.add(3)? && !set.add(3)?);
/// assert_eq!(set.to_vec()?, [1, 2, 3]);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does.
pub struct SetProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(SetProxy<T>, "set");

#[allow(clippy::missing_errors_doc)] // The type says it for all.
impl<T: Item> SetProxy<T> {
    /// Adds a member, and says whether it is new.
    pub fn add(&self, member: impl Into<T>) -> Result<bool> {
        self.proxy
            .call_with("add", vec![member.into().into_value()])
    }

    /// Takes a member out, and says whether it was there.
    pub fn discard(&self, member: impl Into<T>) -> Result<bool> {
        self.proxy
            .call_with("discard", vec![member.into().into_value()])
    }

    /// `member in set`.
    pub fn contains(&self, member: impl Into<T>) -> Result<bool> {
        self.proxy
            .call_with("contains", vec![member.into().into_value()])
    }

    /// Takes some member out.
    pub fn pop(&self) -> Result<Option<T>> {
        self.proxy.call_maybe("pop", Vec::new())
    }

    /// How many members there are.
    pub fn len(&self) -> Result<usize> {
        self.proxy.call_with("len", Vec::new())
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// All members.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.proxy.call_with("members", Vec::new())
    }

    /// Removes all members.
    pub fn clear(&self) -> Result<()> {
        self.proxy.call_with("clear", Vec::new())
    }
}
