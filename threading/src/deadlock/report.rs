//! What is said about a deadlock.

use std::fmt;
use std::panic::Location;

use super::table::Note;

/// Threads that will wait for ever, each for the next one, the last for the first; or one thread that waits for a
/// lock whose holder has ended.
#[derive(Debug, Clone)]
pub struct Report {
    parties: Vec<Party>,
    abandoned: bool,
}

/// A thread in a [`Report`].
#[derive(Clone)]
pub struct Party {
    pub(super) name: Option<String>,
    pub(super) ident: u64,
    pub(super) wait: Note,
    pub(super) holder: u64,
    pub(super) holder_name: Option<String>,
    pub(super) taken: Option<&'static Location<'static>>,
}

impl Report {
    pub(super) fn cycle(parties: Vec<Party>) -> Report {
        Report {
            parties,
            abandoned: false,
        }
    }

    pub(super) fn abandoned(parties: Vec<Party>) -> Report {
        Report {
            parties,
            abandoned: true,
        }
    }

    /// The threads: the one that was about to wait first, then the one that it waits for, and so on.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// Whether it is no cycle: the holder has ended, and took the lock with it.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.abandoned
    }
}

impl Party {
    /// The name of the thread, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its [`get_ident`](crate::get_ident).
    #[must_use]
    pub fn ident(&self) -> u64 {
        self.ident
    }

    /// What it waits for: a lock with the type of its data and its address, or the end of a thread.
    #[must_use]
    pub fn waits_for(&self) -> impl fmt::Display + '_ {
        self.wait.resource
    }

    /// The line that waits.
    #[must_use]
    pub fn waits_at(&self) -> &'static Location<'static> {
        self.wait.place
    }

    /// The line by which the thread that it waits for took the lock.
    #[must_use]
    pub fn taken_at(&self) -> Option<&'static Location<'static>> {
        self.taken
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.abandoned, self.parties.len()) {
            (true, _) => writeln!(f, "deadlock: a thread waits for one that has ended")?,
            (false, 1) => writeln!(f, "deadlock: a thread waits for itself")?,
            (false, count) => writeln!(f, "deadlock: {count} threads wait for each other")?,
        }
        self.parties
            .iter()
            .try_for_each(|party| write!(f, "{party}"))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiter = Thread(self.name.as_deref(), self.ident);
        let holder = Thread(self.holder_name.as_deref(), self.holder);
        let Note { resource, place } = self.wait;
        writeln!(f, "  {waiter} waits at {place} for {resource},")?;
        match self.taken {
            Some(taken) => writeln!(f, "    which {holder} took at {taken}"),
            None => writeln!(f, "    which is {holder}"),
        }
    }
}

/// A thread's name and number.
struct Thread<'a>(Option<&'a str>, u64);

impl fmt::Display for Thread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Thread(name, ident) = self;
        write!(f, "thread {:?} ({ident})", name.unwrap_or("unnamed"))
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("name", &self.name)
            .field("ident", &self.ident)
            .field("waits_for", &format_args!("{}", self.wait.resource))
            .field("waits_at", &format_args!("{}", self.wait.place))
            .field("taken_at", &self.taken.map(ToString::to_string))
            .finish()
    }
}
