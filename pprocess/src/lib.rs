//! Parallel processes that talk through channels: Paul Boddie's pprocess for Rust.
//!
//! A process here is a fork: it inherits the closure that it runs and all the data around it, so
//! arguments need not be serialised and may borrow. Its results come back over a [`Channel`]. A crash
//! stays in its process: the caller gets an error at the place of the result, and goes on.
//!
//! # A parallel map
//!
//! ```
//! let words = ["map", "reduce", "collect"]; // inherited, not sent
//! let lengths = pprocess::pmap(|n: usize| words[n].len(), 0..3, 2)?;
//! assert_eq!(lengths.collect::<Result<Vec<_>, _>>()?, [3, 6, 7]);
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! At most two processes run at a time here. With `None` there would be one for each item, at once.
//!
//! # Managed callables
//!
//! [`pmap`] is short for a [`Map`] with a managed callable. A loop reads as it would sequentially:
//!
//! ```
//! use pprocess::{MakeParallel, Map};
//!
//! fn calculate(i: u32, j: u32) -> u32 {
//!     i * 10 + j
//! }
//!
//! let results = Map::new().limit(4);
//! let calc = results.manage(MakeParallel::new(|(i, j)| calculate(i, j)));
//! for i in 0..2 {
//!     for j in 0..2 {
//!         calc.call((i, j))?;
//!     }
//! }
//! let mut sum = 0;
//! for result in results {
//!     sum += result?;
//! }
//! assert_eq!(sum, 0 + 1 + 10 + 11);
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! A call never waits. Calls beyond the limit are queued and find their processes while the results are
//! iterated over.
//!
//! # Processes that serve many calls
//!
//! A fork costs about 0.1 ms in a small program and more in a large one. With `reuse(true)` and a
//! [`MakeReusable`] callable as many processes as the limit says serve all calls; the arguments are sent
//! then. A [`Queue`] gives results as they arrive:
//!
//! ```
//! use pprocess::{MakeReusable, Queue};
//!
//! let queue = Queue::new().limit(2).reuse(true);
//! let square = queue.manage(MakeReusable::new(|x: u64| x * x));
//! for x in 0..100 {
//!     square.call(x)?;
//! }
//! assert_eq!(queue.map(Result::unwrap).sum::<u64>(), 328_350);
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! # What happens when a process dies
//!
//! Every call has a result. That of a process that was killed is an error which says so; the others
//! are as they would have been.
//!
//! ```
//! let results = pprocess::pmap(
//!     |n: u32| if n == 2 { std::process::abort() } else { n * 10 },
//!     0..5,
//!     2,
//! )?;
//! let results: Vec<_> = results.collect();
//! let error = results[2].as_ref().unwrap_err();
//! assert!(error.is_died() && error.call() == Some(2));
//! assert!(error.to_string().contains("was killed by SIGABRT"));
//! assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! A panic comes with message, place and backtrace, as [`Error::panic_report`].
//!
//! | who | what follows |
//! |---|---|
//! | the process of a call is killed, exits or panics | an error at the call's place; another process for the next call |
//! | a process ends without sending | an error at the call's place |
//! | a process leaves by `exit`, with 0 even, before its function has returned | an error, behind what it had sent |
//! | a reused process dies before it has read its next call | nothing; another process gets the call |
//! | a process is stopped, even in the middle of a message | its result is late; all others come |
//! | the parent ends, however | its processes are killed by the kernel |
//! | the [`Map`], [`Queue`] or [`Exchange`] is dropped | processes that still work are killed and reaped |
//! | a background process's starter or client ends | nothing; the next client goes on |
//! | a background callable is killed or panics | who connects is told, after the results that it had sent |
//! | the supervisor of a background process is killed | its callable is killed; who connects is told |
//!
//! # Talking
//!
//! [`start`] runs one process and gives its channel. Messages are typed in both directions, and each is
//! acknowledged:
//!
//! ```
//! use pprocess::Channel;
//!
//! let mut channel = pprocess::start(|channel: &mut Channel<String, u32>| {
//!     while let Ok(n) = channel.receive() {
//!         channel.send(&"*".repeat(n as usize)).unwrap();
//!     }
//! })?;
//! channel.send(&3)?;
//! assert_eq!(channel.receive()?, "***");
//! assert!(channel.wait()?.success());
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! [`Exchange`] looks after many channels and calls a function of the program when one has a message.
//! With `continuous(true)` processes may send streams of results.
//!
//! # Background processes
//!
//! A [`BackgroundCallable`] goes on when its program has ended. Any later program of the same user
//! fetches the results with a [`BackgroundQueue`]:
//!
//! ```
//! use pprocess::{BackgroundCallable, BackgroundQueue, MakeParallel};
//! # let folder = tempfile::tempdir().unwrap();
//! # let address = folder.path().join("task.socket");
//!
//! BackgroundCallable::new(&address, MakeParallel::new(|n: u64| (1..=n).product::<u64>())).call(10)?;
//! // ... and later, elsewhere:
//! for result in BackgroundQueue::<u64>::connect(&address)? {
//!     assert_eq!(result?, 3_628_800);
//! }
//! # Ok::<(), pprocess::Error>(())
//! ```
//!
//! # What a process may not touch
//!
//! A fork copies the calling thread alone. What other threads of the program would have done, nobody does
//! in the child: a lock that one of them held stays locked, and thread pools (rayon's global one, an async
//! runtime) have no threads there. Bulk data travels fastest as `serde_bytes::ByteBuf`: a plain `Vec<u8>`
//! is encoded byte by byte.
//!
//! # Modules
//!
//! `channel` over `endpoint` (messages without waiting) and `protocol`; `start`; `pool` (the scheduler)
//! with `map`, `queue`, `exchange`, `callable` and `managed` on top; `background` (supervisor, addresses,
//! credentials); `cores`; `time`; `error`.

mod background;
mod callable;
mod channel;
mod cores;
mod endpoint;
mod error;
mod exchange;
mod managed;
mod map;
mod pool;
mod protocol;
mod queue;
mod start;
mod time;

pub use self::{
    background::{
        BackgroundCallable, BackgroundProcess, BackgroundQueue, PersistentCallable,
        connect_persistent, create_persistent, start_persistent,
    },
    callable::{Callable, MakeParallel, MakeReusable},
    channel::{Channel, PersistentChannel},
    cores::get_number_of_cores,
    error::{Error, Result},
    exchange::{Exchange, PersistentExchange},
    managed::ManagedCallable,
    map::{Map, pmap},
    queue::{PersistentQueue, Queue},
    start::{create, exit, start},
};
#[doc(no_inline)]
pub use manyways_process::{Exit, PanicReport};
