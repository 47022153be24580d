//! Shared values for processes, kept by a server: Python's `remoteD`, rebuilt.
//!
//! A small server process keeps values by key. Any number of processes connect to it, each with a [`StubShare`], and read
//! and write as if it were a dictionary of their own. What dictionaries lack is here too: locks that
//! cannot be lost, and steps that are indivisible.
//!
//! ```
//! use remoted::{InitShare, StubShare};
//!
//! let handle = InitShare::new().port(0).start()?; // it listens when this returns
//! let share = StubShare::connect(handle.address())?;
//!
//! share.set("n", &0)?;
//! let workers = (0..3).map(|_| share.new_proc(|share, by| share.add("n", by).is_ok(), 7));
//! let workers = workers.collect::<Result<Vec<_>, _>>()?;
//! for outcome in remoted::join_all(workers) {
//!     assert!(outcome?);
//! }
//! assert_eq!(share.get::<i32>("n")?, 21);
//! handle.stop()?;
//! # Ok::<(), remoted::Error>(())
//! ```
//!
//! # Locks
//!
//! [`lock`](StubShare::lock) is the original's: one lock for the whole share. While one client has it, the others' calls wait.
//! [`lock_item`](StubShare::lock_item) locks one key for writing. Both belong to a connection and go with it, so
//! a process that is killed while it holds a lock leaves it free, and the next owner is told:
//!
//! ```
//! # use remoted::{InitShare, StubShare};
//! # let handle = InitShare::new().port(0).start()?;
//! # let share = StubShare::connect(handle.address())?;
//! let careless = share.new_proc(
//!     |share, ()| -> () {
//!         share.lock_item("account").unwrap().keep();
//!         std::process::abort()
//!     },
//!     (),
//! )?;
//! assert!(careless.join().unwrap_err().exit().is_some());
//!
//! let account = share.lock_item("account")?;
//! assert!(account.previous_owner_died());
//! # drop(account);
//! # handle.stop()?;
//! # Ok::<(), remoted::Error>(())
//! ```
//!
//! Where a single step is enough, no lock is needed: [`add`](StubShare::add),
//! [`compare_and_swap`](StubShare::compare_and_swap), [`update`](StubShare::update),
//! [`get_or_insert`](StubShare::get_or_insert). And [`wait_for`](StubShare::wait_for) waits until somebody sets a key.
//!
//! # Errors
//!
//! An [`Error`] says what was tried and why it failed. The original's exceptions are predicates:
//!
//! ```
//! # use remoted::{InitShare, StubShare};
//! # let handle = InitShare::new().port(0).start()?;
//! # let share = StubShare::connect(handle.address())?;
//! assert!(share.get::<i32>("nothing").unwrap_err().is_share_key_error());
//! assert!(share.unlock().unwrap_err().is_cannot_unlock_share());
//!
//! share.set("name", "text")?;
//! let error = share.get::<u8>("name").unwrap_err();
//! assert!(error.is_wrong_type());
//! assert_eq!(
//!     error.to_string(),
//!     "could not get \"name\" from the share: the value is a `alloc::string::String`, not a `u8`"
//! );
//! # handle.stop()?;
//! # Ok::<(), remoted::Error>(())
//! ```
//!
//! # What happens when something dies
//!
//! | who | what follows |
//! |---|---|
//! | a client that holds a lock | the lock is free; its next owner learns that the last one died |
//! | a client that waits | its place in the line is gone, the others move up |
//! | a process made by `new_proc` | its join says how: panic, exit code or signal |
//! | the server | every call fails at once with `is_closed`, those that wait included; the values are gone |
//! | the process that started the server | the server goes on for its clients, until auto-kill |
//! | the last client | the server ends after the auto-kill time, 5 seconds |
//! | a machine or a cable (TCP) | after about 30 seconds its clients count as dead |
//!
//! A process that is stopped (SIGSTOP) is not dead; nobody takes its locks.
//!
//! # Who may connect
//!
//! The server listens on the loopback interface, where every user of this machine can connect, or on a UNIX socket, where only
//! its owner (and root) can. With a [secret](InitShare::secret) every link is encrypted and both sides prove that they know it;
//! any other address is refused without one.
//!
//! # Limits
//!
//! [`Limits`] bounds what a share accepts; a key has at most [`MAX_KEY`] bytes; [`MAX_LOCKED`] keys are locked at a time; a client has
//! one call in work at a time, and its further calls wait in its socket.
//!
//! # Differences from the original, on purpose
//!
//! The server listens when `init_share` returns (the original slept and hoped). It listens on the loopback interface only, not on
//! all. Values of any size and content arrive (a blank line broke the original's protocol). Deleting a missing key is no error.
//! Locking twice is one. `new_proc` can be joined.
//!
//! Linux only.

#![forbid(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("this crate needs Linux: epoll, pidfds and peer credentials");

mod address;
mod error;
mod handle;
mod init_share;
mod limits;
mod message;
mod number;
mod protocol;
mod server;
mod share;
mod socket;
mod spin;
mod stream;
mod stub;
mod type_name;

pub use manyways_wire::Secret;

pub use self::{
    address::{Address, DEFAULT_PORT},
    error::{Error, Result},
    handle::ShareHandle,
    init_share::{AUTO_KILL, InitShare, SLOW_CLIENT, init_share},
    limits::{Limits, MAX_KEY, MAX_LOCKED},
    number::Number,
    server::ShareServer,
    stub::{CONNECT_WITHIN, ConnectShare, ItemGuard, Proc, ShareGuard, StubShare, join_all},
};
