//! How a map is run.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use crate::Chunks;

/// How far a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items that are finished: have a result, or have failed for good.
    pub done: usize,
    /// All items.
    pub total: usize,
}

/// How a map is run: a builder. What is not set has the default that [`map`](crate::map) uses.
///
/// ```
/// use std::time::Duration;
/// use forkmap::{Chunks, ForkMap};
///
/// let squares = ForkMap::new()
///     .processes(4)
///     .chunks(Chunks::fixed(10))
///     .retries(2)
///     .deadline(Duration::from_secs(60))
///     .map(0..100, |x: u64| x * x)?;
/// assert_eq!(squares[99], 9801);
/// # Ok::<(), forkmap::Error<u64>>(())
/// ```
#[must_use]
pub struct ForkMap<'a> {
    pub(crate) options: Options<'a>,
}

pub(crate) struct Options<'a> {
    pub(crate) name: String,
    pub(crate) processes: Option<NonZeroUsize>,
    pub(crate) chunks: Chunks,
    pub(crate) retries: u32,
    pub(crate) keep_going: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) progress: Option<Box<dyn FnMut(Progress) + 'a>>,
    pub(crate) initializer: Option<Box<dyn FnMut(usize) + 'a>>,
}

impl Default for ForkMap<'_> {
    fn default() -> Self {
        ForkMap::new()
    }
}

impl<'a> ForkMap<'a> {
    /// All defaults: as many processes as there are usable processors, guided pieces, the first failure
    /// stops the map, no time limit.
    pub fn new() -> ForkMap<'a> {
        ForkMap {
            options: Options {
                name: "forkmap".to_owned(),
                processes: None,
                chunks: Chunks::default(),
                retries: 0,
                keep_going: false,
                deadline: None,
                progress: None,
                initializer: None,
            },
        }
    }

    /// The number of processes; 0 stands for the default, [`nprocessors`](crate::nprocessors). Never
    /// more are forked than there are items.
    ///
    /// With 1, the items run in one child, and a crash there is still only an error. (The original
    /// calls the built-in `map` in the parent then.)
    pub fn processes(mut self, processes: usize) -> Self {
        self.options.processes = NonZeroUsize::new(processes);
        self
    }

    /// How many items a process takes at a time.
    pub fn chunks(mut self, chunks: Chunks) -> Self {
        self.options.chunks = chunks;
        self
    }

    /// How often an item is run again after the process that ran it died; 0 at first. The items that
    /// the same process had taken and not begun, or not told of, are run again too, and do not count as
    /// tried. So with this, or with [`keep_going`](Self::keep_going), an item may be run more than
    /// once. A panic is not retried.
    pub fn retries(mut self, retries: u32) -> Self {
        self.options.retries = retries;
        self
    }

    /// Whether the map goes on after a failure and tells all failures at the end. Otherwise, at the
    /// first failure, the processes finish the items that they are running and take no more.
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.options.keep_going = keep_going;
        self
    }

    /// Ends the processes, in whatever they are doing, when the map has taken this long. What is complete
    /// by then counts: if that is everything, the map has succeeded. The time begins when the items have
    /// been collected; without a deadline, a process that is stopped (SIGSTOP) is waited for.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Has `callback` called in the parent as items are finished, not for each but at least once in a
    /// millisecond where something was; the last call has `done == total` if the map is complete. A lazy
    /// map calls it while it is asked for results.
    pub fn progress(mut self, callback: impl FnMut(Progress) + 'a) -> Self {
        self.options.progress = Some(Box::new(callback));
        self
    }

    /// Shows the progress on a bar, which is given its length, and is finished with the map.
    #[cfg(feature = "progress")]
    pub fn progress_bar(self, bar: indicatif::ProgressBar) -> Self {
        self.progress(move |progress| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            if progress.done == progress.total {
                bar.finish();
            }
        })
    }

    /// Has `initializer` called once in each process before its first item, with the process's place
    /// (from 0; a process that replaces a dead one has its place). If it panics, the map fails; if it
    /// ends the process, that is a death that hits no item: where items are run again, the process is
    /// replaced, until three deaths for each process have come in a row and nothing was done.
    pub fn initializer(mut self, initializer: impl FnMut(usize) + 'a) -> Self {
        self.options.initializer = Some(Box::new(initializer));
        self
    }

    /// Names the processes, for `ps` and `top`; at first "forkmap".
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = name.into();
        self
    }
}

impl fmt::Debug for ForkMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForkMap")
            .field("name", &self.name)
            .field("processes", &self.processes)
            .field("chunks", &self.chunks)
            .field("retries", &self.retries)
            .field("keep_going", &self.keep_going)
            .field("deadline", &self.deadline)
            .field("progress", &self.progress.is_some())
            .field("initializer", &self.initializer.is_some())
            .finish()
    }
}
