//! The instruments of this workspace's tests: a watchdog, a leak guard, a crash kit and a contract
//! suite.
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
//! A test that hangs is ended with the stacks of all its threads and descendants, and a test that
//! leaves a descriptor, a process, a thread, a name in `/dev/shm` or a temporary file fails with a
//! message that names it:
//!
//! ```should_panic
//! // left behind:
//! //   file descriptor 3 open on pipe:[4711]
//! //   file descriptor 4 open on pipe:[4711]
//! manyways_testkit::guarded(|| std::mem::forget(std::io::pipe()));
//! ```
//!
//! The parts can be had alone: [`Watchdog`], [`LeakGuard`], [`resident_bytes()`]. An [`Example`] is a program of a crate's
//! examples, which must print what its header says.
//!
//! # The crash kit
//!
//! A [`Crash`] is a way to die, a [`Point`] a stage in the life of a worker and of its work. A
//! [`Bomb`] is an argument that brings the one to the other through the system under test, and
//! [`matrix()`] runs all pairs that make sense:
//!
//! ```
//! use manyways_testkit::{Bomb, BombResult, Point, guarded, matrix};
//!
//! /// Whatever dies, the caller learns it. `call` has a worker run a bomb and returns its result.
//! fn survives<E>(call: impl Fn(Bomb) -> Result<BombResult, E>) -> usize {
//!     let points = [Point::DecodeArgument, Point::Running, Point::EncodeResult, Point::MidFrame];
//!     matrix(&points, |crash, point| {
//!         guarded(|| assert!(call(Bomb::argument(crash, point)).is_err()));
//!     })
//! }
//! # assert_eq!(survives(|_| Err(())), 26);
//! ```
//!
//! A crash in a destructor is a [`ShutdownBomb`]; death from outside is [`kill_when()`] and
//! [`kill_when_idle()`]. [`descendants()`] finds the workers of systems that hide them, and
//! [`ProcessView`] shows what a process does.
//!
//! # The contract suite
//!
//! [`contract`] holds the cases that every lock, condition, semaphore, event, barrier, queue and
//! thread in the manner of Python's must pass, whatever it is built on. A crate adapts its types to
//! small traits, and a line, [`contract_tests!`], makes a test of each case.

mod bomb;
mod console;
pub mod contract;
mod crash;
mod example;
mod family;
mod guarded;
mod harness;
mod home;
mod kill;
mod leak;
mod leak_guard;
mod matrix;
mod memory;
mod mid_frame;
mod point;
mod process;
mod procfs;
mod shm;
mod shutdown_bomb;
mod snapshot;
mod stacks;
mod sys;
mod syscall;
mod view;
mod watchdog;

pub use crate::bomb::{BULK, Bomb, BombResult};
pub use crate::crash::{CRASH_CODE, CRASH_MESSAGE, Crash};
pub use crate::example::Example;
pub use crate::family::descendants;
pub use crate::guarded::{DEFAULT_LIMIT, LIMIT_VARIABLE, guarded, guarded_for, watched_for};
pub use crate::kill::{KILL_LIMIT, KillError, kill_when, kill_when_idle};
pub use crate::leak::{Leak, Leaks};
pub use crate::leak_guard::LeakGuard;
pub use crate::matrix::{cells, matrix};
pub use crate::memory::resident_bytes;
pub use crate::point::Point;
pub use crate::process::kill_process;
pub use crate::shutdown_bomb::ShutdownBomb;
pub use crate::syscall::Syscall;
pub use crate::view::{ProcessView, ThreadView};
pub use crate::watchdog::Watchdog;
