//! threading: scoped threads draw files under a lock, as a Python program would, and the thread that made them
//! adds up what they found as it joins them. No isolation: a crash in one of them ends them all; a panic is an
//! error that names its thread.

use threading::{Builder, Lock, ScopedThread};

use super::{Failure, System};
use crate::job::{FileId, Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "threading",
    how: "scoped Threads, files under a Lock",
    processes: false,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let files = Lock::new(job.files());
    let next = || files.lock().next();
    threading::scope(|scope| {
        let spawn = |number| {
            let builder = Builder::new().name(format!("measurer-{number}"));
            builder.spawn_scoped(scope, || measure_all(job, next, progress))
        };
        let threads = (1..=workers).map(spawn).collect::<Result<Vec<_>, _>>()?;
        let tallies = threads.into_iter().map(ScopedThread::join);
        let mut total = Tally::default();
        for tally in tallies {
            total.absorb(tally?);
        }
        Ok(total)
    })?
}

fn measure_all(job: &Job, next: impl Fn() -> Option<FileId>, progress: &Progress) -> Tally {
    let mut tally = Tally::default();
    while let Some(file) = next() {
        tally.add(&job.measure(file));
        progress.finished(1);
    }
    tally
}
