//! A closure in a child process, and its value at the join.

use std::marker::PhantomData;
use std::time::{Duration, Instant};
use std::{error, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::backtrace::begin_forked_body;
use crate::{Child, Error, Exit, Fork, Link, PanicReport, Result, poll_readable};

/// A closure that runs in a forked child; [`join`](Task::join) gives its value.
///
/// Dropping the task kills the child.
pub struct Task<T> {
    child: Child,
    /// Never waits: what is waited for is the link or the end of the child, whichever comes first.
    link: Link,
    value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("child", &self.child)
            .finish_non_exhaustive()
    }
}

/// What a task's child sends: the value, or why it could not be encoded.
type Sent<T> = std::result::Result<T, String>;

/// What came before the deadline.
enum Received<T> {
    Sent(Sent<T>),
    Panic(PanicReport),
    /// The end of the link, or of the child.
    Nothing,
}

/// Why a wait ended.
enum News {
    OfLink,
    OfEnd,
    None,
}

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
        let (child, mut link) = self.spawn(|link| {
            let value = begin_forked_body(f);
            match link.send(&Ok::<&T, String>(&value)) {
                Err(error) if error.is_encode() => {
                    let _ = link.send(&Err::<&T, String>(error.to_string()));
                }
                // Any other error means that nobody is left to be told.
                _ => {}
            }
        })?;
        link.set_nonblocking(true)?;
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

    /// Waits for the value, and then for the end of the child, which only has its output to flush.
    ///
    /// A child that has died has sent all it ever will, even if a process that it left behind keeps its
    /// end of the link open.
    ///
    /// # Errors
    ///
    /// The closure panicked, or the process died, or its value could not be carried over.
    pub fn join(mut self) -> std::result::Result<T, JoinError> {
        self.join_for_ever()
    }

    /// Waits at most `timeout` for the value; `None` if it has not arrived by then. The value is given
    /// once: after `Some`, a further join finds the child gone.
    ///
    /// When the value is there, the child has until the end of `timeout` to end too. One that does not
    /// is left running, and is killed when the task is dropped.
    pub fn join_timeout(&mut self, timeout: Duration) -> Option<std::result::Result<T, JoinError>> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.join_until(Some(deadline)),
            None => Some(self.join_for_ever()),
        }
    }

    fn join_for_ever(&mut self) -> std::result::Result<T, JoinError> {
        loop {
            if let Some(joined) = self.join_until(None) {
                return joined;
            }
        }
    }

    fn join_until(
        &mut self,
        deadline: Option<Instant>,
    ) -> Option<std::result::Result<T, JoinError>> {
        let pid = self.pid();
        let received = match self.receive(deadline) {
            Ok(received) => received?,
            Err(error) => return Some(Err(JoinError::Lost { pid, error })),
        };
        let exit = self.reap(deadline);
        let error = match received {
            Received::Sent(Ok(value)) => return Some(Ok(value)),
            Received::Sent(Err(reason)) => {
                let error = Error::remote(reason);
                JoinError::Lost { pid, error }
            }
            Received::Panic(report) => JoinError::Panicked { pid, report },
            Received::Nothing => match exit {
                Ok(exit) => JoinError::Died { pid, exit: exit? },
                Err(error) => JoinError::Lost { pid, error },
            },
        };
        Some(Err(error))
    }

    /// `None` if nothing has come by the deadline.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<Option<Received<T>>> {
        loop {
            let news = self.wait_for_news(deadline)?;
            match self.link.recv() {
                Ok(sent) => return Ok(Some(Received::Sent(sent))),
                Err(error) if error.is_closed() => return Ok(Some(Received::Nothing)),
                Err(error) if error.is_timeout() => {}
                Err(error) => {
                    let report = error.panic_report().cloned();
                    return report.map_or(Err(error), |report| Ok(Some(Received::Panic(report))));
                }
            }
            match news {
                News::OfLink if deadline.is_some_and(|at| at <= Instant::now()) => return Ok(None),
                News::OfLink => {}
                // All that it had sent lay in the link before it ended.
                News::OfEnd => return Ok(Some(Received::Nothing)),
                News::None => return Ok(None),
            }
        }
    }

    fn wait_for_news(&self, deadline: Option<Instant>) -> Result<News> {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let link = self.link.as_fd()?;
        let ready = match self.child.as_fd()? {
            Some(pidfd) => poll_readable(&[link, pidfd], left),
            None => poll_readable(&[link], left),
        };
        match ready.map_err(|error| Error::system("wait for a value", error))?[..] {
            [] => Ok(News::None),
            [0, ..] => Ok(News::OfLink),
            _ => Ok(News::OfEnd),
        }
    }

    fn reap(&mut self, deadline: Option<Instant>) -> Result<Option<Exit>> {
        match deadline {
            None => self.child.wait().map(Some),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.child.wait_timeout(left)
            }
        }
    }
}
