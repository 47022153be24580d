//! Who holds what, and who waits for what.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::report::Report;
use super::resource::{Note, Place, Resource, Team};
use crate::ident::get_ident;

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

/// Keeps others from the table.
pub(crate) type Hold = MutexGuard<'static, Table>;

pub(crate) fn hold() -> Hold {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    threads: HashMap<u64, Record>,
    /// The holder of each lock, by address.
    holders: HashMap<usize, u64>,
    /// The thread that runs each task, or cancels it, by address.
    runners: HashMap<usize, u64>,
    crews: HashMap<Team, Crew>,
}

/// A thread that holds something or waits.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) name: Option<String>,
    pub(super) holds: Vec<Note>,
    /// The last is the one in which the thread is: an action may take locks itself. None of those that are over, though
    /// their thread has not gone on yet.
    waits: Vec<Option<Note>>,
    ended: bool,
}

/// The threads of a team.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) threads: Vec<u64>,
    /// How many there are at most.
    most: usize,
}

impl Crew {
    /// Whether no other thread will be one of them.
    pub(super) fn is_complete(&self) -> bool {
        self.threads.len() == self.most
    }
}

/// What happens.
impl Table {
    /// Notes that this thread has the lock.
    pub(super) fn took(&mut self, resource: Resource, place: Place) {
        let me = get_ident().get();
        if let Some(address) = resource.address() {
            // By somebody who forgot the guard of another lock, which was there before.
            self.gave(address);
            self.holders.insert(address, me);
            self.record(me).holds.push(Note { resource, place });
        }
    }

    pub(super) fn gave(&mut self, address: usize) {
        let Some(holder) = self.holders.remove(&address) else {
            return;
        };
        let of_lock = |note: &mut Note| note.resource.address() == Some(address);
        self.record(holder).holds.retain_mut(|note| !of_lock(note));
        self.forget_idle(holder);
    }

    /// Notes that this thread is about to wait. Gives the deadlock that this makes.
    pub(super) fn wait(&mut self, resource: Resource, place: Place) -> Option<Report> {
        let me = get_ident().get();
        let waits = &mut self.record(me).waits;
        waits.push(Some(Note { resource, place }));
        self.deadlock_of(me)
    }

    /// Notes that this thread has left the wait that it began last.
    pub(super) fn went_on(&mut self) {
        let me = get_ident().get();
        self.record(me).waits.pop();
        self.forget_idle(me);
    }

    /// Notes that what some may wait for is there.
    pub(super) fn over(&mut self, is_there: impl Fn(&Resource) -> bool) {
        let records = self.threads.values_mut();
        for wait in records.flat_map(|record| &mut record.waits) {
            wait.take_if(|note| is_there(&note.resource));
        }
    }

    /// Notes that this thread runs the task.
    pub(super) fn runs(&mut self, task: usize) {
        self.runners.insert(task, get_ident().get());
    }

    pub(super) fn ran(&mut self, task: usize) {
        self.runners.remove(&task);
    }

    /// Notes that this thread is one of a team of at most so many.
    pub(super) fn joined(&mut self, team: Team, most: usize) {
        let threads = Vec::new();
        let crew = self.crews.entry(team).or_insert(Crew { threads, most });
        crew.threads.push(get_ident().get());
    }

    pub(super) fn left(&mut self, team: Team) {
        let me = get_ident().get();
        if let Some(crew) = self.crews.get_mut(&team) {
            crew.threads.retain(|thread| *thread != me);
            if crew.threads.is_empty() {
                self.crews.remove(&team);
            }
        }
    }

    /// Notes that the thread has ended. What it still holds stays so for ever; the reports are about those who wait for
    /// it.
    pub(super) fn ended(&mut self, thread: u64) -> Vec<Report> {
        self.forget_idle(thread);
        let Some(record) = self.threads.get_mut(&thread) else {
            return Vec::new();
        };
        record.ended = true;
        let held: Vec<_> = record.holds.iter().map(|n| n.resource.address()).collect();
        let waits_for_it = |waiter: &u64| {
            let wait = self.wait_of(*waiter);
            wait.is_some_and(|wait| held.contains(&wait.resource.address()))
        };
        let waiters: Vec<_> = self.threads.keys().copied().filter(waits_for_it).collect();
        let reports = waiters.iter();
        reports
            .filter_map(|waiter| self.deadlock_of(*waiter))
            .collect()
    }

    /// In a forked child, where this thread alone is left.
    pub(super) fn forked(&mut self) {
        let me = get_ident().get();
        let others = self.threads.iter_mut().filter(|(thread, _)| **thread != me);
        for (_, record) in others {
            record.ended = true;
            record.waits.clear();
        }
        self.runners.retain(|_, runner| *runner == me);
        self.crews.clear();
    }

    /// The record of a thread; a new one has the name of this thread.
    fn record(&mut self, thread: u64) -> &mut Record {
        self.threads.entry(thread).or_insert_with(|| Record {
            name: thread::current().name().map(str::to_owned),
            ..Record::default()
        })
    }

    fn forget_idle(&mut self, thread: u64) {
        let record = self.threads.get(&thread);
        if record.is_some_and(|record| record.holds.is_empty() && record.waits.is_empty()) {
            self.threads.remove(&thread);
        }
    }
}

/// What is so.
impl Table {
    pub(super) fn record_of(&self, thread: u64) -> Option<&Record> {
        self.threads.get(&thread)
    }

    pub(super) fn wait_of(&self, thread: u64) -> Option<&Note> {
        self.threads.get(&thread)?.waits.last()?.as_ref()
    }

    pub(super) fn holder(&self, lock: usize) -> Option<u64> {
        self.holders.get(&lock).copied()
    }

    pub(super) fn runner(&self, task: usize) -> Option<u64> {
        self.runners.get(&task).copied()
    }

    pub(super) fn crew(&self, team: Team) -> Option<&Crew> {
        self.crews.get(&team)
    }

    pub(super) fn has_ended(&self, thread: u64) -> bool {
        self.threads.get(&thread).is_some_and(|record| record.ended)
    }
}
