//! Where the systems meet: the only crate that depends on several of them.
//!
//! It holds the program behind `cargo tour` and the tests that need more than one system at once,
//! among them the test over `cargo metadata` that keeps the rules of the house
//! (`tests/house_rules`).
//!
//! The tour shows the small program of each slide with its source and its output. Then it does one
//! real job on real files with every system, compares the answers, and says how long each took:
//!
//! ```
//! use integration_tests::{Job, Progress, Report, SYSTEMS, first_difference};
//!
//! let directory = tempfile::tempdir()?;
//! std::fs::write(directory.path().join("poem"), "a rose is a rose\n")?;
//!
//! let job = Job::walk(directory.path(), &[])?;
//! let mut reports = Vec::new();
//! for system in SYSTEMS {
//!     let tally = (system.run)(&job, 2, &Progress::hidden())?;
//!     reports.push(Report::new(&job, tally));
//! }
//!
//! assert_eq!(reports[0].totals.words, 5);
//! assert_eq!(reports[0].vocabulary.count(b"rose"), 2);
//! for report in &reports {
//!     assert_eq!(first_difference(&reports[0], report), None);
//! }
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! Adding a system: its job is one file in `systems/` and one line in the table there; its slide is
//! one file in `slides/` and one line in the table there.

mod job;
mod options;
mod output;
mod runs;
mod slides;
mod systems;
mod text;
mod tour;

/// The README's programs, compiled and run as any documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

pub use job::{
    Difference, Digest, Doing, Duplicates, Entry, FileFacts, FileId, FileRow, FileSize, FoundWord,
    Job, LeftOut, Piece, Report, Span, Tally, TextDevice, Totals, Trouble, Unreadable, WordCount,
    WordList, WordTable, first_difference,
};
pub use output::Progress;
pub use slides::{SLIDES, Slide};
pub use systems::{Failure, SYSTEMS, System};
pub use tour::main;
