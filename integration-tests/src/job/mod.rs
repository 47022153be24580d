//! The real job: one pure description, which every system carries out in its own way.
//!
//! A [`Job`] is a list of files. [`Job::measure`] turns one of them into a [`Piece`], wherever it
//! is called; a [`Tally`] adds pieces up, in any order and in any grouping; a [`Report`] is what a
//! tally says about the job. A system decides who measures what when, and whether the workers add
//! up before they send.
//!
//! # What is counted
//!
//! - *bytes* and *lines* as `wc -c` and `wc -l` count them: a line is a newline byte.
//! - A *word* is a maximal run of word bytes: ASCII letters, ASCII digits and every byte from 0x80
//!   up, so that letters in UTF-8 and in the ISO 8859 family stay inside their words without being
//!   decoded. ASCII letters are folded to lower case. A run longer than 64 bytes is one word, known
//!   by its first 64 bytes.
//! - A file is *binary* when a NUL byte occurs in its first 8000 bytes (Git's rule). Its bytes,
//!   lines and hash count; its words do not.
//! - A file brings at most 65 536 different words into the frequency table, in the order in which
//!   they first occur in it. Later new ones still count as words; they are summed up as *unlisted*.
//! - *Duplicates* are files of at least one byte with equal contents. Hard links to one file are
//!   one copy.
//! - Symbolic links are not followed. Sockets, FIFOs and devices are left out and counted. So are
//!   directories on other file systems (as with `find -xdev`).

mod clock;
mod difference;
mod digest;
mod duplicates;
mod found_words;
mod measure;
mod report;
mod tally;
mod walk;
mod words;

pub use clock::{Doing, Span};
pub use difference::{Difference, first_difference};
pub use digest::Digest;
pub use duplicates::Duplicates;
pub use found_words::FoundWord;
pub use measure::{FileFacts, Piece, TextDevice, Unreadable};
pub use report::{FileRow, FileSize, Report, Totals, Trouble, WordCount};
pub use tally::Tally;
pub use walk::{Entry, FileId, Job, LeftOut};
pub use words::{WordList, WordTable};

pub(crate) use clock::{cpu_ns, now_ns, this_worker};
pub(crate) use difference::{Comparison, compare};
