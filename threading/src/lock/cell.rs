//! The data behind the locks, and who may touch it.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::raw::RawLock;
use super::reentrant::RawRLock;
use crate::seam::{UnsafeCell, const_fn};

/// A lock around a value: Python's `Lock`, with the data that it protects.
///
/// [`lock`](Lock::lock) gives a guard, as `with lock:` does. A `Lock<()>` also has Python's bare
/// [`acquire`](Lock::acquire) and [`release`](Lock::release), which any thread may call: there is no data that could be
/// touched without the lock. It can stand in a `static`.
///
/// ```
/// use threading::Lock;
///
/// static TOTAL: Lock<u64> = Lock::new(0);
///
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| (0..1000).for_each(|_| *TOTAL.lock() += 1));
///     }
/// });
/// assert_eq!(*TOTAL.lock(), 4000);
/// ```
///
/// # Who gets it
///
/// Whoever comes first takes a free lock, so that threads which are running need not wait for one that is being
/// woken. Those who wait are woken in order, and one that is beaten to it for a millisecond is handed the lock.
///
/// # When a holder panics
///
/// The lock is released, as in Python, and the lock is *poisoned*: [`is_poisoned`](Lock::is_poisoned) says so to
/// whoever must know whether the data may be half-changed. Nothing else comes of it, where
/// [`std::sync::Mutex`] makes each caller decide each time.
#[repr(C)] // The word of the lock beside the data: see `RawLock`.
pub struct Lock<T: ?Sized = ()> {
    pub(super) raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: a lock gives `&mut T` to one thread at a time, whichever holds it; so the value goes from thread to thread,
// which `T: Send` allows.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
// SAFETY: the value goes with the lock; the rest of it is bound to no thread.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}

impl<T> Lock<T> {
    const_fn! {
        /// A free lock around a value.
        #[inline]
        pub const fn new(value: T) -> Lock<T> {
            Lock {
                raw: RawLock::new(),
                data: UnsafeCell::new(value),
            }
        }
    }

    /// The value, as nobody can hold the lock.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// The value, as nobody can hold the lock.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is the only way to the value.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

/// A held [`Lock`]: the way to its data. Releases the lock when it is dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized = ()> {
    pub(super) lock: &'a Lock<T>,
    /// Whether the thread was panicking when it took the lock.
    pub(super) panicking: bool,
    /// Stays on its thread, so that the detection of deadlocks knows who holds the lock.
    _stays: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T`, which `T: Sync` allows to others; only the thread that has the guard itself can
// release the lock.
unsafe impl<T: ?Sized + Sync> Sync for LockGuard<'_, T> {}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// For a thread that has just taken the lock, which this guard will release.
    #[inline]
    pub(super) fn new(lock: &'a Lock<T>) -> LockGuard<'a, T> {
        LockGuard {
            lock,
            panicking: std::thread::panicking(),
            _stays: PhantomData,
        }
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held for as long as the guard lives, but inside of a condition's wait, which has `&mut`
        // of the guard; only the guard gives references to the data of a held lock. A bare release, which would free
        // the lock too early, exists only where `T` is `()`.
        self.lock.data.with(|data| unsafe { &*data })
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` is alone.
        self.lock.data.with_mut(|data| unsafe { &mut *data })
    }
}

/// A lock that its holder may take again: Python's `RLock`, with the data that it protects.
///
/// It belongs to the thread that took it, and is free when that thread has released it as often as taken. The
/// guards give `&T` only, since there may be several: use `Cell` or `RefCell` inside.
///
/// ```
/// use std::cell::Cell;
/// use threading::RLock;
///
/// let total = RLock::new(Cell::new(0));
/// let add = |n| {
///     let total = total.lock();
///     total.set(total.get() + n);
/// };
/// let _outer = total.lock();
/// add(1);
/// add(2);
/// assert_eq!(total.lock().get(), 3);
/// ```
///
/// An `RLock<()>` also has Python's bare [`acquire`](RLock::acquire) and [`release`](RLock::release). Order, panics: as
/// [`Lock`].
pub struct RLock<T: ?Sized = ()> {
    pub(super) raw: RawRLock,
    data: UnsafeCell<T>,
}

// SAFETY: an `RLock` gives `&T` to one thread at a time, whichever holds it, so `T` needs to be `Send` and not
// `Sync`.
unsafe impl<T: ?Sized + Send> Sync for RLock<T> {}
// SAFETY: the value goes with the lock; the rest of it is bound to no thread.
unsafe impl<T: ?Sized + Send> Send for RLock<T> {}

impl<T> RLock<T> {
    const_fn! {
        /// A free lock around a value.
        #[inline]
        pub const fn new(value: T) -> RLock<T> {
            RLock {
                raw: RawRLock::new(),
                data: UnsafeCell::new(value),
            }
        }
    }

    /// The value, as nobody can hold the lock.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> RLock<T> {
    /// The value, as nobody can hold the lock.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is the only way to the value.
        self.data.with_mut(|data| unsafe { &mut *data })
    }
}

/// A held [`RLock`]: the way to its data. Releases the lock, once, when it is dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct RLockGuard<'a, T: ?Sized = ()> {
    pub(super) lock: &'a RLock<T>,
    /// Whether the thread was panicking when it took the lock.
    pub(super) panicking: bool,
    /// The lock belongs to the thread.
    _stays: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T`, which `T: Sync` allows to others; only the thread that has the guard itself can
// release the lock.
unsafe impl<T: ?Sized + Sync> Sync for RLockGuard<'_, T> {}

impl<'a, T: ?Sized> RLockGuard<'a, T> {
    /// For a thread that has just taken the lock once more, which this guard will release.
    #[inline]
    pub(super) fn new(lock: &'a RLock<T>) -> RLockGuard<'a, T> {
        RLockGuard {
            lock,
            panicking: std::thread::panicking(),
            _stays: PhantomData,
        }
    }
}

impl<T: ?Sized> Deref for RLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: all guards of a lock are on the thread that holds it, and give `&T`. Other threads hold it at the
        // same time only while this one is inside of a condition's wait, which is there for `T: Sync` alone.
        self.lock.data.with(|data| unsafe { &*data })
    }
}
