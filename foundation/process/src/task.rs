//! A closure in a child process, and its value at the join.

use std::marker::PhantomData;
use std::time::{Duration, Instant};
use std::{error, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Child, Error, Exit, Fork, Link, PanicReport, Result, poll_readable};

/// A closure that runs in a forked child; [`join`](Task::join) gives its value.
///
/// Dropping the task kills the child.
#[derive(Debug)]
pub struct Task<T> {
    child: Child,
    link: Link,
    value: PhantomData<fn() -> T>,
}

/// What a task's child sends: the value, or why it could not be encoded.
type Sent<T> = std::result::Result<T, String>;

/// Why a [`Task`] has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// The closure panicked.
    Panicked {
        /// The child's process id.
        pid: u32,
        /// Message, place and backtrace.
        report: PanicReport,
    },
    /// The process ended before it had sent its value.
    Died {
        /// The child's process id.
        pid: u32,
        /// How it ended.
        exit: Exit,
    },
    /// The value could not be encoded or decoded, or the link failed.
    Lost {
        /// The child's process id.
        pid: u32,
        /// What failed.
        error: Error,
    },
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked { pid, report } => write!(f, "process {pid} {report}"),
            JoinError::Died { pid, exit } => {
                write!(f, "process {pid} {exit} before it had sent its value")
            }
            JoinError::Lost { pid, error } => {
                write!(f, "the value of process {pid} is lost: {error}")
            }
        }
    }
}

impl error::Error for JoinError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            JoinError::Lost { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl Fork {
    /// Forks a child that computes `f()`; the value is sent back and waits for the join.
    ///
    /// ```
    /// use manyways_process::Fork;
    ///
    /// let words = ["fork", "join"];
    /// let task = Fork::new().run(|| words.concat())?;
    /// assert_eq!(task.join()?, "forkjoin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Fork::spawn`].
    pub fn run<T, F>(self, f: F) -> Result<Task<T>>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> T,
    {
        let (child, link) = self.spawn(|link| {
            let value = f();
            match link.send(&Ok::<&T, String>(&value)) {
                Err(error) if error.is_encode() => {
                    let _ = link.send(&Err::<&T, String>(error.to_string()));
                }
                // Any other error means that nobody is left to be told.
                _ => {}
            }
        })?;
        Ok(Task {
            child,
            link,
            value: PhantomData,
        })
    }
}

impl<T: DeserializeOwned> Task<T> {
    /// The child's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// The child, to be waited for with others, signalled or killed.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for the value. The child is reaped when this returns.
    ///
    /// # Errors
    ///
    /// The closure panicked, or the process died, or its value could not be carried over.
    pub fn join(mut self) -> std::result::Result<T, JoinError> {
        let _ = self.link.set_nonblocking(false); // An earlier join_timeout may have switched it.
        let received = self.link.recv();
        self.finish(received)
    }

    /// Waits at most `timeout` for the value; `None` if it has not arrived by then. The value is given
    /// once: after `Some`, a further join finds the child gone.
    pub fn join_timeout(&mut self, timeout: Duration) -> Option<std::result::Result<T, JoinError>> {
        let deadline = Instant::now() + timeout;
        let received = match self.link.set_nonblocking(true) {
            Ok(()) => self.receive_until(deadline)?,
            Err(error) => Err(error),
        };
        Some(self.finish(received))
    }

    fn receive_until(&mut self, deadline: Instant) -> Option<Result<Sent<T>>> {
        loop {
            match self.link.recv() {
                Err(error) if error.is_timeout() => {}
                received => return Some(received),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let ready = match self.link.as_fd() {
                Ok(fd) => poll_readable(&[fd], Some(left)),
                Err(error) => return Some(Err(error)),
            };
            match ready {
                Ok(ready) if ready.is_empty() => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(Error::system("wait for a value", error))),
            }
        }
    }

    fn finish(&mut self, received: Result<Sent<T>>) -> std::result::Result<T, JoinError> {
        let pid = self.pid();
        match received {
            Ok(Ok(value)) => {
                let _ = self.child.wait();
                Ok(value)
            }
            Ok(Err(reason)) => Err(JoinError::Lost {
                pid,
                error: Error::remote(reason),
            }),
            Err(error) => Err(self.explain(error)),
        }
    }

    fn explain(&mut self, error: Error) -> JoinError {
        let pid = self.pid();
        if let Some(report) = error.panic_report() {
            return JoinError::Panicked {
                pid,
                report: report.clone(),
            };
        }
        match self.child.wait() {
            Ok(exit) if error.is_closed() => JoinError::Died { pid, exit },
            _ => JoinError::Lost { pid, error },
        }
    }
}
