//! A map of items to results, or failures, over child processes that may die.
//!
//! The Rust of `delegate`, Ka-Ping Yee's Python module: [`parallelize()`] runs a function on many items
//! in a few child processes, and what goes wrong with one item is stored as that item's
//! [`Failure`] and touches no other. Nothing hangs, no item is missing, no process is left.
//!
//! # Items to results
//!
//! ```
//! let texts = ["a thing of beauty", "is a joy", "for ever"];
//! let words = delegate::parallelize(|text| text.split(' ').count(), texts);
//! assert_eq!(words["is a joy"], Ok(3));
//! ```
//!
//! The children are forked at the call. They inherit the items and what the closure captures, so
//! neither must be serialisable; only results travel. A function that returns a `Result` goes to
//! [`try_parallelize`], which makes its error a [`Failure::Raised`]:
//!
//! ```
//! use delegate::{Builder, Failure};
//! use std::time::Duration;
//!
//! fn fetch(page: &&str) -> Result<String, std::io::Error> {
//!     match *page {
//!         "missing" => Err(std::io::Error::other("404 Not Found")),
//!         "slow" => loop { std::thread::park() },
//!         "fatal" => std::process::abort(),
//!         "buggy" => panic!("no such case"),
//!         page => Ok(format!("<h1>{page}</h1>")),
//!     }
//! }
//!
//! let pages = Builder::new()
//!     .children(10)
//!     .timeout(Duration::from_secs(8))
//!     .try_parallelize(fetch, ["home", "missing", "slow", "fatal", "buggy"]);
//!
//! assert_eq!(pages["home"].as_deref(), Ok("<h1>home</h1>"));
//! for (page, result) in &pages {
//!     match result {
//!         Ok(text) => println!("{page}: {} bytes", text.len()),
//!         Err(failure) => println!("{page}: {failure}"),
//!     }
//! }
//! assert!(matches!(pages["missing"], Err(Failure::Raised(_))));
//! assert!(matches!(pages["slow"], Err(Failure::TimedOut { .. })));
//! assert!(matches!(pages["fatal"], Err(Failure::Died { exit, .. }) if exit.signal() == Some(6)));
//! let raised = pages["buggy"].as_ref().unwrap_err().raised().unwrap();
//! assert_eq!(raised.panic_report().unwrap().message(), "no such case");
//! ```
//!
//! # Watching
//!
//! A [`Reporter`] is told of everything as it happens. [`LogReporter`] writes lines,
//! `TerminalReporter` shows a live line a worker.
//!
//! ```
//! use delegate::{Builder, LogReporter};
//!
//! let mut log = Vec::new();
//! Builder::new().reporter(LogReporter::to(&mut log)).parallelize(|n| 10 / n, [0, 5]);
//! let log = String::from_utf8(log).unwrap();
//! assert!(log.contains("begins 5") && log.contains("failed at 0"));
//! assert!(log.contains("attempt to divide by zero"));
//! ```
//!
//! # Workers that stay
//!
//! [`Parallelizer`] keeps its workers for many sets of items. They inherit nothing later, so items are
//! sent to them.
//!
//! # One call with a time limit
//!
//! [`timeout()`] calls a function in a child that is gone when the time is up:
//!
//! ```
//! use delegate::{DEFAULT_TIMEOUT, timeout};
//!
//! assert_eq!(timeout(|| "quick".to_owned(), DEFAULT_TIMEOUT), Ok("quick".to_owned()));
//! ```
//!
//! # What happens when something dies
//!
//! | what | the item | the rest |
//! |---|---|---|
//! | the function panics or returns an error | [`Failure::Raised`] | goes on, in the same worker, too |
//! | the worker dies | [`Failure::Died`] with the exit status | goes on; the worker is replaced |
//! | the item takes too long | [`Failure::TimedOut`]; the worker is killed | goes on; the worker is replaced |
//! | no replacement can be forked | | goes on with the workers that are left |
//! | none is left | [`Failure::NotRun`] | the same for every item that was not begun |
//! | the caller's process | | all workers are killed by the kernel |
//!
//! # Limits
//!
//! What a forked child may do is said at [`manyways_process::Fork`]: above all, it has only the thread
//! that forked it. Memory: all results, and the read-ahead of one message a worker. Two descriptors a
//! worker are held for the link and its process, and one to keep it from outliving its parent.
//!
//! # Modules
//!
//! `parallelize`, `parallelizer`, `timeout` and `builder` are what is called; `run` is the loop, over
//! `ledger` (which item is where), `pool` (the processes) and `worker` (one of them). `serve` is what
//! runs in the child, and `protocol` what the two sides say.

#![forbid(unsafe_code)]

mod builder;
mod error;
mod failure;
mod ledger;
mod parallelize;
mod parallelizer;
mod pool;
mod protocol;
mod reporter;
mod run;
mod serve;
mod settings;
mod timeout;
mod worker;

#[cfg(feature = "terminal")]
pub use self::reporter::TerminalReporter;
pub use self::{
    builder::Builder,
    error::Error,
    failure::{Failure, Raised},
    parallelize::{parallelize, try_parallelize},
    parallelizer::Parallelizer,
    reporter::{LogReporter, Reporter, Worker},
    settings::{DEFAULT_CHILDREN, DEFAULT_GRACE, DEFAULT_TIMEOUT},
    timeout::{timeout, try_timeout},
};
pub use manyways_process::{Exit, PanicReport};
