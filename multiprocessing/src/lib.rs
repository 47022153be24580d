//! Python's `multiprocessing` in Rust: processes, queues, locks, shared values, managers and pools that survive `kill -9`.
//!
//! # A process
//!
//! It runs a closure, and its value comes back at the join. With the start method fork, which [`Process::new`] uses, the
//! closure and all that it captures are inherited: nothing need be serialisable, [`Send`] or `'static`.
//!
//! ```
//! use multiprocessing::Process;
//!
//! let words = ["six", "times", "seven"];
//! let mut process = Process::new(|| words.len() * 14);
//! process.start()?;
//! assert_eq!(process.join()?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A process that panics, exits or is killed is an error at the join, which says what happened:
//!
//! ```
//! use multiprocessing::Process;
//!
//! let mut process = Process::new(|| -> u32 { std::process::abort() });
//! process.start()?;
//! let error = process.join().unwrap_err();
//! assert!(error.to_string().contains("SIGABRT"), "{error}");
//! assert_eq!(process.exitcode()?, Some(-6), "as in Python: the signal, negative");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A program of several threads, or one that wants small children, starts them anew instead, by spawn or from a forkserver.
//! What runs there is a function that is known by name, and [`init`] is the first line of `main`:
//!
//! ```no_run
//! use multiprocessing::{StartMethod, get_context, task};
//!
//! #[task]
//! fn square(x: u64) -> u64 {
//!     x * x
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     multiprocessing::init();
//!     let mut process = get_context(StartMethod::Spawn).process(square, (7,));
//!     process.start()?;
//!     assert_eq!(process.join()?, 49);
//!     Ok(())
//! }
//! ```
//!
//! # Queues and pipes
//!
//! A [`Queue`] carries items from any number of processes to any number of others, through shared memory. A
//! [`pipe`](connection::pipe) connects two.
//!
//! ```
//! use multiprocessing::{Process, Queue};
//!
//! let (numbers, squares) = (Queue::<u64>::new()?, Queue::<u64>::new()?);
//! let (theirs, results) = (numbers.clone(), squares.clone());
//! let mut process = Process::new(move || {
//!     for number in theirs.iter() {
//!         let number = number.unwrap();
//!         results.put(&(number * number)).unwrap();
//!     }
//! });
//! process.start()?;
//! for number in 1..=3 {
//!     numbers.put(&number)?;
//! }
//! numbers.close();
//! process.join()?;
//! squares.close();
//! let squares: Result<Vec<_>, _> = squares.iter().collect();
//! assert_eq!(squares?, [1, 4, 9]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What processes share
//!
//! [`Value`] and [`Array`] are plain data under a lock; [`Lock`], [`RLock`], [`Semaphore`], [`Condition`], [`Event`] and
//! [`Barrier`] are what Python has. A clone of a handle is the same object; it is captured by a closure, or travels as an
//! argument or over a connection.
//!
//! ```
//! use multiprocessing::{Process, Value};
//!
//! let total = Value::new(0_u64)?;
//! let adders = (1..=4).map(|number| {
//!     let total = total.clone();
//!     Process::new(move || *total.lock().unwrap() += number)
//! });
//! let mut adders: Vec<_> = adders.collect();
//! for adder in &mut adders {
//!     adder.start()?;
//! }
//! for adder in &mut adders {
//!     adder.join()?;
//! }
//! assert_eq!(total.get()?, 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`shared_memory`] has named blocks, for processes that do not descend from one another.
//!
//! # Pools
//!
//! A [`Pool`] keeps worker processes and has them call functions. A worker that dies costs the item that it was running, and
//! nothing else:
//!
//! ```
//! use multiprocessing::Pool;
//!
//! let pool = Pool::new(2)?;
//! assert_eq!(pool.map(|x: u64| x * x, 0..5)?, [0, 1, 4, 9, 16]);
//! let error = pool.apply(|| -> u32 { std::process::abort() }, ()).unwrap_err();
//! assert!(error.is_worker_death());
//! assert_eq!(pool.apply(u32::pow, (2, 10))?, 1024);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Managers
//!
//! A [`Manager`] is a process that keeps objects for others: dictionaries, lists, locks, queues, pools, and types of one's own. Whoever
//! has a proxy of one uses it, also from another machine:
//!
//! ```
//! use multiprocessing::managers::{Manager, Value};
//! use multiprocessing::Process;
//!
//! let manager = Manager::start()?;
//! let dict = manager.dict::<Value, Value>([])?;
//! let theirs = dict.clone();
//! let mut process = Process::new(move || {
//!     theirs.insert(1, "1").unwrap();
//!     theirs.insert("2", 2).unwrap();
//! });
//! process.start()?;
//! process.join()?;
//! assert_eq!(dict.to_string()?, "{1: '1', '2': 2}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When something dies
//!
//! Nothing waits for the dead. Whoever takes a lock after its holder died gets it together with the news, as what it guards may
//! be half changed:
//!
//! ```
//! use multiprocessing::{LockError, Process, Value};
//!
//! let value = Value::new(0)?;
//! let mut process: Process<'_, ()> = Process::new(|| {
//!     *value.lock().unwrap() = 1;
//!     let _held = value.lock().unwrap();
//!     std::process::abort();
//! });
//! process.start()?;
//! process.join().unwrap_err();
//!
//! match value.lock() {
//!     Err(LockError::OwnerDied(died)) => assert_eq!(*died.into_guard(), 1),
//!     _ => unreachable!("its holder died"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The tables of what follows from which death are in the docs of each type and module: [`Process`], [`sync`], [`queue`],
//! [`Pool`], [`connection`], [`managers`], [`shared_memory`].
//!
//! # What is left out
//!
//! | in Python | why not here |
//! |---|---|
//! | `freeze_support`, `set_executable` | what is started anew is always this program; [`init`] is all it needs |
//! | `log_to_stderr`, `get_logger` | what goes wrong is in the errors; nothing happens behind one's back that would need a log |
//! | `Process.run` of a derived class | a closure does the same |
//! | `parent_process().is_alive()`, `.join()` | no process outlives its parent |
//! | `Queue.join_thread`, `cancel_join_thread` | a queue has no thread |
//! | `Value(lock=...)` with a lock of one's own, `get_lock` | the value is reached through its lock's guard alone; for values under one lock, an [`Array`], a struct, or [`RawValue`]s beside a [`Lock`] |
//! | `sharedctypes.copy` | [`Value::new`] of what [`Value::get`] gives |
//! | `SharedMemory.buf` | [`read`](shared_memory::SharedMemory::read) and [`write`](shared_memory::SharedMemory::write), which are sound whatever others do; slices are `unsafe` |
//! | `ShareableList.format`, pickled in Python's format | lists here lose no NULs and are read while they are written, so they are laid out otherwise |
//! | the server of `SharedMemoryManager` | there is nothing to serve: a block is opened by its name |
//! | `initializer` and callbacks of `Manager().Pool`, a barrier's action in a manager, `serializer=` | see [`Manager`] |
//! | `Process(group=None)`, `args`, `kwargs` of a fork | the group is always none; a closure captures its arguments |
//! | `sharedctypes.synchronized`, ctypes' type codes | [`Value::new`] and [`Array::from_slice`] take plain Rust types |
//! | `Connection.send_bytes(buf, offset, size)` | a slice of the buffer |
//! | `register(proxytype=, exposed=, create_method=)` | a [`Proxy`](managers::Proxy) calls the methods that a [`ManagedType`](managers::ManagedType) names; a struct around it gives them types |
//! | `deliver_challenge`, `answer_challenge`, Python's wire format | connections with a key are encrypted, by another handshake |
//! | `AF_PIPE`, `spawn` as on Windows | this crate is for Linux |
//! | `util.Finalize`, `register_after_fork` | destructors; [`at_exit`]; objects of this crate know that they have been forked |

