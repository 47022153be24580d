//! The results of a pool.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use manyways_wire::decode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::limit;
use super::pool::{PoolProxy, encoded};
use crate::managers::error::{Attempt, Error, Result};
use crate::managers::{Proxy, Value};

/// How results are made of what the workers sent.
type Decode<T> = fn(Vec<Value>) -> Result<T, Value>;

pub(super) fn one<T: DeserializeOwned>(mut results: Vec<Value>) -> Result<T, Value> {
    value(results.pop().unwrap_or(Value::None))
}

pub(super) fn all<T: DeserializeOwned>(results: Vec<Value>) -> Result<Vec<T>, Value> {
    results.into_iter().map(value).collect()
}

fn value<T: DeserializeOwned>(result: Value) -> Result<T, Value> {
    match result {
        Value::Bytes(bytes) => decode(&bytes).map_err(|_| Value::Bytes(bytes)),
        other => Err(other),
    }
}

/// The result of a call, or the results of a map, that a manager's pool works at: Python's `AsyncResult`, as a proxy.
///
/// Dropped, it lets the work go on. It has no callbacks, as no thread here waits for it.
pub struct AsyncResultProxy<T> {
    proxy: Proxy,
    decode: Decode<T>,
}

#[allow(clippy::missing_errors_doc)] // As the pool's.
impl<T> AsyncResultProxy<T> {
    pub(super) fn new(proxy: Proxy, decode: Decode<T>) -> AsyncResultProxy<T> {
        AsyncResultProxy { proxy, decode }
    }

    /// Waits for the result. Its failure is that of the call, or of the first of a map's that failed.
    pub fn get(&self) -> Result<T> {
        let results = self.proxy.call_with("get", vec![limit(None)])?;
        self.decoded(results)
    }

    /// As [`get`](Self::get) for at most `timeout`; `None` if that was too short. Zero does not wait.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        let results: Option<Vec<Value>> =
            self.proxy.call_with("get", vec![limit(Some(timeout))])?;
        results.map(|results| self.decoded(results)).transpose()
    }

    /// Waits until the result is there, or it is certain that there will be none; at most so long, without limit if `None`. Whether
    /// it is so.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }

    /// Whether the result is there, or it is certain that there will be none.
    pub fn ready(&self) -> Result<bool> {
        self.proxy.call_with("ready", Vec::new())
    }

    /// Whether there is a result and no failure. A fault of the kind [`Value`](crate::managers::FaultKind::Value) if it is not ready.
    pub fn successful(&self) -> Result<bool> {
        self.proxy.call_with("successful", Vec::new())
    }

    fn decoded(&self, results: Vec<Value>) -> Result<T> {
        (self.decode)(results).map_err(|found| {
            let attempt = Attempt::Call(self.proxy.type_id().to_owned(), "get".to_owned());
            Error::wrong_type(attempt, "result of the function", found)
        })
    }
}

impl<T> fmt::Debug for AsyncResultProxy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncResultProxy")
            .field(&self.proxy)
            .finish()
    }
}

/// The results of [`PoolProxy::imap`] or [`PoolProxy::imap_unordered`]. It keeps the pool alive.
pub struct IMapProxy<I, R> {
    _pool: PoolProxy,
    results: Proxy,
    function: &'static str,
    items: I,
    /// How many calls are ahead of the results that were taken.
    window: usize,
    open: usize,
    is_exhausted: bool,
    /// Why no more calls were begun, to be told behind the results of those that were.
    failure: Option<Error>,
    values: PhantomData<fn() -> R>,
}

impl<I, R> IMapProxy<I, R> {
    pub(super) fn new(
        pool: PoolProxy,
        results: Proxy,
        function: &'static str,
        items: I,
        window: usize,
    ) -> IMapProxy<I, R> {
        IMapProxy {
            _pool: pool,
            results,
            function,
            items,
            window,
            open: 0,
            is_exhausted: false,
            failure: None,
            values: PhantomData,
        }
    }
}

impl<I: Iterator, R: DeserializeOwned> IMapProxy<I, R>
where
    I::Item: Serialize,
{
    /// Begins calls until so many are open as may be.
    fn fill(&mut self) -> Result<()> {
        // Half a window at a time: a request for each would double their number.
        if self.is_exhausted || self.open > self.window / 2 {
            return Ok(());
        }
        let wanted = self.window - self.open;
        let items = self
            .items
            .by_ref()
            .take(wanted)
            .map(|item| encoded(&(item,)));
        let attempt = || Attempt::Call("IMap".to_owned(), "next".to_owned());
        let items: Vec<Value> = items
            .collect::<manyways_wire::Result<_>>()
            .map_err(|error| Error::unsendable(attempt(), error))?;
        self.is_exhausted = items.len() < wanted;
        let count = items.len();
        if count > 0 {
            let args = vec![self.function.into(), Value::List(items)];
            self.results.call_with::<()>("begin", args)?;
        }
        self.open += count;
        Ok(())
    }

    fn take(&mut self) -> Result<R> {
        let result = self.results.call_with("next", Vec::new())?;
        value(result).map_err(|found| {
            let attempt = Attempt::Call("IMap".to_owned(), "next".to_owned());
            Error::wrong_type(attempt, "result of the function", found)
        })
    }
}

impl<I: Iterator, R: DeserializeOwned> Iterator for IMapProxy<I, R>
where
    I::Item: Serialize,
{
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        if let Err(error) = self.fill() {
            self.is_exhausted = true;
            self.failure = Some(error);
        }
        if self.open == 0 {
            return self.failure.take().map(Err);
        }
        self.open -= 1;
        Some(self.take())
    }
}

impl<I, R> fmt::Debug for IMapProxy<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IMapProxy")
            .field("function", &self.function)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}
