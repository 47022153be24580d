//! forkfun: the result of each file goes to an accumulator in the caller, as soon as it is there.

use forkmap::ForkMap;

use super::forkmap::failure;
use super::{Failure, System};
use crate::job::{Job, Piece, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "forkfun",
    how: "each file to an accumulator, as it comes",
    processes: true,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let accumulate = |_index, piece: Piece| {
        tally.add(&piece);
        progress.finished(1);
    };
    ForkMap::new()
        .processes(workers)
        .forkfun(accumulate, |file| job.measure(file), job.files())
        .map_err(|error| failure(job, &error))?;
    Ok(tally)
}
