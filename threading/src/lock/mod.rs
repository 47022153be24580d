//! Locks with data and without.
//!
//! `raw` is the protocol, `reentrant` the one on top of it, `cell` the data behind them; `plain` and `rlock` are what users
//! see of the two, `hold` what a condition sees.

mod cell;
mod hold;
#[cfg(all(test, loom))]
mod model;
mod plain;
mod raw;
mod reentrant;
mod rlock;

pub(crate) use self::raw::GO;
pub use self::{
    cell::{Lock, LockGuard, RLock, RLockGuard},
    hold::{Held, Hold},
};
