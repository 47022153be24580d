//! A contract for Python's synchronisation objects, to be kept by every implementation.
//!
//! An implementation is adapted to a small trait, such as [`Event`], and the world says what its
//! workers are: threads ([`Threads`]) or forked processes (a [`World`] of the implementer's own). Then
//! one line makes a guarded test of each case:
//!
//! ```
//! use manyways_testkit::contract::{Event, Outcome, Refusal, Threads};
//! use std::sync::{Condvar, Mutex, PoisonError};
//! use std::time::Duration;
//!
//! /// The event that is tested.
//! #[derive(Debug, Default)]
//! struct Rounds(Mutex<(bool, u64)>, Condvar);
//!
//! impl Event for Rounds {
//!     fn new() -> Self {
//!         Rounds::default()
//!     }
//!     fn is_set(&self) -> bool {
//!         self.0.lock().unwrap().0
//!     }
//!     fn set(&self) {
//!         let mut state = self.0.lock().unwrap();
//!         *state = (true, state.1 + 1);
//!         self.1.notify_all();
//!     }
//!     fn clear(&self) {
//!         self.0.lock().unwrap().0 = false;
//!     }
//!     fn wait(&self) -> Outcome {
//!         self.wait_timeout(Duration::from_secs(1000))
//!     }
//!     fn wait_timeout(&self, limit: Duration) -> Outcome {
//!         let state = self.0.lock().unwrap();
//!         let round = state.1;
//!         let unset = |state: &mut (bool, u64)| !state.0 && state.1 == round;
//!         let (_state, timed) = self.1.wait_timeout_while(state, limit, unset).unwrap();
//!         if timed.timed_out() { Err(Refusal::TimedOut) } else { Ok(()) }
//!     }
//! }
//!
//! // In a test:
//! mod event {
//!     use super::*;
//!     manyways_testkit::contract_tests!(event, Threads, Rounds);
//! }
//! # manyways_testkit::contract::event::set_and_clear::<Threads, Rounds>();
//! ```
//!
//! The suites are modules, their cases functions; [`cases()`] lists them. They answer CPython's
//! own tests, `lock_tests`, `test_queue`, `test_threading` and `test_thread`, written anew from what
//! those mean; [`python_cases()`] says for each of CPython's which of ours answers it, or why none
//! does.
//!
//! # How a case knows that a worker waits
//!
//! [`Crew::settle`] waits until all workers sleep, by the kernel's word. A case never sleeps to give
//! others time, so that it is as fast as the machine and as sure on a busy one.

mod cases;
mod crew;
mod interface;
mod notes;
mod outcome;

mod world;

pub use cases::{
    Item, barrier, bounded_semaphore, cases, condition, condition_over_rlock, event, lock,
    plain_lock, queue, queue_items, queue_shutdown, rlock, semaphore, simple_queue,
    simple_queue_items, thread, unbounded_semaphore,
};
pub use crew::Crew;
pub use interface::{
    Action, Barrier, BoundedSemaphore, Condition, Event, ExceptHook, Lock, Order, Queue, RLock,
    Semaphore, SimpleQueue, Thread, ThreadOptions,
};
pub use notes::{Counter, Gate, Log, Register};
pub use outcome::{Outcome, Refusal};
pub use world::{End, Threads, Worker, World};
