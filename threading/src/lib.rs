//! Python's threads in Rust.
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

mod condition;
pub mod deadlock;
mod error;
mod event;
mod ident;
mod lock;
mod queue;
mod seam;
mod wait;

pub use self::{
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    queue::{GetError, Iter, LifoQueue, PriorityQueue, PutError, Queue, SimpleQueue},
    wait::{CancelToken, Limit, WaitError},
};
