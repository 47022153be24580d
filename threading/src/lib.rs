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
//! # Queues
//!
//! A [`Queue`] hands items from threads to threads: what is put first is got first, at most `maxsize` are inside, and whoever
//! finds it full or empty waits. [`task_done`](Queue::task_done) and [`join`](Queue::join) tell when all has been worked on;
//! [`shutdown`](Queue::shutdown) ends the loops of the workers.
//!
//! ```
//! use threading::Queue;
//!
//! let (pages, words) = (Queue::new(8), Queue::new(0));
//! std::thread::scope(|scope| {
//!     for _ in 0..3 {
//!         scope.spawn(|| {
//!             for page in &pages {
//!                 words.put(str::split_whitespace(page).count()).unwrap();
//!                 pages.task_done().unwrap();
//!             }
//!         });
//!     }
//!     for page in ["one two three", "four", "five six"] {
//!         pages.put(page).unwrap();
//!     }
//!     pages.join();
//!     pages.shutdown();
//! });
//! words.shutdown();
//! assert_eq!(words.iter().sum::<usize>(), 6);
//! ```
//!
//! [`LifoQueue`] gives what was put last, [`PriorityQueue`] the smallest. [`SimpleQueue`] has neither bound nor end, and its put
//! never waits. Each wait has three forms, as everywhere in this crate: `get` waits, `try_get` does not, and
//! `get_timeout` takes a [`Limit`]:
//!
//! ```
//! use std::time::Duration;
//! use threading::{CancelToken, PriorityQueue};
//!
//! let queue = PriorityQueue::new(1);
//! queue.put("item").unwrap();
//! let error = queue.put_timeout("another", Duration::from_millis(5)).unwrap_err();
//! assert!(error.is_timed_out());
//! assert_eq!(error.into_item(), "another");
//!
//! assert_eq!(queue.try_get(), Ok("item"));
//! let token = CancelToken::new();
//! token.cancel();
//! assert!(queue.get_timeout(&token).unwrap_err().is_cancelled());
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
//! `lock`, `condition`, `semaphore`, `event`, `barrier`, `queue`: a type or a few each. [`deadlock`]: the detection. `wait`: how
//! threads sleep. `seam`: what the model checkers replace. Unsafe code is in `lock::cell` (the data behind locks),
//! `wait::cell` (the line of waiters), `queue::ring::cell` and `queue::list::cell` (the items of queues).

mod barrier;
mod condition;
pub mod deadlock;
mod error;
mod event;
mod ident;
mod lock;
#[cfg(all(test, loom))]
mod model_loom;
#[cfg(all(test, shuttle))]
mod model_shuttle;
mod queue;
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
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    semaphore::{BoundedSemaphore, Permit, Semaphore},
    wait::{CancelToken, Limit, WaitError},
};
