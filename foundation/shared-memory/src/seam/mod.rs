//! The seam through which every atomic, sleep and question of life of the protocols passes, so that loom (every
//! interleaving and every reordering, and the death of a process at every step) can stand in for the machine.
//!
//! | configuration | stands on |
//! |---|---|
//! | none | shared memory, futexes, the kernel's locks on slots |
//! | `--cfg loom` | loom; threads stand in for processes, and a deadline is over as soon as it is looked at |

#[cfg(not(loom))]
mod cell;
#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod real;

pub(crate) use std::sync::atomic::Ordering;

#[cfg(not(loom))]
pub(crate) use self::cell::{At, UNIT, Unit, with_bytes, write_bytes};
#[cfg(loom)]
pub(crate) use self::model::*;
#[cfg(not(loom))]
pub(crate) use self::real::*;
