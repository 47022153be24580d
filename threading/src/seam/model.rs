//! A model checker's machine: loom's or shuttle's, which have the same names.

#[cfg(loom)]
use loom as checker;
#[cfg(shuttle)]
use shuttle as checker;

#[cfg(shuttle)]
pub(crate) use super::cell::UnsafeCell;
#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;

pub(crate) use checker::sync::MutexGuard;
pub(crate) use checker::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use checker::thread::yield_now;

use std::cell::Cell;
use std::time::Instant;

use super::const_fn;
use checker::sync::Condvar;

/// The checker's mutex, with the face of `parking_lot`'s.
#[derive(Debug)]
pub(crate) struct Mutex<T>(checker::sync::Mutex<T>);

impl<T> Mutex<T> {
    const_fn! {
        pub(crate) const fn new(value: T) -> Mutex<T> {
            Mutex(checker::sync::Mutex::new(value))
        }
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
    step: checker::sync::Mutex<()>,
    woken: Condvar,
}

impl Futex {
    const_fn! {
        pub(crate) const fn new(value: u32) -> Futex {
            Futex {
                word: AtomicU32::new(value),
                step: checker::sync::Mutex::new(()),
                woken: Condvar::new(),
            }
        }
    }

    pub(crate) fn sleep(&self, value: u32, deadline: Option<Instant>) {
        if deadline.is_some() {
            return yield_now();
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

checker::thread_local! {
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
