//! Workers that serve many sets of items.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::hash::Hash;

use manyways_process::{Link, catch_panic};
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::parallelize::distinct;
use crate::pool::Pool;
use crate::protocol::Outcome;
use crate::reporter::Reporter;
use crate::run::Run;
use crate::serve::{call, decode_item, serve};
use crate::settings::Settings;
use crate::{Builder, Error, Failure, Raised};

/// The map of items to what became of them.
type Results<I, R> = HashMap<I, Result<R, Failure>>;

/// Worker processes that run one function on as many sets of items as come.
///
/// ```
/// use delegate::Parallelizer;
///
/// let table = vec![0, 1, 4, 9]; // inherited by the workers
/// let mut parallelizer = Parallelizer::new(move |n: &usize| table[*n]);
/// parallelizer.spawn(2)?;
/// parallelizer.process([1, 2]);
/// parallelizer.process([3, 30]);
/// assert_eq!(parallelizer.results()[&2], Ok(4));
/// assert_eq!(parallelizer.results()[&3], Ok(9));
/// assert!(parallelizer.results()[&30].is_err()); // and the worker lives on
/// parallelizer.cleanup();
/// # Ok::<(), delegate::Error>(())
/// ```
///
/// A worker inherits what the function captures, as it is when the worker is forked, and nothing that
/// changes later. So the items are sent, and must be serialisable, unlike those of
/// [`parallelize`](crate::parallelize()).
///
/// Dropping it kills the workers; [`cleanup`](Self::cleanup) lets them end by themselves.
pub struct Parallelizer<'a, I, R> {
    pool: Pool<'a>,
    settings: Settings,
    results: Results<I, R>,
    initialised: bool,
    reporter: Box<dyn Reporter<I, R> + 'a>,
}

impl<'a, I, R> Parallelizer<'a, I, R>
where
    I: Hash + Eq + Serialize + DeserializeOwned + 'a,
    R: Serialize + DeserializeOwned + 'a,
{
    /// A parallelizer of `function` with no workers yet. For a reporter, a time limit or retries, see
    /// [`Builder::parallelizer`].
    pub fn new(function: impl FnMut(&I) -> R + 'a) -> Parallelizer<'a, I, R> {
        Builder::new().parallelizer(function)
    }

    /// As [`new`](Self::new) for a function that returns a `Result`.
    pub fn try_new<E: Display>(
        function: impl FnMut(&I) -> Result<R, E> + 'a,
    ) -> Parallelizer<'a, I, R> {
        Builder::new().try_parallelizer(function)
    }

    pub(crate) fn with(
        settings: Settings,
        reporter: Box<dyn Reporter<I, R> + 'a>,
        mut function: impl FnMut(&I) -> Result<R, Raised> + 'a,
    ) -> Parallelizer<'a, I, R> {
        let body = move |link: &mut Link| {
            serve(link, |order, reply| run_order(&mut function, order, reply));
        };
        Parallelizer {
            pool: Pool::new(0, body),
            settings,
            results: HashMap::new(),
            initialised: false,
            reporter,
        }
    }

    /// Forks so many more workers. From now on there are so many more of them: one that dies is
    /// replaced when there is an item for it.
    ///
    /// # Errors
    ///
    /// When the system refuses another process. The workers that were started are kept, and
    /// [`process`](Self::process) will try again for the rest.
    pub fn spawn(&mut self, workers: usize) -> Result<(), Error> {
        self.initialise();
        self.pool.wanted += workers;
        for started in 0..workers {
            let forked = self.pool.fork();
            let worker = forked.map_err(|cause| Error::new(started, workers, cause))?;
            self.reporter.spawn(worker);
        }
        Ok(())
    }

    /// Runs the function on every item, and returns when all are done. What became of each is then
    /// in the [`results`](Self::results), in place of what they had for an equal item.
    ///
    /// With no workers, it spawns as many as the [`Builder`] was told, or six, at most one an item.
    /// A reporter's panic goes through; the workers that were busy then are killed at the next call,
    /// and the outcomes of this call are lost.
    pub fn process(&mut self, items: impl IntoIterator<Item = I>) {
        let items = distinct(items);
        self.initialise();
        if self.pool.wanted == 0 {
            self.pool.wanted = self.settings.children;
        }
        let mut encode =
            |position: usize, order: &mut Vec<u8>| encode_item(&items[position], order);
        let run = Run::new(
            &items,
            &mut encode,
            &self.settings,
            &mut *self.reporter,
            &mut self.pool,
        );
        let outcomes: Vec<_> = run.outcomes().collect();
        self.results.extend(items.into_iter().zip(outcomes));
    }

    /// What became of every item so far.
    #[must_use]
    pub fn results(&self) -> &HashMap<I, Result<R, Failure>> {
        &self.results
    }

    /// The process ids of the workers.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        let workers = self.pool.workers.iter();
        workers.map(|worker| worker.identity.pid).collect()
    }

    /// Lets the workers end and waits for that, up to the [grace](Builder::grace); those that are
    /// still there then are killed. The results stay, and the next `spawn` or `process` starts new
    /// workers.
    pub fn cleanup(&mut self) {
        self.pool.tidy(&mut *self.reporter);
        self.pool.end(self.settings.grace, &mut *self.reporter);
        if std::mem::take(&mut self.initialised) {
            self.reporter.cleanup();
        }
    }

    /// Cleans up and gives the results.
    #[must_use]
    pub fn into_results(mut self) -> HashMap<I, Result<R, Failure>> {
        self.cleanup();
        self.results
    }

    fn initialise(&mut self) {
        if !std::mem::replace(&mut self.initialised, true) {
            self.reporter.init();
        }
    }
}

/// In the worker: one order, from bytes to bytes.
fn run_order<I: DeserializeOwned, R: Serialize>(
    function: &mut dyn FnMut(&I) -> Result<R, Raised>,
    order: &[u8],
    reply: &mut Vec<u8>,
) -> Outcome {
    let item = match decode_item::<I>(order) {
        Ok(item) => item,
        Err(outcome) => return outcome,
    };
    let outcome = call(function, &item, reply);
    // A panicking destructor of an item comes too late to make the result worse.
    let _ = catch_panic(|| drop(item));
    outcome
}

fn encode_item<I: Serialize>(item: &I, order: &mut Vec<u8>) -> Result<(), Failure> {
    let reason = match catch_panic(|| wire::encode_into(item, order)) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(report) => format!("encoding it {report}"),
    };
    Err(Failure::Unsendable {
        reason: format!("could not send the item: {reason}"),
    })
}

impl<I, R> fmt::Debug for Parallelizer<'_, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parallelizer")
            .field("workers", &self.pool.workers)
            .field("settings", &self.settings)
            .field("results", &self.results.len())
            .finish_non_exhaustive()
    }
}
