//! The systems that carry out the job.
//!
//! To add one: write `systems/NAME.rs` with a `SYSTEM`, declare it here and add it to [`SYSTEMS`].

mod cuda;
mod delegate;
mod forkfun;
mod forkmap;
mod multiprocessing;
mod pprocess;
mod remoted;
mod sequential;
mod threading;
mod threads;

use std::fmt::Display;

use crate::job::{FileId, Job, Tally};
use crate::output::Progress;
use crate::text;

/// Every system of the tour, in the order in which they run. The first is the reference: the others
/// must give its answer, and their speed-up is counted against its time.
pub const SYSTEMS: &[System] = &[
    sequential::SYSTEM, // the reference
    threads::SYSTEM,    // the baseline
    threading::SYSTEM,
    multiprocessing::SYSTEM,
    forkmap::SYSTEM,
    forkfun::SYSTEM,
    delegate::SYSTEM,
    pprocess::SYSTEM,
    remoted::SYSTEM,
    cuda::SYSTEM,
];

/// A way of getting through a [`Job`].
#[derive(Debug, Clone, Copy)]
pub struct System {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it does with the files, in a few words.
    pub how: &'static str,
    /// Whether its workers are processes: then it outlives the death of one.
    pub processes: bool,
    /// Measures every file of the job once, on that many workers, and adds the pieces up. Counts
    /// finished files on the progress bar.
    pub run: fn(&Job, workers: usize, &Progress) -> Result<Tally, Failure>,
}

/// Why a system gave no answer, or a slide no output.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no answer, with the file that a worker was at.
fn lost(job: &Job, file: Option<FileId>, why: impl Display) -> Failure {
    match file {
        Some(file) => {
            let path = text::escaped_path(&job.path(file));
            format!("{why} (the file {path})").into()
        }
        None => why.to_string().into(),
    }
}

/// The system of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static System> {
    SYSTEMS.iter().find(|system| system.name == name)
}
