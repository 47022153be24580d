//! A number of permits.
//!
//! `plain` is the protocol, `bounded` the one that notices a release too many, `permit` their guard.

mod bounded;
mod permit;
mod plain;

pub use self::{bounded::BoundedSemaphore, permit::Permit, plain::Semaphore};
