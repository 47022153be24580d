//! Processes that outlive the one that started them, and are come back to.
//!
//! ```text
//!   starter ──fork──> intermediate (ends at once) ──fork──> supervisor ──fork──> worker
//!                                                            │  owns the socket       runs the callable
//!   client  ──connects to the address──────────────────────-─┘
//! ```
//!
//! The supervisor is the worker's parent, so it learns how the worker ended, SIGKILL included, and is
//! there to tell it. It relays messages without understanding them and keeps those that no client has
//! taken. The intermediate ends so that init adopts and reaps the supervisor.

mod address;
mod callable;
mod connect;
mod launch;
mod mailbox;
mod queue;
mod supervisor;

pub use self::callable::{BackgroundCallable, PersistentCallable};
pub use self::connect::connect_persistent;
pub use self::launch::{BackgroundProcess, create_persistent, start_persistent};
pub use self::queue::BackgroundQueue;
