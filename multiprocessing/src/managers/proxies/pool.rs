//! `Pool` and its results.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use manyways_wire::task::{self, Task};
use manyways_wire::{decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{face, limit};
use crate::managers::error::{Attempt, Error, Result};
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::{Proxy, Value};

/// How many results of an [`imap`](PoolProxy::imap) are on their way, for each worker.
const WINDOW: usize = 4;

/// A pool of worker processes, in a manager: Python's `PoolProxy`.
///
/// Its workers are children of the manager's server, so any process that has the proxy can use it, on other machines too. A
/// function goes to them by its name, which [`#[task]`](crate::task) registers. For a pool of one process there is
/// [`Pool`](crate::Pool), which takes closures, is faster, and can do more.
///
/// ```
/// use multiprocessing::managers::Manager;
/// use multiprocessing::task;
///
/// #[task]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// let manager = Manager::start()?;
/// let pool = manager.pool(2)?;
/// assert_eq!(pool.apply(square, (7,))?, 49);
/// assert_eq!(pool.map(square, 0..5)?, [0, 1, 4, 9, 16]);
/// let squares: Result<Vec<_>, _> = pool.imap(square, 0..5)?.collect();
/// assert_eq!(squares?, [0, 1, 4, 9, 16]);
/// let later = pool.apply_async(square, (8,))?;
/// assert_eq!(later.get()?, 64);
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
///
/// # When something dies
///
/// A worker costs the call that it was running: a fault of the kind [`WorkerDied`](FaultKind::WorkerDied); a panic of the function is
/// one of the kind [`Panicked`](FaultKind::Panicked), with its backtrace. A process that uses the pool costs nothing; what it began is
/// done, and its results are dropped. The workers end with the pool, when nobody refers to it any more, and with the server.
///
/// # Errors
///
/// Every method fails as [`Proxy::call`] does; with a fault of the kind [`NoFunction`](FaultKind::NoFunction) if the function is not
/// registered in this program or the server's, and [`Pool`](FaultKind::Pool) if the pool takes no calls any more.
pub struct PoolProxy {
    proxy: Proxy,
}

face!(PoolProxy, "Pool");

#[allow(clippy::missing_errors_doc)] // The type says it for all.
impl PoolProxy {
    /// Has a worker call the function, and waits for the result.
    pub fn apply<F, A>(&self, function: F, args: A) -> Result<F::Output>
    where
        F: Task<A>,
        A: Serialize,
    {
        self.apply_async(function, args)?.get()
    }

    /// Has a worker call the function.
    pub fn apply_async<F, A>(&self, function: F, args: A) -> Result<AsyncResultProxy<F::Output>>
    where
        F: Task<A>,
        A: Serialize,
    {
        let results = self.begin("apply", &function, [args], None)?;
        Ok(AsyncResultProxy::new(results, one))
    }

    /// Has the workers call the function for all items, and waits for all results.
    ///
    /// All are run; if some fail, it is the failure of the first in their order.
    pub fn map<F, T, R>(&self, function: F, items: impl IntoIterator<Item = T>) -> Result<Vec<R>>
    where
        F: Task<(T,), Output = R>,
        T: Serialize,
        R: DeserializeOwned,
    {
        self.map_async(function, items)?.get()
    }

    /// As [`map`](Self::map), for whoever asks for the results later.
    pub fn map_async<F, T, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = T>,
    ) -> Result<AsyncResultProxy<Vec<R>>>
    where
        F: Task<(T,), Output = R>,
        T: Serialize,
        R: DeserializeOwned,
    {
        let items = items.into_iter().map(|item| (item,));
        let results = self.begin("map", &function, items, None)?;
        Ok(AsyncResultProxy::new(results, all))
    }

    /// As [`map`](Self::map), for items that are tuples of arguments.
    pub fn starmap<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Vec<R>>
    where
        F: Task<A, Output = R>,
        A: Serialize,
        R: DeserializeOwned,
    {
        self.starmap_async(function, items)?.get()
    }

    /// As [`map_async`](Self::map_async), for items that are tuples of arguments.
    pub fn starmap_async<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
    ) -> Result<AsyncResultProxy<Vec<R>>>
    where
        F: Task<A, Output = R>,
        A: Serialize,
        R: DeserializeOwned,
    {
        let results = self.begin("starmap", &function, items, None)?;
        Ok(AsyncResultProxy::new(results, all))
    }

    /// Has the workers call the function for the items, and gives the results one by one, in the items' order. An item that fails
    /// gives its error in its place.
    ///
    /// Items are taken as results are asked for, and a few ahead; so they may be endless. If no more calls can be begun, as when the
    /// pool is closed, that is the last result.
    pub fn imap<F, I, R>(&self, function: F, items: I) -> Result<IMapProxy<I::IntoIter, R>>
    where
        I: IntoIterator,
        F: Task<(I::Item,), Output = R>,
        I::Item: Serialize,
        R: DeserializeOwned,
    {
        self.one_by_one("imap", &function, items.into_iter(), true)
    }

    /// As [`imap`](Self::imap), in the order in which the results come.
    pub fn imap_unordered<F, I, R>(
        &self,
        function: F,
        items: I,
    ) -> Result<IMapProxy<I::IntoIter, R>>
    where
        I: IntoIterator,
        F: Task<(I::Item,), Output = R>,
        I::Item: Serialize,
        R: DeserializeOwned,
    {
        self.one_by_one("imap_unordered", &function, items.into_iter(), false)
    }

    /// How many workers it has.
    pub fn processes(&self) -> Result<usize> {
        self.proxy.call_with("processes", Vec::new())
    }

    /// Takes no calls any more, of nobody. The workers end when all is done.
    pub fn close(&self) -> Result<()> {
        self.proxy.call_with("close", Vec::new())
    }

    /// Kills the workers. What is not done fails.
    pub fn terminate(&self) -> Result<()> {
        self.proxy.call_with("terminate", Vec::new())
    }

    /// Waits until the workers have ended. A fault of the kind [`Misuse`](FaultKind::Misuse) if the pool was neither closed nor
    /// terminated.
    pub fn join(&self) -> Result<()> {
        self.proxy.call_with("join", Vec::new())
    }

    fn begin<F: Task<A>, A: Serialize>(
        &self,
        method: &str,
        function: &F,
        items: impl IntoIterator<Item = A>,
        chunksize: Option<usize>,
    ) -> Result<Proxy> {
        let attempt = || Attempt::Call("Pool".to_owned(), method.to_owned());
        let name = name_of(function).map_err(|fault| Error::of_fault(attempt(), fault))?;
        let items = items.into_iter().map(|item| encoded(&item));
        let items: Vec<Value> = items
            .collect::<manyways_wire::Result<_>>()
            .map_err(|error| Error::unsendable(attempt(), error))?;
        let args = vec![name.into(), Value::List(items), chunksize.into_value()];
        self.proxy.call_with("map", args)
    }

    fn one_by_one<F, I, R>(
        &self,
        method: &str,
        function: &F,
        items: I,
        is_ordered: bool,
    ) -> Result<IMapProxy<I, R>>
    where
        I: Iterator,
        F: Task<(I::Item,)>,
    {
        let attempt = || Attempt::Call("Pool".to_owned(), method.to_owned());
        let name = name_of(function).map_err(|fault| Error::of_fault(attempt(), fault))?;
        let window = WINDOW * self.processes()?;
        let results = self.proxy.call_with("imap", vec![is_ordered.into()])?;
        Ok(IMapProxy {
            _pool: self.clone(),
            results,
            function: name,
            items,
            window,
            open: 0,
            is_exhausted: false,
            failure: None,
            values: PhantomData,
        })
    }
}

/// A function that the workers will find.
fn name_of<F: Task<A>, A>(function: &F) -> Result<&'static str, Fault> {
    let entry = task::entry_of(function);
    entry
        .map(task::Entry::name)
        .map_err(|error| Fault::new(FaultKind::NoFunction, error.to_string()))
}

fn encoded<A: Serialize>(args: &A) -> manyways_wire::Result<Value> {
    encode(args).map(Value::Bytes)
}

/// How results are made of what the workers sent.
type Decode<T> = fn(Vec<Value>) -> Result<T, Value>;

fn one<T: DeserializeOwned>(mut results: Vec<Value>) -> Result<T, Value> {
    value(results.pop().unwrap_or(Value::None))
}

fn all<T: DeserializeOwned>(results: Vec<Value>) -> Result<Vec<T>, Value> {
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
    fn new(proxy: Proxy, decode: Decode<T>) -> AsyncResultProxy<T> {
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

    /// Whether there is a result and no failure. A fault of the kind [`Value`](FaultKind::Value) if it is not ready.
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
