//! The systems that carry out the job.
//!
//! To add one: write `systems/NAME.rs` with a `SYSTEM`, declare it here and add it to [`SYSTEMS`].

mod sequential;
mod threads;

use crate::job::{Job, Tally};
use crate::output::Progress;

/// Every system of the tour, in the order in which they run. The first is the reference: the others
/// must give its answer, and their speed-up is counted against its time.
pub const SYSTEMS: &[System] = &[
    sequential::SYSTEM, // the reference
    threads::SYSTEM,    // the baseline
];

/// A way of getting through a [`Job`].
#[derive(Debug, Clone, Copy)]
pub struct System {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it does with the files, in a few words.
    pub how: &'static str,
    /// Measures every file of the job once, on that many workers, and adds the pieces up. Counts
    /// finished files on the progress bar.
    pub run: fn(&Job, workers: usize, &Progress) -> Result<Tally, Failure>,
}

/// Why a system gave no answer, or a slide no output.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The system of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static System> {
    SYSTEMS.iter().find(|system| system.name == name)
}
