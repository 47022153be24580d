//! Child processes that cannot be lost.
//!
//! A forked child inherits everything: closures, borrowed data, open files. What it costs in other
//! libraries is care, and this crate takes the care: the child does not hang on an inherited lock,
//! does not run its parent's destructors, dies with its parent, and cannot die unnoticed.
//!
//! # A closure and its value
//!
//! ```
//! use manyways_process::Fork;
//!
//! let text = String::from("inherited, never sent");
//! let task = Fork::new().run(|| text.len())?;
//! assert_eq!(task.join()?, 21);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A panic in the child is an error with message, place and backtrace; a death is one that says how:
//!
//! ```
//! use manyways_process::{Fork, JoinError};
//!
//! let task = Fork::new().run(|| -> i32 { panic!("no luck") })?;
//! match task.join() {
//!     Err(JoinError::Panicked { report, .. }) => assert_eq!(report.message(), "no luck"),
//!     other => panic!("unexpected: {other:?}"),
//! }
//! let task = Fork::new().run(|| -> i32 { std::process::abort() })?;
//! assert!(task.join().unwrap_err().to_string().contains("was killed by SIGABRT"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A child to talk to
//!
//! [`Fork::spawn`] gives both sides a [`Link`], which carries any serde value, in order, whole. When
//! the child ends, for whatever reason, the parent's next receive says so:
//!
//! ```
//! use manyways_process::Fork;
//!
//! let (mut child, mut link) = Fork::new().name("doubler").spawn(|link| {
//!     while let Ok(number) = link.recv::<u64>() {
//!         link.send(&(2 * number)).unwrap();
//!     }
//! })?;
//! link.send(&21u64)?;
//! assert_eq!(link.recv::<u64>()?, 42);
//! child.kill()?;
//! assert!(link.recv::<u64>().unwrap_err().is_closed());
//! assert_eq!(child.wait()?.signal(), Some(9));
//! # Ok::<(), manyways_process::Error>(())
//! ```
//!
//! # The same program, run again
//!
//! [`Rerun`] starts a child that inherits nothing: this program once more, whose `main` calls [`worker`] first. Its child and
//! its link are the same as those of a fork. Open files travel over a link beside messages, by [`Link::send_with`].
//!
//! # What happens when something dies
//!
//! | who | what follows |
//! |---|---|
//! | the child | its link ends, its pidfd becomes readable, [`Child::wait`] says how |
//! | the parent | the child is killed by the kernel, and its children in turn |
//! | the [`Child`] handle is dropped | the child is killed and reaped |
//! | the parent of a [`Detached`] process, or the handle is dropped | nothing: the process goes on |
//! | the child's body panics | its report comes over the link; exit code [`PANICKED`] |
//! | somebody else reaps the child | [`Exit::Unknown`]; nothing waits for ever |
//!
//! Linux 5.4 or later (pidfds).
//!
//! # Modules
//!
//! `fork` (the builder), `prepared` (what is made before a fork), `fork_now` (what is held across it) and
//! `hook_gate` (no fork while a panic hook runs), `life_line` (death with the parent), `leave` (the end of a
//! child), `child` and `exit`, `detached` (processes that are nobody's children), `rerun` (this program as a worker), `link` over `end`, `descriptors` (open files that travel) and `rights` (beside a link's frames), `task`, `panic` and `backtrace`, `output`, `poll`, `creator` and `private_fd` (objects
//! act only in the process that made them), `one_page` (statics that a fork writes to), `cell` (statics of each process), `sys` (the system calls).

#[cfg(not(target_os = "linux"))]
compile_error!("this crate needs Linux: pidfds and signal-driven pipes");

mod backtrace;
mod cell;
mod child;
mod creator;
mod descriptors;
mod detached;
mod end;
mod error;
mod exit;
mod fork;
mod fork_now;
mod hook_gate;
mod leave;
mod life_line;
mod link;
mod one_page;
mod output;
mod panic;
mod poll;
mod prepared;
mod private_fd;
mod rerun;
mod rights;
mod sys;
mod task;

pub use self::{
    cell::{PreparedLocal, ProcessLocal},
    child::Child,
    creator::fork_count,
    descriptors::{
        MAX_DESCRIPTORS, Received, recv_descriptors, send_descriptors, try_send_descriptors,
    },
    detached::Detached,
    error::{Error, Result},
    exit::Exit,
    fork::{Fork, PANICKED},
    leave::leave,
    life_line::{LifeLine, renew_life_line, tie_life},
    link::{Link, LinkReceiver, LinkSender},
    output::{Captured, Output},
    panic::{PanicReport, catch_panic},
    poll::{poll_readable, poll_ready},
    private_fd::PrivateFd,
    rerun::{Rerun, Worker, worker},
    task::{JoinError, Task},
};
