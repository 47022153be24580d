//! `Pool`.

use manyways_wire::encode;
use manyways_wire::task::{self, Task};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::face;
use super::results::{AsyncResultProxy, IMapProxy, all, one};
use crate::managers::error::{Attempt, Error, Result};
use crate::managers::fault::{Fault, FaultKind};
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
        let results = self.begin("apply", &function, [args])?;
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
        let results = self.begin("map", &function, items)?;
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
        let results = self.begin("starmap", &function, items)?;
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
    ) -> Result<Proxy> {
        let attempt = || Attempt::Call("Pool".to_owned(), method.to_owned());
        let name = name_of(function).map_err(|fault| Error::of_fault(attempt(), fault))?;
        let items = items.into_iter().map(|item| encoded(&item));
        let items: Vec<Value> = items
            .collect::<manyways_wire::Result<_>>()
            .map_err(|error| Error::unsendable(attempt(), error))?;
        let args = vec![name.into(), Value::List(items)];
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
        Ok(IMapProxy::new(self.clone(), results, name, items, window))
    }
}

/// A function that the workers will find.
fn name_of<F: Task<A>, A>(function: &F) -> Result<&'static str, Fault> {
    let entry = task::entry_of(function);
    entry
        .map(task::Entry::name)
        .map_err(|error| Fault::new(FaultKind::NoFunction, error.to_string()))
}

pub(super) fn encoded<A: Serialize>(args: &A) -> manyways_wire::Result<Value> {
    encode(args).map(Value::Bytes)
}
