//! pprocess: a queue of calls that a few processes serve one after the other; the results are added
//! up in the order of their arrival.

use pprocess::{MakeReusable, Queue};

use super::{Failure, System, lost};
use crate::job::{FileId, Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "pprocess",
    how: "a Queue of calls, processes reused",
    processes: true,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let queue = Queue::new().limit(workers).reuse(true);
    let measure = queue.manage(MakeReusable::new(|file: FileId| job.measure(file)));
    for file in job.files() {
        measure.call(file)?;
    }
    let mut tally = Tally::default();
    for piece in queue {
        tally.add(&piece.map_err(|error| failure(job, &error))?);
        progress.finished(1);
    }
    Ok(tally)
}

/// Calls are numbered as files are.
fn failure(job: &Job, error: &pprocess::Error) -> Failure {
    let file = error.call().and_then(|call| job.file(call));
    lost(job, file, error)
}
