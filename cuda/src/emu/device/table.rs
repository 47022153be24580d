//! Objects by their handles.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::error::{Code, Error, Result};

/// The next handle. None is used twice in a process, so that a stale one is never another's.
static NEXT: AtomicU64 = AtomicU64::new(0x100);

/// A handle that nothing has had.
pub(super) fn new_handle() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Objects of one kind, shared by all threads.
#[derive(Debug)]
pub(super) struct Table<T> {
    kind: &'static str,
    objects: RwLock<HashMap<u64, Arc<T>>>,
}

impl<T> Table<T> {
    /// An empty table. Messages call its objects `kind`.
    pub(super) fn new(kind: &'static str) -> Table<T> {
        Table {
            kind,
            objects: RwLock::default(),
        }
    }

    pub(super) fn insert(&self, object: T) -> u64 {
        let handle = new_handle();
        self.insert_as(handle, Arc::new(object));
        handle
    }

    pub(super) fn insert_as(&self, handle: u64, object: Arc<T>) {
        self.objects.write().insert(handle, object);
    }

    pub(super) fn get(&self, handle: u64, call: &'static str) -> Result<Arc<T>> {
        self.find(handle).ok_or_else(|| self.unknown(handle, call))
    }

    pub(super) fn find(&self, handle: u64) -> Option<Arc<T>> {
        self.objects.read().get(&handle).cloned()
    }

    pub(super) fn remove(&self, handle: u64, call: &'static str) -> Result<Arc<T>> {
        let removed = self.objects.write().remove(&handle);
        removed.ok_or_else(|| self.unknown(handle, call))
    }

    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.objects.read().values().cloned().collect()
    }

    pub(super) fn take_all(&self) -> Vec<Arc<T>> {
        self.objects
            .write()
            .drain()
            .map(|(_, object)| object)
            .collect()
    }

    fn unknown(&self, handle: u64, call: &'static str) -> Error {
        let kind = self.kind;
        Error::new(Code::InvalidHandle, call).because(format_args!(
            "there is no {kind} {handle:#x}, or it was destroyed"
        ))
    }
}
