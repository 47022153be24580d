//! forkmap: children that inherit the job measure files and add up what they find. What comes back
//! is one tally for each piece of the list of files, not one result for each file.

use forkmap::{Error, ForkMap};

use super::{Failure, System, lost};
use crate::job::{Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "forkmap",
    how: "reduce in forked children",
    processes: true,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let measure = |file| Tally::of(&job.measure(file));
    let tally = ForkMap::new()
        .processes(workers)
        .progress(|now| progress.reached(now.done as u64))
        .reduce(job.files(), measure, Tally::plus)
        .map_err(|error| failure(job, &error))?;
    Ok(tally.unwrap_or_default())
}

/// The first failure, which stopped the children.
pub(super) fn failure(job: &Job, error: &Error) -> Failure {
    match error.failures().first() {
        Some(first) => {
            let file = first.index().and_then(|index| job.file(index));
            lost(job, file, first)
        }
        None => lost(job, None, error),
    }
}
