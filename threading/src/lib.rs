//! Python's `threading` and `queue` in Rust, with what they lack: waits that can be cancelled, panics that are told, and
//! deadlocks that are found.
//!
//! # Locks with data
//!
//! ```python
//! total, lock = 0, threading.Lock()
//! def add():
//!     global total
//!     with lock: total += 1
//! ```
//!
//! ```
//! use threading::Lock;
//!
//! static TOTAL: Lock<u32> = Lock::new(0);
//! std::thread::scope(|scope| {
//!     for _ in 0..4 {
//!         scope.spawn(|| *TOTAL.lock() += 1);
//!     }
//! });
//! assert_eq!(*TOTAL.lock(), 4);
//! ```
//!
//! [`RLock`] may be taken again by its holder. Python's bare forms are there where there is no data to protect
//! (`Lock<()>`, `RLock<()>`), and misuse is an error that names the line:
//!
//! ```
//! use threading::Lock;
//!
//! let gate = Lock::new(());
//! gate.acquire();
//! std::thread::scope(|scope| { scope.spawn(|| gate.release().unwrap()); });
//! let misuse = gate.release().unwrap_err();
//! println!("{misuse}"); // release of a lock that is not held, at src/main.rs:7:19; release it once for each acquire
//! ```
//!
//! # Three forms of each call
//!
//! What may wait has a form that waits, one that tries (`try_...`), and one with a [`Limit`] (`..._timeout`): a duration, an
//! instant, a [`CancelToken`], or a token and a time. The error tells which it was.
//!
//! ```
//! use std::time::Duration;
//! use threading::{CancelToken, Semaphore, WaitError};
//!
//! let (permits, token) = (Semaphore::new(0), CancelToken::new());
//! let late = permits.acquire_timeout(Duration::from_millis(1));
//! assert_eq!(late, Err(WaitError::TimedOut));
//! std::thread::scope(|scope| {
//!     let waiter = scope.spawn(|| permits.acquire_timeout(token.within(Duration::from_secs(60))));
//!     token.cancel();
//!     assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
//! });
//! ```
//!
//! # Waiting for each other
//!
//! - [`Condition`]: for a change of what a lock protects; first come, first notified, and no spurious wake-ups;
//! - [`Event`]: for a flag;
//! - [`Semaphore`], [`BoundedSemaphore`]: for one of a number of permits;
//! - [`Barrier`]: for all the others.
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use threading::Barrier;
//!
//! static SUM: AtomicU32 = AtomicU32::new(0);
//! static ADDED: Barrier = Barrier::new(3);
//!
//! let threads = [1, 2, 3].map(|n| std::thread::spawn(move || {
//!     SUM.fetch_add(n, Ordering::Relaxed);
//!     ADDED.wait().map(|_| SUM.load(Ordering::Relaxed))
//! }));
//! for thread in threads {
//!     assert_eq!(thread.join().unwrap(), Ok(6));
//! }
//! ```
//!
//! # Executors and futures
//!
//! [`futures`] is Python's `concurrent.futures`: a [`ThreadPoolExecutor`](futures::ThreadPoolExecutor) calls functions, and a
//! [`Future`](futures::Future) has the result, or the panic with its message, place and backtrace.
//!
//! ```
//! use threading::futures::{ThreadPoolExecutor, as_completed};
//!
//! let pool = ThreadPoolExecutor::builder().max_workers(4).build()?;
//! let words = ["one", "three", "fifteen"].map(|word| (word, pool.submit(move || word.len()).unwrap()));
//! for (word, length) in as_completed(words) {
//!     assert_eq!(length.result()?, word.len());
//! }
//! let squares = pool.map(|n| n * n, 1..=3).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(squares, [1, 4, 9]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When something goes wrong
//!
//! | what happens | what follows |
//! |---|---|
//! | a holder of a lock panics | the lock is released; [`is_poisoned`](Lock::is_poisoned) says so |
//! | a thread does not come to a barrier | with a limit, or by [`abort`](Barrier::abort), all others learn it |
//! | threads wait for each other's locks | with [`deadlock::enable`], a report of who holds what and waits for what, where |
//! | a lock is released that is not held, a permit too many | [`MisuseError`] |
//! | a task panics, or its pool's initializer | [`FutureError`](futures::FutureError) |
//! | a wait is not wanted any more | [`CancelToken::cancel`] |
//!
//! # Differences from the original, on purpose
//!
//! - Locks have data, and a notification without the lock does not compile.
//! - Waits can be cancelled. What Python returns as `False` from a wait in time is an error with the reason.
//! - `Lock.acquire` of a lock that the thread holds is found, with [`deadlock`]'s help.
//! - There is no timeout of -1 and none too large: a call without a limit has none.
//!
//! # How it waits
//!
//! Uncontended calls are one or two atomic operations. Otherwise a thread spins for a few microseconds, if there is more than
//! one processor, and then sleeps on a futex, in line. No call allocates once its thread has waited before. Linux
//! only.
//!
//! # Modules
//!
//! `lock`, `condition`, `semaphore`, `event`, `barrier`: a type or two each. [`deadlock`]: the detection. `wait`: how
//! threads sleep. [`futures`]: executors. `seam`: what the model checkers replace. Unsafe code is in `lock::cell` (the data
//! behind locks), `wait::cell` (the line of waiters) and `futures::cell` (tasks and their results).

mod barrier;
mod condition;
pub mod deadlock;
mod error;
mod event;
pub mod futures;
mod ident;
mod lock;
#[cfg(all(test, shuttle))]
mod model_shuttle;
mod seam;
mod semaphore;
mod wait;

pub use self::{
    barrier::{Barrier, BarrierError},
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    semaphore::{BoundedSemaphore, Permit, Semaphore},
    wait::{CancelToken, Limit, WaitError},
};
