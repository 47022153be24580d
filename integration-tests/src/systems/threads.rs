//! What Rust's standard library offers without any of these crates: scoped threads that draw files
//! from one iterator, and add up what they find before they are joined. No isolation: a crash in
//! one of them ends them all.

use std::sync::Mutex;
use std::thread;

use super::{Failure, System};
use crate::job::{FileId, Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "threads",
    how: "std::thread::scope, one tally a thread",
    processes: false,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let files = Mutex::new(job.files());
    let next = || files.lock().ok()?.next();
    let mut total = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| measure_all(job, next, progress)))
            .collect();
        for worker in workers {
            total.absorb(worker.join().map_err(|_| "a thread panicked")?);
        }
        Ok(total)
    })
}

fn measure_all(job: &Job, next: impl Fn() -> Option<FileId>, progress: &Progress) -> Tally {
    let mut tally = Tally::default();
    while let Some(file) = next() {
        tally.add(&job.measure(file));
        progress.finished(1);
    }
    tally
}
