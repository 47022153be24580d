//! The seam through which the pool's shared words pass, so that loom can stand in for the processors.

#[cfg(loom)]
mod stand_in;
#[cfg(not(loom))]
mod sys;

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(loom)]
pub(crate) use self::stand_in::SharedWords;
#[cfg(not(loom))]
pub(crate) use self::sys::SharedWords;
