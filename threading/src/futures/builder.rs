//! How an executor is made.

use std::fmt;
use std::sync::Arc;
use std::thread::available_parallelism;

use super::executor::ThreadPoolExecutor;
use super::pool::{Plan, Pool};
use super::scoped::ScopedExecutor;
use super::worker;
use crate::error::MisuseError;
use crate::thread::{Scope, close_at_end};

/// What [`ThreadPoolExecutor::builder`] gives.
#[must_use = "a builder does nothing before its `build`"]
pub struct Builder {
    max_workers: Option<usize>,
    thread_name_prefix: Option<String>,
    initializer: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            max_workers: None,
            thread_name_prefix: None,
            initializer: None,
        }
    }

    /// At most so many threads. Without it, four more than there are processors for this program, and at most 32, as in
    /// Python.
    pub fn max_workers(mut self, max_workers: usize) -> Builder {
        self.max_workers = Some(max_workers);
        self
    }

    /// Threads are called `PREFIX_0`, `PREFIX_1` and so on. Without it the prefix is `ThreadPoolExecutor-N`. The system
    /// keeps the first 15 bytes of a name.
    pub fn thread_name_prefix(mut self, prefix: impl Into<String>) -> Builder {
        self.thread_name_prefix = Some(prefix.into());
        self
    }

    /// Each thread calls it before its first task.
    ///
    /// If it panics the pool is broken: futures whose tasks have not begun get an error that
    /// [says so](super::FutureError::is_broken_pool) and has the panic, and so do later calls of `submit`.
    pub fn initializer(mut self, initializer: impl Fn() + Send + Sync + 'static) -> Builder {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// The executor. Its threads are started when there is something to do for them.
    ///
    /// # Errors
    ///
    /// If there are to be no threads.
    #[track_caller]
    pub fn build(self) -> Result<ThreadPoolExecutor, MisuseError> {
        self.check()?;
        Ok(self.finish())
    }

    pub(super) fn finish(self) -> ThreadPoolExecutor {
        let pool = Pool::new(self.plan(), Box::new(worker::start));
        let weak = Arc::downgrade(&pool);
        close_at_end(weak);
        ThreadPoolExecutor::from_pool(pool)
    }

    /// An executor whose tasks may borrow what outlives the [`scope`](crate::scope).
    ///
    /// # Errors
    ///
    /// If there are to be no threads.
    #[track_caller]
    pub fn scoped<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
    ) -> Result<ScopedExecutor<'scope>, MisuseError> {
        self.check()?;
        let pool = Pool::new(self.plan(), worker::start_in(scope));
        Ok(ScopedExecutor::from_pool(pool))
    }

    #[track_caller]
    fn check(&self) -> Result<(), MisuseError> {
        if self.max_workers == Some(0) {
            return Err(MisuseError::new(
                "an executor without threads",
                "max_workers is 1 or more",
            ));
        }
        Ok(())
    }

    fn plan(self) -> Plan<'static> {
        Plan {
            max_workers: self.max_workers.unwrap_or_else(default_workers),
            thread_name_prefix: self.thread_name_prefix,
            initializer: self.initializer,
        }
    }
}

fn default_workers() -> usize {
    let processors = available_parallelism().map_or(1, usize::from);
    (processors + 4).min(32)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("max_workers", &self.max_workers)
            .field("thread_name_prefix", &self.thread_name_prefix)
            .field("initializer", &self.initializer.is_some())
            .finish()
    }
}
