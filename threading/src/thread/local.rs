//! Values that each thread has its own of.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use crate::panic::{self, PanicReport, Telling};

/// A value that each thread has its own of, made by a function when the thread first asks. Python's `threading.local`.
///
/// ```
/// use std::cell::RefCell;
/// use threading::{Local, Thread};
///
/// static SEEN: Local<RefCell<Vec<u32>>> = Local::new(|| RefCell::new(Vec::new()));
///
/// SEEN.with(|seen| seen.borrow_mut().push(1));
/// let thread = Thread::spawn(|| SEEN.with(|seen| seen.borrow().len()))?;
/// assert_eq!(thread.join()?, 0);
/// assert_eq!(SEEN.with(|seen| seen.borrow().len()), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Besides what [`thread_local!`](std::thread_local) does, a `Local` need not be a static: each object has values of
/// its own. Values need not be `Send`: each one stays in its thread, and is dropped there
///
/// - when the thread ends, before a join of it returns;
/// - when the `Local` is dropped: at once in that thread, in others when they use any `Local` next or end.
///
/// A panic in a value's destructor does no harm to others; the [excepthook](crate::set_excepthook) is told. In a forked
/// child the thread that forked has its values, and those of other threads are gone without being dropped.
///
/// A read is a binary search among the thread's values: some nanoseconds.
pub struct Local<T: 'static, F = fn() -> T> {
    init: F,
    /// Given at the first use.
    key: OnceLock<Arc<Key>>,
    value: PhantomData<fn() -> T>,
}

/// What a `Local`'s values are found by, and whether it still exists.
struct Key(u64);

/// How many keys were dropped. A thread that has not seen the last one looks through its values.
static DROPPED: AtomicU64 = AtomicU64::new(0);

impl Key {
    fn new() -> Arc<Key> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(Key(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Release);
    }
}

impl<T, F> Local<T, F>
where
    F: Fn() -> T,
{
    /// Values that this function makes, in each thread anew.
    pub const fn new(init: F) -> Local<T, F> {
        Local {
            init,
            key: OnceLock::new(),
            value: PhantomData,
        }
    }

    /// Calls `f` with the calling thread's value, which is made first if there is none.
    ///
    /// `f` may use this and other `Local`s. The function that makes values may use others, not this one.
    ///
    /// # Panics
    ///
    /// In destructors of thread-locals that run after this crate's, while a thread ends.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let key = self.key.get_or_init(Key::new);
        let value = find(key).unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new((self.init)());
            drop(insert(key, Rc::clone(&value)));
            value
        });
        let value = value.downcast_ref::<T>();
        f(value.expect("a key's values are of one type"))
    }

    /// A clone of the calling thread's value, which is made first if there is none.
    ///
    /// # Panics
    ///
    /// As [`with`](Local::with).
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Gives the calling thread a value, in place of the one that it has.
    ///
    /// # Panics
    ///
    /// As [`with`](Local::with).
    pub fn set(&self, value: T) {
        let key = self.key.get_or_init(Key::new);
        drop(insert(key, Rc::new(value)));
    }
}

impl<T, F> Drop for Local<T, F> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            drop(key);
            drop(TABLE.try_with(|table| table.borrow_mut().take_orphans()));
        }
    }
}

impl<T, F> fmt::Debug for Local<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let here = self.key.get().and_then(find).is_some();
        let threads = self.key.get().map_or(0, Arc::weak_count);
        f.debug_struct("Local")
            .field("values", &threads)
            .field("has_value_here", &here)
            .finish()
    }
}

/// The calling thread's values.
struct Table {
    /// In the order of their keys.
    entries: Vec<Entry>,
    dropped_seen: u64,
}

struct Entry {
    number: u64,
    key: Weak<Key>,
    value: Rc<dyn Any>,
}

thread_local! {
    static TABLE: RefCell<Table> = const {
        RefCell::new(Table { entries: Vec::new(), dropped_seen: 0 })
    };
}

fn find(key: &Arc<Key>) -> Option<Rc<dyn Any>> {
    // Values are dropped when the table is not borrowed: their destructors may use it.
    let orphans = TABLE.with(|table| table.borrow_mut().take_orphans());
    drop(orphans);
    TABLE.with(|table| {
        let table = table.borrow();
        let at = table.place(key).ok()?;
        Some(Rc::clone(&table.entries[at].value))
    })
}

/// The value before.
fn insert(key: &Arc<Key>, value: Rc<dyn Any>) -> Option<Rc<dyn Any>> {
    TABLE.with(|table| {
        let mut table = table.borrow_mut();
        match table.place(key) {
            Ok(at) => Some(mem::replace(&mut table.entries[at].value, value)),
            Err(at) => {
                let (number, key) = (key.0, Arc::downgrade(key));
                table.entries.insert(at, Entry { number, key, value });
                None
            }
        }
    })
}

impl Table {
    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.entries
            .binary_search_by_key(&key.0, |entry| entry.number)
    }

    /// The values whose `Local`s are gone.
    fn take_orphans(&mut self) -> Vec<Entry> {
        let dropped = DROPPED.load(Ordering::Acquire);
        if mem::replace(&mut self.dropped_seen, dropped) == dropped {
            return Vec::new();
        }
        let orphaned = |entry: &mut Entry| entry.key.strong_count() == 0;
        self.entries.extract_if(.., orphaned).collect()
    }
}

/// Destructors may make new values: so often they are looked for.
const ROUNDS: usize = 8;

/// Drops the calling thread's values, and has their panics told.
pub(super) fn drop_all(tell: impl Fn(PanicReport)) {
    for _ in 0..ROUNDS {
        let entries = TABLE.try_with(|table| mem::take(&mut table.borrow_mut().entries));
        let entries = entries.unwrap_or_default();
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            if let Err(report) = panic::catch(Telling::Hooks, || drop(entry)) {
                tell(report);
            }
        }
    }
}

/// When a thread ends that this crate did not make, and for what its [`drop_all`] left.
impl Drop for Table {
    fn drop(&mut self) {
        for entry in mem::take(&mut self.entries) {
            // The panic hook is told; to unwind out of here would end the process.
            let _ = panic::catch(Telling::Everybody, || drop(entry));
        }
    }
}
