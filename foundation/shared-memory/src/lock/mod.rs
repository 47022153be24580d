//! Locks that outlive their holders.

mod plain;
mod raw;
mod reentrant;

pub use self::plain::Lock;
pub(crate) use self::raw::RawLock;
pub use self::raw::Taken;
pub use self::reentrant::RLock;
pub(crate) use self::reentrant::RLockState;
