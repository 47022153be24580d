//! The clients of a server, as it sees them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fault::{Fault, FaultKind};
use super::object::Object;
use super::reference::{Keeper, Reference};
use super::server::{Entry, Table};
use super::value::Value;
use crate::mutex::Mutex;

/// The most references that a client has at a time, to different objects.
const MOST_OBJECTS: usize = 1 << 20;

/// A client: one process's connections. It lives as long as the first of them.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: u64,
    dead: AtomicBool,
    /// The objects that the client refers to, and how often it was given each.
    referred: Mutex<HashMap<u64, (Arc<Entry>, u64)>>,
}

impl Session {
    pub(crate) fn new(id: u64) -> Session {
        Session {
            id,
            dead: AtomicBool::new(false),
            referred: Mutex::default(),
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// From here on its calls do not wait, and get no more references.
    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::Release);
        let referred = std::mem::take(&mut *self.referred.lock());
        drop(referred); // Not under the lock: it may be the end of objects.
    }

    /// One more reference of the client's.
    pub(crate) fn refer(&self, entry: &Arc<Entry>) -> Result<(), Fault> {
        let mut referred = self.referred.lock();
        if self.is_dead() {
            return Err(gone());
        }
        if referred.len() >= MOST_OBJECTS {
            let why = format!("a client refers to at most {MOST_OBJECTS} objects");
            return Err(Fault::new(FaultKind::Limit, why));
        }
        let (_, count) = referred
            .entry(entry.id())
            .or_insert_with(|| (Arc::clone(entry), 0));
        *count += 1;
        Ok(())
    }

    /// One reference less.
    pub(crate) fn release(&self, id: u64) {
        let mut referred = self.referred.lock();
        let Some((_, count)) = referred.get_mut(&id) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            let last = referred.remove(&id);
            drop(referred);
            drop(last);
        }
    }

    /// An object that the client refers to.
    pub(crate) fn object(&self, id: u64) -> Option<Arc<Entry>> {
        self.referred
            .lock()
            .get(&id)
            .map(|(entry, _)| Arc::clone(entry))
    }
}

/// Who calls a method: a client and one of its threads.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) session: Arc<Session>,
    pub(crate) thread: u64,
    /// For methods whose result is an object of its own: Python's `method_to_typeid`.
    pub(crate) table: Arc<Table>,
}

/// A thread of a client, as the owner of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    pub(crate) session: u64,
    pub(crate) thread: u64,
}

impl Caller {
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            session: self.session.id,
            thread: self.thread,
        }
    }

    /// A new object, which lives as long as what refers to it.
    pub(crate) fn refer_to(&self, type_id: &str, object: Box<dyn Object>) -> Value {
        let entry = self.table.add(type_id, object);
        Value::Proxy(Reference::new(entry.id(), type_id, Keeper::Server(entry)))
    }

    /// For a call that is about to wait, or to take something.
    pub(crate) fn check_alive(&self) -> Result<(), Fault> {
        match self.session.is_dead() {
            true => Err(gone()),
            false => Ok(()),
        }
    }
}

fn gone() -> Fault {
    Fault::new(
        FaultKind::Ending,
        "the client is gone, or the manager is ending",
    )
}
