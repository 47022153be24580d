//! On which processors a thread runs.

use std::sync::Arc;
use std::{error, fmt, io};

use parking_lot::Mutex;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::handle::ThreadHandle;
use crate::Event;

/// Numbers of processors, as they were given.
#[derive(Debug, Clone)]
pub(super) struct Processors(Vec<usize>);

impl Processors {
    pub(super) fn new(numbers: impl IntoIterator<Item = usize>) -> Processors {
        Processors(numbers.into_iter().collect())
    }

    fn to_set(&self) -> Result<CpuSet, Cause> {
        let mut set = CpuSet::new();
        for &number in &self.0 {
            if number >= CpuSet::MAX_CPU {
                return Err(Cause::NoSuchProcessor(number));
            }
            set.set(number);
        }
        Ok(set)
    }
}

/// Why the processors of a thread could not be set or told.
#[derive(Debug)]
pub struct AffinityError {
    thread: Arc<str>,
    /// What was to be set.
    wanted: Option<Vec<usize>>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    NotRunning,
    NoSuchProcessor(usize),
    System(io::Error),
}

impl AffinityError {
    /// Whether the thread does not run: it was not started, has ended, or is about to begin.
    #[must_use]
    pub fn is_not_running(&self) -> bool {
        matches!(self.cause, Cause::NotRunning)
    }
}

impl fmt::Display for AffinityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = &self.thread;
        match &self.wanted {
            Some(wanted) => write!(
                f,
                "cannot keep the thread {thread:?} on processors {wanted:?}"
            )?,
            None => write!(f, "cannot tell the processors of the thread {thread:?}")?,
        }
        match &self.cause {
            Cause::NotRunning => {
                f.write_str(": it does not run; ask once it does, or use Builder::affinity")
            }
            Cause::NoSuchProcessor(number) => write!(
                f,
                ": {number} is more than the largest number, {}",
                CpuSet::MAX_CPU - 1
            ),
            Cause::System(error) => write!(
                f,
                ": {error}; current_thread().affinity() tells which may be used"
            ),
        }
    }
}

impl error::Error for AffinityError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.cause {
            Cause::System(error) => Some(error),
            _ => None,
        }
    }
}

pub(super) fn of(thread: &ThreadHandle) -> Result<Vec<usize>, AffinityError> {
    let asked = thread.life.while_running(|id| sched_getaffinity(Some(id)));
    let set = match asked {
        None => Err(Cause::NotRunning),
        Some(set) => set.map_err(|error| Cause::System(error.into())),
    };
    match set {
        Ok(set) => Ok((0..CpuSet::MAX_CPU).filter(|n| set.is_set(*n)).collect()),
        Err(cause) => Err(AffinityError {
            thread: thread.name(),
            wanted: None,
            cause,
        }),
    }
}

pub(super) fn set(
    thread: &ThreadHandle,
    numbers: impl IntoIterator<Item = usize>,
) -> Result<(), AffinityError> {
    place(thread, &Processors::new(numbers))
}

fn place(thread: &ThreadHandle, processors: &Processors) -> Result<(), AffinityError> {
    let placed = processors.to_set().and_then(|set| {
        let asked = thread
            .life
            .while_running(|id| sched_setaffinity(Some(id), &set));
        let asked = asked.ok_or(Cause::NotRunning)?;
        asked.map_err(|error| Cause::System(error.into()))
    });
    placed.map_err(|cause| AffinityError {
        thread: thread.name(),
        wanted: Some(processors.0.clone()),
        cause,
    })
}

/// A new thread takes its place before it does anything, and its starter waits for that, to tell of an error.
#[derive(Debug)]
pub(super) struct Placing {
    processors: Processors,
    failure: Mutex<Option<AffinityError>>,
    known: Event,
}

impl Placing {
    pub(super) fn new(processors: Processors) -> Placing {
        Placing {
            processors,
            failure: Mutex::new(None),
            known: Event::new(),
        }
    }

    /// In the new thread. False if it failed.
    pub(super) fn take_place(&self, thread: &ThreadHandle) -> bool {
        let failure = place(thread, &self.processors).err();
        let placed = failure.is_none();
        *self.failure.lock() = failure;
        self.known.set();
        placed
    }

    /// In the thread that starts it.
    pub(super) fn wait(&self) -> Result<(), AffinityError> {
        self.known.wait();
        self.failure.lock().take().map_or(Ok(()), Err)
    }
}
