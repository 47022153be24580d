//! How a pool is made.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use super::engine::Policy;
use super::error::PoolError;
use super::pool::Pool;
use super::supervisor::Recipe;
use super::worker::Initializer;

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
    initializer: Option<Arc<Initializer>>,
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

    /// Has the function called in each worker before its first task. It is inherited, and may be any closure.
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
        self.initializer = Some(Arc::new(move || {
            let result = initializer();
            result.map_err(|error| format!("the initializer failed: {error}"))
        }));
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
    /// When the system has no room for the shared memory or the thread. Workers that cannot be had now are tried again.
    pub fn build(self) -> Result<Pool, PoolError> {
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
            initializer: self.initializer,
        };
        Pool::start(policy, recipe)
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
