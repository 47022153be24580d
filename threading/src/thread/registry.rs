//! Which threads there are.
//!
//! A fork leaves a child with one thread, and with locks that other threads held. So each process has a registry of its
//! own: the forked child appends a new one, empty, before it does anything else, and touches the old ones no more.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::{OnceLock, Weak};

use parking_lot::Mutex;

use super::excepthook::Hook;
use super::handle::ThreadHandle;
use super::life::Life;
use super::shutdown::Close;
use crate::{fork, ident};

/// What one process knows of its threads.
pub(super) struct Registry {
    /// The number of the main thread; none in a process that was not forked, where it is the first.
    main_ident: Option<NonZeroU64>,
    main: OnceLock<ThreadHandle>,
    /// By number, which is in the order of their starts. Without the main thread.
    alive: Mutex<BTreeMap<NonZeroU64, ThreadHandle>>,
    pub(super) hook: Mutex<Option<Hook>>,
    /// What is to be closed at the end of the program, and may be gone.
    pub(super) to_close: Mutex<Vec<Weak<dyn Close>>>,
    /// That of the child in which this memory is a copy.
    next: OnceLock<Box<Registry>>,
}

static FIRST: Registry = Registry::new(None, None);

/// The registry of this process.
pub(super) fn here() -> &'static Registry {
    fork::watch();
    last()
}

fn last() -> &'static Registry {
    let mut registry = &FIRST;
    while let Some(next) = registry.next.get() {
        registry = next;
    }
    registry
}

/// In a forked child, where no other thread is: nobody is in the middle of a change to `next`.
pub(crate) fn after_fork() {
    let parent = last();
    // A hook that was just being set is not inherited.
    let hook = parent.hook.try_lock().and_then(|hook| hook.clone());
    let child = Registry::new(Some(ident::get_ident()), hook);
    let _ = parent.next.set(Box::new(child));
}

impl Registry {
    const fn new(main_ident: Option<NonZeroU64>, hook: Option<Hook>) -> Registry {
        Registry {
            main_ident,
            main: OnceLock::new(),
            alive: Mutex::new(BTreeMap::new()),
            hook: Mutex::new(hook),
            to_close: Mutex::new(Vec::new()),
            next: OnceLock::new(),
        }
    }

    pub(super) fn main(&self) -> &ThreadHandle {
        self.main.get_or_init(|| {
            let ident = self.main_ident.unwrap_or(ident::MAIN);
            ThreadHandle::new(Life::of_main(ident))
        })
    }

    pub(super) fn insert(&self, ident: NonZeroU64, thread: ThreadHandle) {
        self.alive.lock().insert(ident, thread);
    }

    pub(super) fn remove(&self, ident: NonZeroU64) {
        let removed = self.alive.lock().remove(&ident);
        // It may be the last handle: not under the lock.
        drop(removed);
    }
}

/// The thread in which `main` runs; in a forked child, the thread that forked.
///
/// Its handle is there for every thread to use, and named "MainThread".
///
/// ```
/// let main = threading::main_thread();
/// assert_eq!(&*main.name(), "MainThread");
/// assert!(main.is_alive() && !main.daemon());
/// ```
#[must_use]
pub fn main_thread() -> ThreadHandle {
    here().main().clone()
}

/// All living threads that this crate knows: the main thread, those that were started and have not ended, and other
/// threads that asked who they are. The main thread comes first, then all in the order of their starts.
///
/// ```
/// use threading::{Event, Thread};
///
/// static DONE: Event = Event::new();
///
/// let waiter = Thread::spawn(|| DONE.wait())?;
/// assert!(threading::enumerate().contains(&waiter));
/// DONE.set();
/// waiter.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn enumerate() -> Vec<ThreadHandle> {
    let registry = here();
    let main = Some(registry.main().clone()).filter(ThreadHandle::is_alive);
    let alive = registry.alive.lock();
    main.into_iter().chain(alive.values().cloned()).collect()
}

/// How many threads [`enumerate`] gives.
#[must_use]
pub fn active_count() -> usize {
    let registry = here();
    usize::from(registry.main().is_alive()) + registry.alive.lock().len()
}
