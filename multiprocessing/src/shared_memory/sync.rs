//! The seam through which the words of a list pass, so that loom can stand in for the processors.

#[cfg(loom)]
pub(super) use loom::sync::atomic::fence;
#[cfg(not(loom))]
pub(super) use std::sync::atomic::fence;

pub(super) use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// A word of shared memory; loom has a type of its own for it.
pub(super) trait Word {
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
}

macro_rules! word {
    ($type:ty) => {
        impl Word for $type {
            fn load(&self, order: Ordering) -> u64 {
                <$type>::load(self, order)
            }

            fn store(&self, value: u64, order: Ordering) {
                <$type>::store(self, value, order);
            }

            fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
                <$type>::fetch_add(self, value, order)
            }
        }
    };
}

word!(AtomicU64);
#[cfg(loom)]
word!(loom::sync::atomic::AtomicU64);