mod attachments;
pub mod connection;
mod file_limit;
pub mod managers;
mod mutex;
pub mod pool;
mod process;
pub mod queue;
pub mod shared;
pub mod shared_memory;
mod short;
pub mod sync;

pub use manyways_process::PanicReport;
pub use manyways_task_macro::multiprocessing_task as task;
pub use manyways_wire::task::{LookupError, Task};

#[doc(hidden)]
pub use process::__private;

pub use self::{
    managers::Manager,
    pool::{AsyncResult, Pool, PoolError, ProcessPoolExecutor, ThreadPool},
    process::{
        Context, CurrentProcess, JoinError, MisuseError, ParentProcess, Process, ProcessHandle,
        StartError, StartMethod, active_children, at_exit, authkey, cpu_count, current_process,
        exit, forkserver_pid, get_all_start_methods, get_context, get_start_method, init,
        parent_process, run_main, set_authkey, set_forkserver_preload, set_start_method, shutdown,
        stop_forkserver,
    },
    queue::{JoinableQueue, Queue, SimpleQueue},
    shared::{Array, RawArray, RawValue, Value},
    sync::{
        Barrier, BarrierError, BoundedSemaphore, Condition, ConditionError, ConditionGuard, Death,
        Event, Lock, LockError, LockGuard, Misuse, OwnerDied, Permit, RLock, RLockGuard,
        ReleaseError, Semaphore, SyncError, Taken, Waited,
    },
};
