//! Processes that have a stub of their own.

use std::time::Duration;

use manyways_process::{Child, Fork, Task};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stub_share::StubShare;
use crate::error::{Attempt, Error, Reason, Result};

impl StubShare {
    /// Forks a process that runs `f` with a stub of its own and `args`: the original's `newProc`. Its value comes with
    /// [`Proc::join`], which the original lacks.
    ///
    /// `f` and `args` are inherited, not sent; only the value must be encodable. The process dies with this one.
    ///
    /// ```
    /// # use remoted::{InitShare, StubShare};
    /// let handle = InitShare::new().port(0).start()?;
    /// let share = StubShare::connect(handle.address())?;
    /// share.set("greeting", "hello")?;
    /// let greet = |share: &StubShare, name: &str| {
    ///     format!("{} {name}", share.get::<String>("greeting").unwrap())
    /// };
    /// let proc = share.new_proc(greet, "world")?;
    /// assert_eq!(proc.join()?, "hello world");
    /// # handle.stop()?;
    /// # Ok::<(), remoted::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the system has no room for another process. That the process cannot connect is an error of its join.
    pub fn new_proc<A, T>(&self, f: impl FnOnce(&StubShare, A) -> T, args: A) -> Result<Proc<T>>
    where
        T: Serialize + DeserializeOwned,
    {
        let settings = self.settings().clone();
        let timeout = self.timeout();
        let task = Fork::new().run(move || {
            let share = settings.connect().map_err(|error| error.to_string())?;
            share.set_timeout(timeout);
            Ok(f(&share, args))
        });
        let task = task.map_err(|error| Error::new(Attempt::NewProc, Reason::Process(error)))?;
        Ok(Proc { task })
    }
}

/// A process made by [`StubShare::new_proc`].
///
/// Dropping it kills the process; whatever that had locked is free then.
#[derive(Debug)]
#[must_use = "dropping it kills the process"]
pub struct Proc<T> {
    task: Task<Result<T, String>>,
}

impl<T: DeserializeOwned> Proc<T> {
    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.task.pid()
    }

    /// The process, to be waited for with others, signalled or killed.
    pub fn child(&mut self) -> &mut Child {
        self.task.child()
    }

    /// Waits for the end of the process and gives its value.
    ///
    /// # Errors
    ///
    /// The process panicked ([`panic_report`](Error::panic_report)), died ([`exit`](Error::exit)), could
    /// not connect, or its value could not be carried over.
    pub fn join(self) -> Result<T> {
        joined(self.task.join())
    }

    /// As [`join`](Self::join), but `None` if the process still runs after `timeout`. Once it has given
    /// a value, the process is gone.
    pub fn join_timeout(&mut self, timeout: Duration) -> Option<Result<T>> {
        self.task.join_timeout(timeout).map(joined)
    }
}

fn joined<T>(
    outcome: std::result::Result<Result<T, String>, manyways_process::JoinError>,
) -> Result<T> {
    let reason = match outcome {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(cause)) => Reason::Child(cause),
        Err(error) => Reason::Join(error),
    };
    Err(Error::new(Attempt::Join, reason))
}

/// Joins processes; their outcomes in the order given. One that fails does not keep the others from being waited for.
pub fn join_all<T: DeserializeOwned>(procs: impl IntoIterator<Item = Proc<T>>) -> Vec<Result<T>> {
    // Collected first: an iterator that makes them lazily would run one after the other.
    let procs: Vec<Proc<T>> = procs.into_iter().collect();
    procs.into_iter().map(Proc::join).collect()
}
