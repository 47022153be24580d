//! The segments of this process, and what becomes of them at a fork.
//!
//! A forked child has copies of its parent's descriptors. While it kept the one through which its parent holds the
//! lock on its life, the parent's death would stay unknown. So handlers around every fork keep the table whole and
//! close those copies first of all in the child, which takes slots of its own when it first needs them.

use std::cell::Cell;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::{FileId, Segment, sys};

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    entries: Vec::new(),
    current: Weak::new(),
});

#[derive(Debug)]
pub(super) struct Registry {
    entries: Vec<Entry>,
    /// The one from which small objects take room.
    current: Weak<Segment>,
}

#[derive(Debug)]
pub(super) struct Entry {
    file: FileId,
    segment: Weak<Segment>,
    /// This process's identity there as a word; 0 while it has none.
    me: Arc<AtomicU32>,
    /// The open file description that holds the lock on this process's slot.
    pub(super) life: Option<OwnedFd>,
}

/// No `Arc<Segment>` may be dropped while this is held: the last one takes it.
pub(super) fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    pub(super) fn current(&self) -> Option<Arc<Segment>> {
        self.current.upgrade()
    }

    pub(super) fn set_current(&mut self, segment: &Arc<Segment>) {
        self.current = Arc::downgrade(segment);
    }

    pub(super) fn find(&self, file: FileId) -> Option<Arc<Segment>> {
        let of_file = self.entries.iter().filter(|entry| entry.file == file);
        of_file.filter_map(|entry| entry.segment.upgrade()).next()
    }

    pub(super) fn insert(&mut self, segment: &Arc<Segment>) {
        self.entries.push(Entry {
            file: segment.file,
            segment: Arc::downgrade(segment),
            me: segment.me.clone(),
            life: None,
        });
    }

    /// The entry of a living segment.
    pub(super) fn entry(&mut self, segment: &Segment) -> Option<&mut Entry> {
        let mut entries = self.entries.iter_mut();
        entries.find(|entry| Arc::ptr_eq(&entry.me, &segment.me))
    }

    /// Ends this process's life there.
    pub(super) fn remove(&mut self, segment: &Segment) {
        self.entries
            .retain(|entry| !Arc::ptr_eq(&entry.me, &segment.me));
    }
}

/// Sees to it that forks are noticed, once for all.
pub(super) fn watch_forks() -> io::Result<()> {
    static WATCHED: OnceLock<Result<(), i32>> = OnceLock::new();
    let watch = || {
        let watched = sys::call_around_forks(before_fork, after_fork, after_fork_in_child);
        watched.map_err(|error| error.raw_os_error().unwrap_or(libc::ENOMEM))
    };
    (*WATCHED.get_or_init(watch)).map_err(io::Error::from_raw_os_error)
}

type Held = ManuallyDrop<MutexGuard<'static, Registry>>;

thread_local! {
    /// The table's lock, while this thread forks. Without a destructor, so that it can be reached to the end.
    static HELD: Cell<Option<Held>> = const { Cell::new(None) };
}

extern "C" fn before_fork() {
    HELD.set(Some(ManuallyDrop::new(lock())));
}

extern "C" fn after_fork() {
    drop(HELD.take().map(ManuallyDrop::into_inner));
}

extern "C" fn after_fork_in_child() {
    let Some(held) = HELD.take() else { return };
    let mut registry = ManuallyDrop::into_inner(held);
    for entry in &mut registry.entries {
        entry.me.store(0, Ordering::Relaxed);
        drop(entry.life.take());
    }
}
