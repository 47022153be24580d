//! Locks, events and the rest, across processes.
//!
//! A handle is cloned for whoever is to have the object: a closure that a forked process runs, a message over a
//! [`Connection`](crate::connection::Connection), the arguments of a task. All clones are the same object. It vanishes
//! with the last process that has one, however that ends: there is no name and nothing to clean up.
//!
//! # When a process dies
//!
//! Nobody waits for the dead. What a process held when it died, the next taker gets, together with the news
//! ([`OwnerDied`]), since what the lock guards may be half changed. The news comes once, within 100 ms of the death, to
//! whoever waits or comes next. It does not matter how the process ended: killed, aborted, by `exit`, or by replacing its
//! program with `exec`; a stopped process is alive.
//!
//! # Limits
//!
//! 1024 processes use objects that were made together (small ones share memory), each with two descriptors for them; 256 threads wait
//! on a [`Condition`]; it is known of 64 processes how many permits of a [`Semaphore`] they hold; a [`Barrier`] has at most 10 000
//! parties. A process that closes all descriptors, as those do that become daemons, is dead for the others from then on: do it before
//! the objects are made. The processes trust each other not to overwrite what they share.

mod barrier;
mod condition;
mod error;
mod event;
mod lock;
mod rlock;
mod semaphore;
pub(crate) mod travel;

pub use barrier::Barrier;
pub use condition::{Condition, ConditionGuard, Waited};
pub(crate) use error::deadline;
pub use error::{
    BarrierError, ConditionError, Death, LockError, Misuse, OwnerDied, ReleaseError, SyncError,
    Taken,
};
pub use event::Event;
pub use lock::{Lock, LockGuard};
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore};
