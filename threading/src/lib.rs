//! Python's `threading` and `queue` in Rust, with what they lack: waits that can be cancelled, panics that are told, and
//! deadlocks that are found.
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
//! that wait. Every such call of this crate waits as long as it takes, and has a form `..._timeout` that takes a
//! [`Limit`]: a duration, an instant, a token, or a token and a time.
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
//! What may wait has a form that waits, one that does not, and one with a [`Limit`] (`..._timeout`): a duration, an
//! instant, a [`CancelToken`], or a token and a time. The error tells which it was. The form that does not wait is
//! `try_...` where there is something to be had (a lock, a permit, an item, a result), and a question where there is not:
//! [`is_set`](Event::is_set), [`is_alive`](ThreadHandle::is_alive), [`done`](futures::Future::done),
//! [`unfinished_tasks`](Queue::unfinished_tasks).
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
//! A [`Queue`] hands items from threads to threads: what is put first is got first, at most `maxsize` are inside, and
//! whoever finds it full or empty waits. [`task_done`](Queue::task_done) and [`join`](Queue::join) tell when all has
//! been worked on;
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
//! | threads wait for each other: for locks, tasks or ends | with [`deadlock::enable`], a report of who holds what and waits for what, where |
//! | a lock is released that is not held, a permit too many | [`MisuseError`] |
//! | a task panics, or its pool's initializer | [`FutureError`](futures::FutureError) |
//! | a wait is not wanted any more | [`CancelToken::cancel`] |
//!
//! # Forks
//!
//! In a forked child the thread that forked is the main thread and the only one; threads of the parent are not alive
//! there, joining one is an error ([`is_left_behind`](JoinError::is_left_behind)), and new threads may be started. An
//! executor of the parent takes no tasks there ([`is_left_behind`](futures::RefusedError::is_left_behind)). Of locks and
//! queues that threads of the parent held or waited for, nothing is promised; [`deadlock`] counts these threads as ended.
//!
//! # Differences from the original, on purpose
//!
//! [`conformance`] lists the cases of CPython's own tests, and why some are left out.
//!
//! - Locks have data, and a notification without the lock does not compile.
//! - Waits can be cancelled. What Python returns as `False` from a wait in time is an error with the reason.
//! - `Lock.acquire` of a lock that the thread holds is found, with [`deadlock`]'s help.
//! - There is no timeout of -1 and none too large: a call without a limit has none.
//!
//! # How it waits
//!
//! Uncontended calls are one or two atomic operations. Otherwise a thread spins for a few microseconds, if there is
//! more than one processor, and then sleeps on a futex, in line. No call allocates once its thread has waited before.
//! Linux only.
//!
//! # Modules
//!
//! `thread`: threads, timers, values for each thread. `lock`, `condition`, `semaphore`, `event`, `barrier`, `queue`: a
//! type or two each. [`futures`]: executors. [`deadlock`]: the detection. `wait`: how threads sleep. `seam`: what the
//! model checkers replace. `panic` makes panics values. `fork` is what forked children need. Unsafe code is in files
//! named `cell` (data behind locks, lines of waiters, rings, tasks) and `sys`.

mod barrier;
mod condition;
pub mod conformance;
pub mod deadlock;
mod error;
mod event;
mod fork;
pub mod futures;
mod ident;
mod lock;
#[cfg(all(test, loom))]
mod model_loom;
#[cfg(all(test, shuttle))]
mod model_shuttle;
mod panic;
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
    panic::PanicReport,
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    semaphore::{BoundedSemaphore, Permit, Semaphore},
    thread::{
        AffinityError, Builder, ExceptHookArgs, JoinError, Local, Run, Scope, ScopedThread,
        StartError, Thread, ThreadHandle, Timer, active_count, cancel_requested, current_thread,
        current_token, default_excepthook, enumerate, get_native_id, main_thread, reset_excepthook,
        run_main, scope, set_excepthook, set_stack_size, shutdown, stack_size,
    },
    wait::{CancelToken, Limit, WaitError},
};
