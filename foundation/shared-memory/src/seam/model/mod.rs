//! loom's machine, in which threads stand in for processes.
//!
//! A process can be told to die before any of the steps by which it changes what others see: its thread unwinds, and
//! whatever its destructors do has no effect. The kernel's notice of a death and the looks that sleepers take at the
//! clock are one: a death wakes all who sleep. So a sleeper that nobody wakes, where nobody died, is a failure.

mod cell;
mod life;

use std::sync::Arc;
use std::time::Instant;

pub(crate) use self::cell::{UNIT, Unit};
pub(crate) use self::life::{Died, Life, in_process};
use self::life::{goes_on, wait_in, wake_all_of};
use super::Ordering;
use crate::cell::Shared;
use crate::error::PlaceError;
use crate::place::Place;

macro_rules! word {
    ($name:ident, $atomic:ident, $integer:ty) => {
        /// An atomic word on whose value threads sleep.
        #[derive(Debug, Default)]
        pub(crate) struct $name(loom::sync::atomic::$atomic);

        impl $name {
            pub(crate) fn load(&self, order: Ordering) -> $integer {
                self.0.load(order)
            }

            pub(crate) fn store(&self, value: $integer, order: Ordering) {
                if goes_on() {
                    self.0.store(value, order);
                }
            }

            pub(crate) fn compare_exchange(
                &self,
                from: $integer,
                to: $integer,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$integer, $integer> {
                if goes_on() {
                    self.0.compare_exchange(from, to, success, failure)
                } else {
                    Err(!from)
                }
            }

            pub(crate) fn fetch_update(
                &self,
                success: Ordering,
                failure: Ordering,
                mut change: impl FnMut($integer) -> Option<$integer>,
            ) -> Result<$integer, $integer> {
                let mut value = self.load(failure);
                while let Some(next) = change(value) {
                    match self.compare_exchange(value, next, success, failure) {
                        Ok(value) => return Ok(value),
                        Err(now) => value = now,
                    }
                }
                Err(value)
            }
        }
    };
}

word!(Word, AtomicU32, u32);
word!(Word64, AtomicU64, u64);

impl Word {
    /// Sleeps while the word has this value, until it is woken or somebody dies. With a
    /// deadline, time passes at once.
    pub(crate) fn sleep(&self, value: u32, deadline: Option<Instant>) {
        if deadline.is_some() {
            return loom::thread::yield_now();
        }
        if goes_on() {
            wait_in(self.address(), || self.load(Ordering::SeqCst) == value);
        }
    }

    pub(crate) fn wake(&self, count: u32) -> usize {
        if goes_on() {
            wake_all_of(self.address(), count)
        } else {
            0
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) fn swap(&self, value: u32, order: Ordering) -> u32 {
        if goes_on() {
            self.0.swap(value, order)
        } else {
            0
        }
    }

    pub(crate) fn fetch_or(&self, bits: u32, order: Ordering) -> u32 {
        if goes_on() {
            self.0.fetch_or(bits, order)
        } else {
            0
        }
    }

    pub(crate) fn fetch_and(&self, bits: u32, order: Ordering) -> u32 {
        if goes_on() {
            self.0.fetch_and(bits, order)
        } else {
            0
        }
    }

    pub(crate) fn fetch_add(&self, value: u32, order: Ordering) -> u32 {
        if goes_on() {
            self.0.fetch_add(value, order)
        } else {
            0
        }
    }
}

/// An object that all threads of the model have.
#[derive(Debug)]
pub(crate) struct At<T, U = Word> {
    object: Arc<(T, Vec<U>)>,
}

impl<T: Shared, U: Shared> At<T, U> {
    pub(crate) const ALIGN: usize = 8;

    pub(crate) const fn size(_: usize) -> usize {
        0
    }

    pub(crate) fn new(items: usize) -> Result<At<T, U>, PlaceError> {
        let items = (0..items).map(|_| U::default()).collect();
        Ok(At {
            object: Arc::new((T::default(), items)),
        })
    }

    pub(crate) fn new_at(_: Place, items: usize) -> Result<At<T, U>, PlaceError> {
        At::new(items)
    }

    pub(crate) fn open(_: Place) -> Result<At<T, U>, PlaceError> {
        Err(PlaceError::object("a model has no places"))
    }

    pub(crate) fn items(&self) -> &[U] {
        &self.object.1
    }

    pub(crate) fn life(&self) -> &Life {
        &Life
    }

    pub(crate) fn place(&self) -> &Place {
        panic!("a model has no places")
    }
}

impl<T, U> Clone for At<T, U> {
    fn clone(&self) -> At<T, U> {
        At {
            object: self.object.clone(),
        }
    }
}

impl<T, U> std::ops::Deref for At<T, U> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object.0
    }
}

pub(crate) fn write_bytes(units: &[Unit], at: usize, bytes: &[u8]) {
    if goes_on() {
        for (at, byte) in (at..).zip(bytes) {
            units[at / UNIT].set_byte(at % UNIT, *byte);
        }
    }
}

pub(crate) fn with_bytes<R>(
    units: &[Unit],
    at: usize,
    len: usize,
    look: impl FnOnce(&[u8]) -> R,
) -> R {
    let bytes: Vec<_> = (at..at + len)
        .map(|at| units[at / UNIT].byte(at % UNIT))
        .collect();
    look(&bytes)
}

/// All deadlines have: the model tries what happens before they are looked at.
pub(crate) fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some()
}

/// A spin is one load more, which multiplies the interleavings and shows nothing new.
pub(crate) fn spinning_helps() -> bool {
    false
}
