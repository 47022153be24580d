//! remoted: processes that know of each other only through a share. They draw files from a counter in
//! it, by indivisible additions, and leave their tallies there. The share's server is on a UNIX socket,
//! which no other user can connect to.

use std::time::Duration;

use remoted::{InitShare, Proc, ShareHandle, StubShare};

use super::{Failure, System};
use crate::job::{Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "remoted",
    how: "a shared counter, tallies in the share",
    processes: true,
    run,
};

/// The key of the counter: how many files have been drawn.
const DRAWN: &str = "drawn";

/// Between two looks at the counter, for the progress bar.
const LOOK: Duration = Duration::from_millis(50);

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let folder = tempfile::Builder::new().prefix("tour-").tempdir()?;
    let server = InitShare::new().unix(folder.path().join("share")).start()?;
    let tally = conduct(&server, job, workers, progress);
    server.stop()?;
    tally
}

fn conduct(
    server: &ShareHandle,
    job: &Job,
    workers: usize,
    progress: &Progress,
) -> Result<Tally, Failure> {
    let share = StubShare::connect(server.address())?;
    share.set(DRAWN, &0_u64)?;
    let body =
        |share: &StubShare, worker| work(job, share, worker).map_err(|error| error.to_string());
    let procs: Vec<_> = (1..=workers)
        .map(|worker| share.new_proc(body, worker))
        .collect::<Result<_, _>>()?;
    let mut total = Tally::default();
    for (worker, proc) in (1..).zip(procs) {
        let pid = proc.pid();
        let outcome = join(proc, || look(job, &share, progress));
        outcome.map_err(|why| format!("worker {worker}, process {pid}: {why}"))?;
        look(job, &share, progress);
        total.absorb(share.get(tally_of(worker))?);
    }
    Ok(total)
}

/// The life of a worker.
fn work(job: &Job, share: &StubShare, worker: usize) -> remoted::Result<()> {
    let mut tally = Tally::default();
    while let Some(file) = job.file(share.add(DRAWN, 1_u64)? as usize - 1) {
        tally.add(&job.measure(file));
    }
    share.set(tally_of(worker), &tally)
}

/// The key under which a worker leaves what it has added up.
fn tally_of(worker: usize) -> String {
    format!("tally of worker {worker}")
}

/// Joins a worker, and calls `look` from time to time until it is done.
fn join(mut proc: Proc<Result<(), String>>, look: impl Fn()) -> Result<(), String> {
    loop {
        match proc.join_timeout(LOOK) {
            Some(outcome) => return outcome.map_err(|error| error.to_string()).flatten(),
            None => look(),
        }
    }
}

/// The counter is the progress, too. At the end it has been raised once too often by each worker.
fn look(job: &Job, share: &StubShare, progress: &Progress) {
    // Whatever keeps it from being read, the workers' ends tell why.
    if let Ok(drawn) = share.get::<u64>(DRAWN) {
        progress.reached(drawn.min(job.files().len() as u64));
    }
}
