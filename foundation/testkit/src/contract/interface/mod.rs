//! What Python's objects can do, as traits: an implementation is adapted to them and then tested.
//!
//! Objects are shared in an `Arc` that the workers' closures hold. A worker that is a forked process
//! has a copy of the `Arc` and of the handle in it, and both must lead to the same object.

mod barrier;
mod condition;
mod event;
mod lock;
mod queue;
mod semaphore;
mod thread;

pub use barrier::{Action, Barrier};
pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, RLock};
pub use queue::{Order, Queue, SimpleQueue};
pub use semaphore::{BoundedSemaphore, Semaphore};
pub use thread::{ExceptHook, Thread, ThreadOptions};
