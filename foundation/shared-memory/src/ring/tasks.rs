//! A queue of messages that are something to do.

use std::num::NonZeroU32;
use std::time::Instant;
use std::{error, fmt};

use super::book::{Book, Unfinished};
use super::layout::{RingState, View};
use super::{GetError, Ring, get, units};
use crate::error::{LifeError, PlaceError};
use crate::life::Death;
use crate::place::Place;
use crate::seam::{At, Unit};
use crate::wait::Wait;

/// A [`Ring`] whose messages are tasks: whoever has got one says when it is [done](TaskRing::done), and others can
/// [wait](TaskRing::join) until all are.
///
/// It is known of 256 processes at a time how many tasks each has got and not done, so that those of one that dies are missed; what
/// others hold is waited for as if they lived. No more than two billion tasks may be unfinished at a time.
///
/// ```
/// use manyways_shared_memory::{DoneError, Ring, TaskRing};
///
/// let tasks = TaskRing::new(Ring::CAPACITY, None)?;
/// tasks.ring().put(&[b"sweep"], None)?;
/// let mut task = Vec::new();
/// tasks.get(&mut task, None)?;
/// assert_eq!(tasks.unfinished(), 1);
/// tasks.done()?;
/// assert_eq!(tasks.done(), Err(DoneError::NoneTaken));
/// tasks.join(None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TaskRing {
    ring: Ring,
    /// Its place is all of it.
    book: Book,
}

/// Why no task was reported done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoneError {
    /// All tasks that were got are done.
    NoneTaken,
    /// This process cannot take part.
    NoLife(LifeError),
}

/// Why it is not so that all tasks are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinError {
    /// The time was up.
    TimedOut,
    /// A process died that had got tasks and not done them. They count as done from now on, and this is said once.
    Lost {
        /// Who died.
        death: Death,
        /// How many tasks it had.
        tasks: u32,
    },
    /// This process cannot take part.
    NoLife(LifeError),
}

/// The ring needs lines of its own.
const BOOK: usize = Book::SIZE.next_multiple_of(128);

impl TaskRing {
    /// An empty one; as [`Ring::new`].
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    pub fn new(capacity: usize, maxsize: Option<NonZeroU32>) -> Result<TaskRing, PlaceError> {
        let units = units(capacity);
        let size = At::<RingState, Unit>::size(units);
        let place = Place::new(BOOK + size, At::<RingState, Unit>::ALIGN)?;
        let at = At::new_at(place.slice(BOOK, size), units)?;
        Ok(TaskRing {
            ring: Ring::begin(at, maxsize),
            book: Book::new_at(place)?,
        })
    }

    /// For models, which have no time for large ones.
    #[cfg(all(test, loom))]
    pub(crate) fn of_units(units: usize) -> TaskRing {
        TaskRing {
            ring: Ring::of_units(units),
            book: Book::of_entries(4),
        }
    }

    /// The one that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<TaskRing, PlaceError> {
        let size = place.len().checked_sub(BOOK);
        let size = size.ok_or(PlaceError::object("it needs more bytes than the place has"))?;
        Ok(TaskRing {
            ring: Ring::at(place.slice(BOOK, size))?,
            book: Book::at(place)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.book.place()
    }

    /// The ring, into which tasks are put. What is got from it directly is not a task any more.
    #[must_use]
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    fn view(&self) -> View<'_> {
        View::of(&self.ring.at)
    }

    /// Gets a task; as [`Ring::get`]. It is this process's until it is done.
    ///
    /// # Errors
    ///
    /// As [`Ring::get`].
    pub fn get(&self, into: &mut Vec<u8>, deadline: Option<Instant>) -> Result<(), GetError> {
        get::get_as_task(self.view(), &self.book, into, deadline)
    }

    /// Reports a task done: one of this process, or if it has none, of another.
    ///
    /// # Errors
    ///
    /// If nobody has one, or this process cannot take part.
    pub fn done(&self) -> Result<(), DoneError> {
        let me = self.book.life().me().map_err(DoneError::NoLife)?;
        let is_done =
            self.book.take_away(|holder| holder == Some(me)) || self.book.take_away(|_| true);
        is_done.then_some(()).ok_or(DoneError::NoneTaken)
    }

    /// Waits until all tasks are done that were put, those too that are put meanwhile; until the deadline, if there is one.
    ///
    /// # Errors
    ///
    /// If the time is up, or somebody died with tasks.
    pub fn join(&self, deadline: Option<Instant>) -> Result<(), JoinError> {
        self.book.life().me().map_err(JoinError::NoLife)?;
        let mut wait = Wait::for_message(deadline);
        loop {
            let signal = self.book.listen();
            let unfinished = self.book.unfinished(self.view());
            if unfinished.is_some_and(Unfinished::is_none) {
                return Ok(());
            }
            if wait.spin() {
                continue;
            }
            if let Some((death, tasks)) = self.book.bury(self.view()) {
                self.book.call();
                return Err(JoinError::Lost { death, tasks });
            }
            if wait.is_over() {
                return Err(JoinError::TimedOut);
            }
            self.book.signal().sleep(signal, wait.deadline());
        }
    }

    /// How many tasks are not done. Another process may change it at any time.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        const LOOKS: usize = 100;
        let look = |_| self.book.unfinished(self.view());
        let found = (0..LOOKS).find_map(look);
        // While others are so quick, what is queued is as good an answer as any.
        found.map_or(self.ring.len(), |found| {
            (found.queued + found.taken) as usize
        })
    }

    /// [Closes](Ring::close) the ring and throws away what is queued, which counts as done. Waits for puts and gets that are under
    /// way.
    ///
    /// # Errors
    ///
    /// If the ring's memory is corrupted, or this process cannot take part.
    pub fn discard(&self) -> Result<(), GetError> {
        self.ring.close();
        let discarded = get::discard_all(self.view());
        self.book.call();
        discarded
    }
}

impl fmt::Display for DoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DoneError::NoneTaken => {
                f.write_str("a task is reported done, and all that were got are; report each once")
            }
            DoneError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::TimedOut => f.write_str("the tasks were not done in time"),
            JoinError::Lost { death, tasks } => {
                write!(
                    f,
                    "{tasks} tasks are lost: the process that had got them died"
                )?;
                death
                    .pid()
                    .map_or(Ok(()), |pid| write!(f, " (process id {pid})"))
            }
            JoinError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for DoneError {}
impl error::Error for JoinError {}

impl fmt::Debug for TaskRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRing")
            .field("unfinished", &self.unfinished())
            .field("ring", &self.ring)
            .finish()
    }
}
