//! One file after the other, by the caller itself: the reference.

use super::{Failure, System};
use crate::job::{Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "sequential",
    how: "one file after the other",
    processes: false,
    run,
};

fn run(job: &Job, _workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for file in job.files() {
        tally.add(&job.measure(file));
        progress.finished(1);
    }
    Ok(tally)
}
