//! A parallel map over forked processes: inputs are inherited, results come back, deaths are reported.
//!
//! This is Connelly Barnes' `forkmap` (and, in [`forkfun`], Pedro Larroy's variant of it), with the
//! promise that it lacked: when a process dies, nothing hangs, nothing is lost in silence, and the
//! caller learns which item it was and what happened.
//!
//! # The slide's program
//!
//! ```python
//! import forkmap
//! forkmap.map(lambda x: x**2, range(10**4), n=4)
//! ```
//!
//! ```
//! use forkmap::ForkMap;
//!
//! let squares = ForkMap::new().processes(4).map(0..10_000, |x: u64| x.pow(2))?;
//! assert_eq!(squares[9_999], 99_980_001);
//! # Ok::<(), forkmap::Error<u64>>(())
//! ```
//!
//! [`map`] is the same with as many processes as there are usable processors.
//!
//! # Inputs are inherited
//!
//! The processes are forks of this one: they have all its memory. So items and whatever the function
//! uses need no serialisation and no `Send`; only results travel, by serde. Threads (rayon's, say) cost
//! less where the function is sound and `Sync`; processes add that a crash stays in its process.
//!
//! ```
//! use std::rc::Rc;
//!
//! let text = String::from("neither sent nor copied");
//! let words: Vec<Rc<str>> = text.split(' ').map(Rc::from).collect();
//! let lengths = forkmap::map(&words, |word| word.len())?;
//! assert_eq!(lengths, [7, 4, 3, 6]);
//! # Ok::<(), forkmap::Error<usize>>(())
//! ```
//!
//! # When something goes wrong
//!
//! A panic or a death is an [`Error`] that names the item, the process and what happened to it, and
//! hands over every result that is complete:
//!
//! ```
//! use forkmap::{Cause, ForkMap};
//!
//! let run = ForkMap::new().keep_going(true).map(0..100, |x: u32| match x {
//!     13 => std::process::abort(),
//!     27 => panic!("no luck with {x}"),
//!     _ => x,
//! });
//! let error = run.unwrap_err();
//! let mut failures: Vec<_> = error.failures().to_vec();
//! failures.sort_by_key(|failure| failure.index());
//! assert!(matches!(failures[0].cause(), Cause::Died(exit) if exit.signal() == Some(6)));
//! assert_eq!(failures[1].panic_report().unwrap().message(), "no luck with 27");
//! assert_eq!(error.missing().collect::<Vec<_>>(), [13, 27]);
//! assert_eq!(error.into_partial()[99], Some(99));
//! ```
//!
//! Without [`keep_going`](ForkMap::keep_going) the first failure stops the map: the processes finish the
//! items they are at. [`retries`](ForkMap::retries) runs items again whose process died;
//! [`deadline`](ForkMap::deadline) bounds the whole.
//!
//! | what dies | what follows |
//! |---|---|
//! | the function panics | the item fails with message, place and backtrace; its process goes on |
//! | a process is killed, aborts, overflows its stack, exits | the item it ran fails with the exit status; what it had finished is kept; with `retries` or `keep_going` the rest of what it had taken is run by others |
//! | a process writes over the memory of its results | it is ended, and its item fails with [`Cause::Corrupted`] |
//! | the parent | the kernel kills the processes |
//! | an iterator is dropped | its processes are killed and reaped |
//!
//! # Other shapes
//!
//! - [`try_map`]: for functions that return a `Result`;
//! - [`zip_map`]: several sequences at once;
//! - [`imap`], [`imap_unordered`]: lazy, with bounded memory;
//! - [`reduce`]: combines in the processes, for inputs whose results are too big or too many;
//! - [`forkfun::forkfun`]: results to an accumulator as they come.
//!
//! # Differences from the original, on purpose
//!
//! - All items run in children. The original runs the last part in the parent, so a crash there is
//!   the program's.
//! - Pieces are taken dynamically ([`Chunks::Guided`]); [`Chunks::Static`] is the original's way.
//! - A value that happens to be an exception is a value; the original raises it.
//! - Results may be larger than 2 GiB. Other children of the program keep their exit statuses.
//!
//! # Limits
//!
//! What holds for every forked child: it must not wait for threads of the parent (see
//! [`manyways_process::Fork`]). 256 KiB of shared memory a process. Linux only.
//!
//! # Modules
//!
//! `map`, `iter`, `reduce`, `try_map`, `sequences`, [`forkfun`]: the shapes. `options`, `chunks`, `processes`:
//! how a map is run. `crew` (the parent's side), `worker` (the child's side), `hand` (one child, as the
//! parent sees it), `board` and `ring` (the memory between them), `order` (which items are left).
//! `sys` and `cell` hold the unsafe code, `sync` the fences.

mod board;
mod cell;
mod chunks;
mod crew;
mod error;
pub mod forkfun;
mod hand;
mod iter;
mod map;
#[cfg(all(test, loom))]
mod model;
mod options;
mod order;
mod processes;
mod reduce;
mod ring;
mod sequences;
mod sync;
#[cfg(not(loom))]
mod sys;
mod try_map;
mod worker;

pub use self::{
    chunks::Chunks,
    error::{Cause, Error, Failure},
    iter::{Imap, ImapUnordered, imap, imap_unordered},
    map::map,
    options::{ForkMap, Progress},
    processes::{PROCESSES_VARIABLE, nprocessors},
    reduce::reduce,
    sequences::{Sequences, zip_map},
    try_map::{TryError, try_map},
};
// Parts of failures.
pub use manyways_process::{Exit, PanicReport};
