//! The objects of a server, by number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};

use super::super::object::Object;
use crate::mutex::Mutex;

/// An object. It goes when no client and no other object refers to it any more.
pub(crate) struct Entry {
    id: u64,
    type_id: String,
    /// Present until it is dropped.
    object: Option<Box<dyn Object>>,
    table: Weak<Table>,
}

/// All objects.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    entries: HashMap<u64, Weak<Entry>>,
    last: u64,
}

impl Table {
    pub(crate) fn add(self: &Arc<Table>, type_id: &str, object: Box<dyn Object>) -> Arc<Entry> {
        let mut rows = self.rows.lock();
        rows.last += 1;
        let entry = Arc::new(Entry {
            id: rows.last,
            type_id: type_id.to_owned(),
            object: Some(object),
            table: Arc::downgrade(self),
        });
        rows.entries.insert(entry.id, Arc::downgrade(&entry));
        entry
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<Entry>> {
        self.rows.lock().entries.get(&id)?.upgrade()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.lock().entries.len()
    }

    /// Every object that there is now.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        self.rows
            .lock()
            .entries
            .values()
            .filter_map(Weak::upgrade)
            .collect()
    }
}

impl Entry {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn type_id(&self) -> &str {
        &self.type_id
    }

    pub(crate) fn object(&self) -> Option<&dyn Object> {
        self.object.as_deref()
    }
}

thread_local! {
    /// Objects that this thread has still to drop, while it drops one.
    static GRAVES: RefCell<Option<Vec<Box<dyn Object>>>> = const { RefCell::new(None) };
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(table) = self.table.upgrade() {
            table.rows.lock().entries.remove(&self.id);
        }
        if let Some(object) = self.object.take() {
            bury(object);
        }
    }
}

/// Drops an object, and then those that it was the last to refer to: one after the other, as a chain of a million lists,
/// each in the next, would need more stack than there is.
fn bury(object: Box<dyn Object>) {
    let outermost = GRAVES.with_borrow_mut(|graves| match graves {
        Some(graves) => {
            graves.push(object);
            None
        }
        None => {
            *graves = Some(Vec::new());
            Some(object)
        }
    });
    let mut next = outermost;
    if next.is_none() {
        return;
    }
    while let Some(object) = next {
        drop(object);
        next = GRAVES.with_borrow_mut(|graves| graves.as_mut()?.pop());
    }
    GRAVES.set(None);
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("type_id", &self.type_id)
            .finish_non_exhaustive()
    }
}
