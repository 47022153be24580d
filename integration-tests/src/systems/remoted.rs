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
        join(worker, proc, &share, progress)?;
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

fn join(
    worker: usize,
    mut proc: Proc<Result<(), String>>,
    share: &StubShare,
    progress: &Progress,
) -> Result<(), Failure> {
    let pid = proc.pid();
    let failed = |why: String| format!("worker {worker}, process {pid}: {why}");
    loop {
        match proc.join_timeout(LOOK) {
            Some(Ok(Ok(()))) => return Ok(()),
            Some(Ok(Err(why))) => return Err(failed(why).into()),
            Some(Err(error)) => return Err(failed(error.to_string()).into()),
            None => progress.reached(share.get(DRAWN)?),
        }
    }
}
