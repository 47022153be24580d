//! What is said about a deadlock.

use std::fmt;
use std::panic::Location;

use super::resource::{Note, Place};

/// Threads that will wait for ever, for each other; or one thread that waits for a lock whose holder has ended.
#[derive(Debug, Clone)]
pub struct Report {
    parties: Vec<Party>,
    abandoned: bool,
}

/// A thread in a [`Report`].
#[derive(Clone)]
pub struct Party {
    pub(super) thread: Thread,
    pub(super) wait: Note,
    pub(super) others: Vec<Thread>,
    pub(super) relation: Relation,
}

/// A thread's name and number.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    pub(super) name: Option<String>,
    pub(super) ident: u64,
}

/// What the threads for which one waits have to do with what it waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Relation {
    /// It took the lock, there.
    Took(Place),
    /// It is the thread.
    Is,
    /// It runs the task.
    Runs,
    /// They, and no others, could run the task or the tasks.
    MayRun,
    /// They are those who must end.
    Belongs,
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

    /// The threads: the one that was about to wait first, then those that it waits for, then those that they wait for, and
    /// so on.
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
        self.thread.name.as_deref()
    }

    /// Its [`get_ident`](crate::get_ident).
    #[must_use]
    pub fn ident(&self) -> u64 {
        self.thread.ident
    }

    /// What it waits for: a lock with the type of its data and its address, the result of a task, or the end of a
    /// thread, an executor or a scope.
    #[must_use]
    pub fn waits_for(&self) -> impl fmt::Display + '_ {
        &self.wait.resource
    }

    /// The line that waits. For the drop of an executor and the end of a scope, one of this crate.
    #[must_use]
    pub fn waits_at(&self) -> &'static Location<'static> {
        self.wait.place
    }

    /// The numbers of the threads for which it waits. Several for a task that none of them has begun, or for one of
    /// several tasks: nobody else could run them; and for an executor or a scope: all must end.
    pub fn waits_on(&self) -> impl Iterator<Item = u64> {
        self.others.iter().map(|other| other.ident)
    }

    /// The line by which the thread that it waits for took the lock, if it waits for one.
    #[must_use]
    pub fn taken_at(&self) -> Option<&'static Location<'static>> {
        match self.relation {
            Relation::Took(place) => Some(place),
            _ => None,
        }
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
        let (waiter, others) = (&self.thread, Threads(&self.others));
        let Note { resource, place } = &self.wait;
        writeln!(f, "  {waiter} waits at {place} for {resource},")?;
        match self.relation {
            Relation::Took(place) => writeln!(f, "    which {others} took at {place}"),
            Relation::Is => writeln!(f, "    which is {others}"),
            Relation::Runs => writeln!(f, "    which {others} runs"),
            Relation::MayRun => writeln!(f, "    to be run by {others}"),
            Relation::Belongs => writeln!(f, "    to which belongs {others}"),
        }
    }
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("unnamed");
        write!(f, "thread {name:?} ({})", self.ident)
    }
}

/// One, or some in a row.
struct Threads<'a>(&'a [Thread]);

impl fmt::Display for Threads<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, thread) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(f, "{before}{thread}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("name", &self.name())
            .field("ident", &self.ident())
            .field("waits_for", &format_args!("{}", self.wait.resource))
            .field("waits_at", &format_args!("{}", self.wait.place))
            .field("waits_on", &self.waits_on().collect::<Vec<_>>())
            .field("taken_at", &self.taken_at().map(ToString::to_string))
            .finish()
    }
}
