//! The instruments of this workspace's tests: a watchdog, a leak guard and a crash kit.
//!
//! Every test that starts processes or threads does its work inside [`guarded()`]:
//!
//! ```
//! use manyways_testkit as testkit;
//!
//! // #[test]
//! fn squares() {
//!     testkit::guarded(|| {
//!         let squares: Vec<_> = (1..4).map(|n| std::thread::spawn(move || n * n)).collect();
//!         let sum: i32 = squares.into_iter().map(|thread| thread.join().unwrap()).sum();
//!         assert_eq!(sum, 14);
//!     });
//! }
//! # squares();
//! ```
//!
//! A test that hangs is ended with the stacks of all its threads and descendants, and a test that leaves a descriptor, a
//! process, a thread, a name in `/dev/shm` or a temporary file fails with a message that names it:
//!
//! ```should_panic
//! manyways_testkit::guarded(|| std::mem::forget(std::io::pipe()));
// panics: "left behind: file descriptor 3 open on pipe:[4711] ..."
//! ```
//!
//! The parts can be had alone: [`Watchdog`], [`LeakGuard`], [`resident_bytes()`].

mod console;
mod family;
mod guarded;
mod harness;
mod home;
mod leak;
mod leak_guard;
mod memory;
mod process;
mod procfs;
mod shm;
mod snapshot;
mod stacks;
mod sys;
mod syscall;
mod view;
mod watchdog;

pub use crate::guarded::{DEFAULT_LIMIT, LIMIT_VARIABLE, guarded, guarded_for};
pub use crate::leak::{Leak, Leaks};
pub use crate::leak_guard::LeakGuard;
pub use crate::memory::resident_bytes;
pub use crate::process::kill_process;
pub use crate::syscall::Syscall;
pub use crate::view::{ProcessView, ThreadView};
pub use crate::watchdog::Watchdog;
