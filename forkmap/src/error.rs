//! What can go wrong, and for which item.

use std::time::Duration;
use std::{error, fmt};

use manyways_process::{Exit, PanicReport};

/// Why an item has no result.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub(crate) index: Option<usize>,
    pub(crate) pid: u32,
    pub(crate) attempts: u32,
    pub(crate) cause: Cause,
}

/// What happened to an item, or to the process that ran it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// The function panicked; its process went on.
    Panicked(PanicReport),
    /// The process ended while it ran the item.
    Died(Exit),
    /// The process wrote over the memory through which it gives its results, and was ended for it. Results
    /// that had not been taken over by then are lost too, so the item may be one before the one at fault.
    Corrupted,
    /// The result could not be encoded, or what came could not be decoded as the result's type.
    Unsendable(String),
    /// The initialiser panicked, before any item was run.
    InitializerPanicked(PanicReport),
}

impl Failure {
    /// The item's position in the input. `None` if the process had not begun with an item.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The process that ran the item.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How often the item was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn size(&self) -> usize {
        let text = |report: &PanicReport| report.message().len() + report.backtrace().len();
        size_of::<Failure>() + self.panic_report().map_or(0, text)
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The panic's report, if a panic it was.
    #[must_use]
    pub fn panic_report(&self) -> Option<&PanicReport> {
        match &self.cause {
            Cause::Panicked(report) | Cause::InitializerPanicked(report) => Some(report),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "item {index}: ")?,
            None => f.write_str("no item: ")?,
        }
        let pid = self.pid;
        match &self.cause {
            Cause::Panicked(report) => write!(f, "process {pid} {report}")?,
            Cause::Died(exit) => write!(f, "process {pid} {exit}")?,
            Cause::Corrupted => write!(
                f,
                "process {pid} wrote over the memory of its results (look for unsound `unsafe` code) and was ended"
            )?,
            Cause::Unsendable(reason) => write!(f, "process {pid} has a result, but {reason}")?,
            Cause::InitializerPanicked(report) => {
                write!(f, "the initializer of process {pid} {report}")?;
            }
        }
        match self.attempts {
            0 | 1 => Ok(()),
            attempts => write!(f, " ({attempts} attempts)"),
        }
    }
}

impl error::Error for Failure {}

/// Why a map is not complete, and what is complete of it.
///
/// The results that exist are in [`into_partial`](Error::into_partial): everything that a child had
/// finished, also one that was killed later.
pub struct Error<R = ()> {
    pub(crate) kind: Kind,
    pub(crate) failures: Vec<Failure>,
    pub(crate) partial: Vec<Option<R>>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// See the failures.
    Items,
    /// The time was up.
    Deadline(Duration),
    /// A process could not be started, or the system failed otherwise.
    System {
        attempted: &'static str,
        error: Box<dyn error::Error + Send + Sync>,
    },
    /// The sequences are of different lengths.
    Lengths(Vec<usize>),
}

impl<R> Error<R> {
    pub(crate) fn system(
        attempted: &'static str,
        error: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Error<R> {
        let kind = Kind::System {
            attempted,
            error: error.into(),
        };
        Error {
            kind,
            failures: Vec::new(),
            partial: Vec::new(),
        }
    }

    pub(crate) fn of(kind: Kind, failures: Vec<Failure>) -> Error<R> {
        Error {
            kind,
            failures,
            partial: Vec::new(),
        }
    }

    pub(crate) fn lengths(lengths: Vec<usize>) -> Error<R> {
        Error {
            kind: Kind::Lengths(lengths),
            failures: Vec::new(),
            partial: Vec::new(),
        }
    }

    /// What went wrong with which item, in the order in which it was noticed. Without
    /// [`keep_going`](crate::ForkMap::keep_going) the first one stopped the map.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The results that are complete, at their positions; `None` where there is none. Empty
    /// from a lazy map, whose results have been given out, and from a reduction.
    #[must_use]
    pub fn into_partial(self) -> Vec<Option<R>> {
        self.partial
    }

    /// How many results are complete.
    #[must_use]
    pub fn completed(&self) -> usize {
        self.partial
            .iter()
            .filter(|result| result.is_some())
            .count()
    }

    /// Positions of the items that have no result: those that failed, and those that were not run or
    /// not finished because the map stopped.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        self.partial
            .iter()
            .enumerate()
            .filter(|(_, result)| result.is_none())
            .map(|(at, _)| at)
    }

    /// Whether the deadline passed.
    #[must_use]
    pub fn is_deadline(&self) -> bool {
        matches!(self.kind, Kind::Deadline(_))
    }

    /// Whether the system refused something: a process, memory, a descriptor.
    #[must_use]
    pub fn is_system(&self) -> bool {
        matches!(self.kind, Kind::System { .. })
    }

    /// Whether the sequences are of different lengths.
    #[must_use]
    pub fn is_unequal_lengths(&self) -> bool {
        matches!(self.kind, Kind::Lengths(_))
    }
}

impl<R> fmt::Display for Error<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Items => f.write_str("the map is not complete")?,
            Kind::Deadline(limit) => write!(f, "the map was not complete after {limit:?}")?,
            Kind::System { attempted, error } => {
                return write!(f, "could not {attempted}: {error}");
            }
            Kind::Lengths(lengths) => {
                return write!(
                    f,
                    "the sequences have different lengths, {lengths:?}; cut them to one length first"
                );
            }
        }
        if !self.partial.is_empty() {
            let (there, all) = (self.completed(), self.partial.len());
            write!(f, ": {there} of {all} results are there")?;
        }
        const SHOWN: usize = 3;
        for failure in self.failures.iter().take(SHOWN) {
            write!(f, "; {failure}")?;
        }
        match self.failures.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more failures"),
        }
    }
}

// Not derived, so that the results need not be printable: `unwrap` should work on any map.
impl<R> fmt::Debug for Error<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("failures", &self.failures)
            .field("completed", &self.completed())
            .field("of", &self.partial.len())
            .finish()
    }
}

impl<R> error::Error for Error<R> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            Kind::System { error, .. } => Some(error.as_ref()),
            _ => None,
        }
    }
}
