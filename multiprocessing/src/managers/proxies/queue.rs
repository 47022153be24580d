//! `Queue` and `JoinableQueue`.

use std::marker::PhantomData;
use std::time::Duration;

use super::{face, limit};
use crate::managers::error::Result;
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// A queue in a manager, with or without a bound, whose items can be reported as done.
///
/// ```
/// use multiprocessing::managers::Manager;
/// use std::time::Duration;
///
/// let manager = Manager::start()?;
/// let queue = manager.queue::<String>(2)?;
/// queue.put("one")?;
/// queue.put("two")?;
/// assert!(!queue.put_timeout("three", Duration::ZERO)?);
/// assert_eq!(queue.get()?, "one");
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
pub struct QueueProxy<T = Value> {
    proxy: Proxy,
    items: PhantomData<fn() -> (T,)>,
}

face!(QueueProxy<T>, "Queue" | "JoinableQueue");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl<T: Item> QueueProxy<T> {
    /// Waits for room and puts an item in.
    pub fn put(&self, item: impl Into<T>) -> Result<()> {
        let put: Result<bool> = self
            .proxy
            .call_with("put", vec![item.into().into_value(), limit(None)]);
        put.map(drop)
    }

    /// As [`put`](Self::put) for at most `timeout`; false if that was too short. Zero does not wait.
    pub fn put_timeout(&self, item: impl Into<T>, timeout: Duration) -> Result<bool> {
        let args = vec![item.into().into_value(), limit(Some(timeout))];
        self.proxy.call_with("put", args)
    }

    /// Waits for an item and takes it out.
    pub fn get(&self) -> Result<T> {
        let item: (T,) = self.proxy.call_with("get", vec![limit(None)])?;
        Ok(item.0)
    }

    /// As [`get`](Self::get) for at most `timeout`; `None` if that was too short. Zero does not wait.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        self.proxy.call_maybe("get", vec![limit(Some(timeout))])
    }

    /// How many items there are.
    pub fn qsize(&self) -> Result<usize> {
        self.proxy.call_with("qsize", Vec::new())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> Result<bool> {
        self.proxy.call_with("empty", Vec::new())
    }

    /// Whether there is no room.
    pub fn is_full(&self) -> Result<bool> {
        self.proxy.call_with("full", Vec::new())
    }

    /// Reports that an item that was taken out is done. A fault of the kind `Value` if more are reported than were put.
    pub fn task_done(&self) -> Result<()> {
        self.proxy.call_with("task_done", Vec::new())
    }

    /// Waits until every item that was put is done, for at most `timeout` if there is one. Whether they are.
    pub fn join(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("join", vec![limit(timeout)])
    }
}
