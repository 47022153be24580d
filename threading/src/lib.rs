//! Python's threads in Rust.
//!
//! # Threads
//!
//! A thread is made, started and joined. The work is a type of one's own, as a subclass of Python's `Thread`:
//!
//! ```python
//! class SumPrimes(threading.Thread):
//!     def __init__(self, below):
//!         super().__init__()
//!         self.below = below
//!     def run(self):
//!         self.sum = sum(n for n in range(2, self.below) if all(n % d for d in range(2, n)))
//! ```
//!
//! ```
//! use threading::{Run, Thread};
//!
//! struct SumPrimes {
//!     below: u64,
//! }
//!
//! impl Run for SumPrimes {
//!     type Output = u64;
//!
//!     fn run(self) -> u64 {
//!         (2..self.below).filter(|n| (2..*n).all(|d| n % d != 0)).sum()
//!     }
//! }
//!
//! let threads = [10, 100, 1000].map(|below| Thread::new(SumPrimes { below }));
//! for thread in &threads {
//!     thread.start()?;
//! }
//! let sums = threads.map(|thread| thread.join());
//! assert_eq!(sums.map(Result::unwrap), [17, 1060, 76_127]);
//! # Ok::<(), threading::StartError>(())
//! ```
//!
//! or a closure, which is what most programs want. What it returns, [`join`](Thread::join) gives; and if it panics,
//! join gives that, with message, place and backtrace. Nothing is lost with a thread.
//!
//! ```
//! use threading::Thread;
//!
//! let lucky = Thread::spawn(|| 6 * 7)?;
//! assert_eq!(lucky.join()?, 42);
//!
//! let unlucky = Thread::spawn(|| "forty-two".parse::<i32>().unwrap())?;
//! let error = unlucky.join().unwrap_err();
//! assert!(error.panic_report().unwrap().message().contains("InvalidDigit"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Builder`] gives a thread a name, a stack size, processors to run on. [`scope`] has threads that borrow:
//!
//! ```
//! let mut squares = [1, 2, 3];
//! threading::scope(|scope| {
//!     for number in &mut squares {
//!         scope.spawn(|| *number *= *number);
//!     }
//! })?;
//! assert_eq!(squares, [1, 4, 9]);
//! # Ok::<(), threading::JoinError>(())
//! ```
//!
//! [`current_thread`], [`main_thread`] and [`enumerate`] give [`ThreadHandle`]s, by which anybody can see a thread,
//! wait for its end, with a limit too, and ask it to stop. [`Timer`] calls later; [`Local`] has a value for each
//! thread.
//!
//! # The end of the program
//!
//! Python waits at its end for all threads that are not daemons. A program of Rust ends with its `main`, unless that is
//!
//! ```
//! use threading::{StartError, Thread};
//!
//! fn program() -> Result<(), StartError> {
//!     Thread::spawn(|| println!("is waited for"))?;
//!     Ok(())
//! }
//!
//! fn main() -> Result<(), StartError> {
//!     threading::run_main(program)
//! }
//! ```
//!
//! # To stop
//!
//! No thread can be killed: it may hold what others need. Each has a [`CancelToken`], which
//! [`cancel`](ThreadHandle::cancel) cancels; the thread looks at it with [`cancel_requested`], or gives it to calls
//! that wait. Every such call of this crate has three forms: the plain one waits as long as it takes, `try_...` does
//! not wait, `..._timeout` takes a [`Limit`]: a duration, an instant, a token, or a token and a time.
//!
//! ```
//! use std::time::Duration;
//! use threading::{Event, Thread, WaitError, current_token};
//!
//! static NEVER: Event = Event::new();
//!
//! let thread = Thread::spawn(|| NEVER.wait_timeout(current_token().within(Duration::from_secs(60))))?;
//! thread.cancel();
//! assert_eq!(thread.join()?, Err(WaitError::Cancelled));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Forks
//!
//! In a forked child the thread that forked is the main thread and the only one; threads of the parent are not alive
//! there, joining one is an error ([`is_left_behind`](JoinError::is_left_behind)), and new threads may be started. Of
//! locks and queues that threads of the parent held or waited for, nothing is promised.

mod barrier;
mod condition;
pub mod deadlock;
mod error;
mod event;
pub mod futures;
mod ident;
mod lock;
mod queue;
mod seam;
mod semaphore;
mod thread;
mod wait;

pub use self::{
    barrier::{Barrier, BarrierError},
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    semaphore::{BoundedSemaphore, Permit, Semaphore},
    thread::{
        AffinityError, Builder, ExceptHookArgs, JoinError, Local, PanicReport, Run, Scope,
        ScopedThread, StartError, Thread, ThreadHandle, Timer, active_count, cancel_requested,
        current_thread, current_token, default_excepthook, enumerate, get_native_id, main_thread,
        reset_excepthook, run_main, scope, set_excepthook, set_stack_size, shutdown, stack_size,
    },
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    wait::{CancelToken, Limit, WaitError},
};
