//! How a pool is made.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::engine::Policy;
use super::error::PoolError;
use super::function::{Entry, Function};
use super::pool::Pool;
use super::recipe::{Preparation, Recipe};
use crate::process::pool_worker::may_have_children;
use crate::{StartMethod, get_start_method};

/// The settings of a [`Pool`], or of a [`ProcessPoolExecutor`](super::ProcessPoolExecutor).
///
/// ```
/// use multiprocessing::Pool;
///
/// let pool = Pool::builder()
///     .processes(2)
///     .initializer(|| println!("one more worker"))
///     .max_tasks_per_child(100)
///     .build()?;
/// assert_eq!(pool.map(|n: u64| n * n, 1..4)?, [1, 4, 9]);
/// # Ok::<(), multiprocessing::PoolError>(())
/// ```
#[derive(Default)]
#[must_use = "it makes no pool until it is told to build"]
pub struct PoolBuilder {
    processes: Option<usize>,
    name: String,
    method: Option<StartMethod>,
    initializer: Option<Preparation>,
    /// Why the initializer cannot be sent.
    unsendable: Option<manyways_wire::Error>,
    max_tasks: Option<u64>,
}

impl PoolBuilder {
    /// How many workers there are; 0 counts as 1. By default as many as this process may use processors.
    pub fn processes(mut self, processes: usize) -> PoolBuilder {
        self.processes = Some(processes.max(1));
        self
    }

    /// The workers' name for `ps` and `top`, of which the first 15 bytes count. By default "pool worker".
    pub fn name(mut self, name: impl Into<String>) -> PoolBuilder {
        self.name = name.into();
        self
    }

    /// How workers are started: by fork, which is also the default of the program, or by spawn or forkserver, for which the
    /// program must have called [`init`](crate::init).
    ///
    /// Functions need no `#[task]` in any of them: all processes of a pool run one program, and so a function is known by its
    /// place in it.
    pub fn start_method(mut self, method: StartMethod) -> PoolBuilder {
        self.method = Some(method);
        self
    }

    /// Has the function called in each worker before its first task. It is inherited, and may be any closure: but not where
    /// workers are started by spawn or forkserver, which take an [`initializer_with`](PoolBuilder::initializer_with).
    ///
    /// If it panics or ends the worker, another worker is started. If that happens to three times as many workers as the
    /// pool has, in a row, the pool is [broken](PoolError::is_broken_pool); Python's starts workers for ever.
    pub fn initializer(self, initializer: impl Fn() + Send + Sync + 'static) -> PoolBuilder {
        self.try_initializer(move || {
            initializer();
            Ok::<(), String>(())
        })
    }

    /// As [`initializer`](PoolBuilder::initializer), for a function that may fail.
    pub fn try_initializer<E: fmt::Display>(
        mut self,
        initializer: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> PoolBuilder {
        self.initializer = Some(Preparation::Closure(Arc::new(move || {
            let result = initializer();
            result.map_err(|error| format!("the initializer failed: {error}"))
        })));
        self
    }

    /// As [`initializer`](PoolBuilder::initializer), for a function that has captured nothing, and its arguments, which are
    /// sent: Python's `initializer` and `initargs`.
    pub fn initializer_with<F, Args>(mut self, function: F, args: &Args) -> PoolBuilder
    where
        F: Function<Args> + Copy,
        F::Output: Serialize,
        Args: Serialize + DeserializeOwned,
    {
        match manyways_wire::encode(args) {
            Ok(args) => {
                let place = Entry::of(function).place();
                self.initializer = Some(Preparation::Function(place, args));
            }
            Err(error) => self.unsendable = Some(error),
        }
        self
    }

    /// Replaces a worker after it has run so many chunks; 0 counts as 1. Python's `maxtasksperchild`.
    pub fn max_tasks_per_child(mut self, tasks: u64) -> PoolBuilder {
        self.max_tasks = Some(tasks.max(1));
        self
    }

    /// Starts the pool.
    ///
    /// # Errors
    ///
    /// When the system has no room for the shared memory or the thread; workers that cannot be had now are tried again, as
    /// the table of [`Pool`] says. If this process is daemonic, and so may have no children. If the start method is spawn or
    /// forkserver, and the initializer a closure; if the initializer's arguments cannot be encoded.
    pub fn build(self) -> Result<Pool, PoolError> {
        let method = self.method.unwrap_or_else(get_start_method);
        self.check(method)
            .map_err(|error| PoolError::system("make a pool", error))?;
        let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let policy = Policy {
            workers: self.processes.unwrap_or_else(available),
            max_tasks: self.max_tasks,
        };
        let name = match self.name.is_empty() {
            true => "pool worker".to_owned(),
            false => self.name,
        };
        let recipe = Recipe {
            name,
            method,
            initializer: self.initializer,
        };
        Pool::start(policy, recipe)
    }

    fn check(&self, method: StartMethod) -> io::Result<()> {
        let is_closure = matches!(self.initializer, Some(Preparation::Closure(_)));
        if let Some(error) = &self.unsendable {
            let why = format!("the initializer's arguments cannot be sent: {error}");
            return Err(io::Error::other(why));
        }
        match method {
            _ if !may_have_children() => Err(io::Error::other(
                "this process is daemonic, and such may have no children",
            )),
            StartMethod::Spawn | StartMethod::ForkServer if is_closure => {
                Err(io::Error::other(format!(
                    "workers that are started by {method} do not inherit a closure; use `initializer_with`"
                )))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for PoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("processes", &self.processes)
            .field("name", &self.name)
            .field("max_tasks_per_child", &self.max_tasks)
            .finish_non_exhaustive()
    }
}
