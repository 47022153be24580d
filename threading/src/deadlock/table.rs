//! Who holds what, and who waits for what.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, LazyLock};
use std::thread;

use parking_lot::Mutex;

use super::Action;
use super::report::{Party, Report};
use crate::ident::get_ident;

pub(super) static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

static ACTION: Mutex<Option<Arc<Action>>> = Mutex::new(None);

/// Where something was done.
pub(crate) type Place = &'static Location<'static>;

/// Something that one thread at a time has, and others wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Resource {
    /// A lock.
    Lock {
        /// Its type.
        kind: &'static str,
        /// The type of its data.
        data: &'static str,
        address: usize,
    },
    /// The end of the thread with this number.
    Thread(u64),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Lock {
                kind,
                data,
                address,
            } => write!(f, "{kind}<{data}> at {address:#x}"),
            Resource::Thread(_) => f.write_str("the end of a thread"),
        }
    }
}

/// A resource and the place where it was taken, or waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note {
    pub(super) resource: Resource,
    pub(super) place: Place,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    threads: HashMap<u64, Record>,
    /// The holder of each lock, by address.
    holders: HashMap<usize, u64>,
}

/// A thread that holds something or waits.
#[derive(Debug, Default)]
struct Record {
    name: Option<String>,
    holds: Vec<Note>,
    waits: Option<Note>,
    ended: bool,
}

impl Table {
    /// Notes that this thread has the resource.
    pub(super) fn took(&mut self, resource: Resource, place: Place) {
        let me = get_ident().get();
        if let Resource::Lock { address, .. } = resource {
            self.holders.insert(address, me);
            self.record(me).holds.push(Note { resource, place });
        }
    }

    pub(super) fn gave(&mut self, address: usize) {
        let Some(holder) = self.holders.remove(&address) else {
            return;
        };
        let record = self.record(holder);
        record.holds.retain(|note| note.address() != Some(address));
        self.forget_idle(holder);
    }

    /// Notes that this thread is about to wait. Gives its wait before, and the deadlock that this makes.
    pub(super) fn wait(
        &mut self,
        resource: Resource,
        place: Place,
    ) -> (Option<Note>, Option<Report>) {
        let me = get_ident().get();
        let before = self.record(me).waits.replace(Note { resource, place });
        (before, self.deadlock_of(me))
    }

    /// Notes that this thread waits no more, but as before.
    pub(super) fn went_on(&mut self, before: Option<Note>) {
        let me = get_ident().get();
        self.record(me).waits = before;
        self.forget_idle(me);
    }

    /// Notes that the thread has ended. What it still holds stays so for ever; the reports are about those who wait for it.
    fn ended(&mut self, thread: u64) -> Vec<Report> {
        self.forget_idle(thread);
        let Some(record) = self.threads.get_mut(&thread) else {
            return Vec::new();
        };
        record.ended = true;
        let threads = self.threads.keys();
        threads
            .filter_map(|&waiter| self.deadlock_of(waiter))
            .collect()
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
        if record.is_some_and(|record| record.holds.is_empty() && record.waits.is_none()) {
            self.threads.remove(&thread);
        }
    }

    /// Follows the waits from this thread on: to itself, or to a holder that is no more.
    fn deadlock_of(&self, thread: u64) -> Option<Report> {
        let mut parties = Vec::new();
        let mut waiter = thread;
        // A longer walk goes round a cycle to which this thread does not belong.
        while parties.len() < self.threads.len() {
            let record = self.threads.get(&waiter)?;
            let wait = record.waits?;
            let holder = self.holder(wait.resource)?;
            parties.push(self.party(waiter, record, wait, holder));
            if holder == thread {
                return Some(Report::cycle(parties));
            }
            // A join of a thread that has ended returns.
            let is_lock = matches!(wait.resource, Resource::Lock { .. });
            if parties.len() == 1 && is_lock && self.has_ended(holder) {
                return Some(Report::abandoned(parties));
            }
            waiter = holder;
        }
        None
    }

    fn holder(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Lock { address, .. } => self.holders.get(&address).copied(),
            Resource::Thread(thread) => Some(thread),
        }
    }

    fn has_ended(&self, thread: u64) -> bool {
        self.threads.get(&thread).is_some_and(|record| record.ended)
    }

    fn party(&self, ident: u64, record: &Record, wait: Note, holder: u64) -> Party {
        let holds = self.threads.get(&holder).map(|record| &record.holds);
        let taken = holds.and_then(|holds| {
            let held = holds
                .iter()
                .find(|note| note.address() == wait.address() && note.address().is_some());
            held.map(|note| note.place)
        });
        Party {
            name: record.name.clone(),
            ident,
            wait,
            holder,
            holder_name: self
                .threads
                .get(&holder)
                .and_then(|record| record.name.clone()),
            taken,
        }
    }
}

impl Note {
    fn address(&self) -> Option<usize> {
        match self.resource {
            Resource::Lock { address, .. } => Some(address),
            Resource::Thread(_) => None,
        }
    }
}

pub(super) fn set_action(action: Action) {
    *ACTION.lock() = Some(Arc::new(action));
}

/// # Panics
///
/// If that is the action.
#[track_caller]
pub(super) fn act(report: &Report) {
    let action = ACTION.lock().clone();
    match action.as_deref() {
        Some(Action::Panic) => panic!("{report}"),
        _ => act_without_panic(report),
    }
}

pub(super) fn act_without_panic(report: &Report) {
    let action = ACTION.lock().clone();
    match action.as_deref() {
        Some(Action::Call(call)) => call(report),
        _ => eprintln!("{report}"),
    }
}

thread_local! {
    static END: EndOfThread = EndOfThread(get_ident().get());
}

/// Sees to it that the table learns of the end of this thread.
pub(super) fn note_end_of_thread() {
    // Fails when the thread ends already: what it takes now is not noticed if it stays.
    let _ = END.try_with(|_| ());
}

struct EndOfThread(u64);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let reports = TABLE.lock().ended(self.0);
        reports.iter().for_each(act_without_panic);
    }
}
