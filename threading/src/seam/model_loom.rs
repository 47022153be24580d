//! loom's machine.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::sync::MutexGuard;
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

use std::cell::Cell;
use std::time::Instant;

use loom::sync::Condvar;

/// loom's mutex, with the face of `parking_lot`'s.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Mutex<T> {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}

/// A word on whose value a thread sleeps. The kernel compares and falls asleep in one step; so does the
/// mutex here.
#[derive(Debug)]
pub(crate) struct Futex {
    word: AtomicU32,
    step: loom::sync::Mutex<()>,
    woken: Condvar,
}

impl Futex {
    pub(crate) fn new(value: u32) -> Futex {
        Futex {
            word: AtomicU32::new(value),
            step: loom::sync::Mutex::new(()),
            woken: Condvar::new(),
        }
    }

    pub(crate) fn sleep(&self, value: u32, deadline: Option<Instant>) {
        if deadline.is_some() {
            return loom::thread::yield_now();
        }
        let step = self.step.lock().unwrap();
        if self.word.load(Ordering::SeqCst) == value {
            drop(self.woken.wait(step).unwrap());
        }
    }

    pub(crate) fn wake(&self) {
        let _step = self.step.lock().unwrap();
        self.woken.notify_one();
    }
}

impl std::ops::Deref for Futex {
    type Target = AtomicU32;

    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}

loom::thread_local! {
    /// The number of this thread, 0 before it has one.
    pub(crate) static IDENT: Cell<u64> = Cell::new(0);
}

/// All deadlines have: the model tries what happens before they are looked at.
pub(crate) fn has_passed(_: Instant) -> bool {
    true
}

/// A spin is one load more, which multiplies the interleavings and shows nothing new.
pub(crate) fn spinning_helps() -> bool {
    false
}
