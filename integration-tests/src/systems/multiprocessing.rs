//! multiprocessing: processes take files from a queue and add up what they find; each returns its tally. A shared array says
//! which file each is at, so that a death has a name.

use std::time::Duration;

use multiprocessing::{JoinError, Process, Queue, RawArray, Value, queue::GetError};

use super::{Failure, System, lost};
use crate::job::{Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "multiprocessing",
    how: "a Queue of files, a Value of progress",
    processes: true,
    run,
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(50);

/// What the processes share.
struct Shared {
    files: Queue<u64>,
    finished: Value<u64>,
    /// The file that each worker is at.
    current: RawArray<u64>,
}

/// Ended when dropped: after one's failure the others still run, for nobody.
struct Crew<'a>(Vec<Process<'a, Tally>>);

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        for handle in self.0.iter().flat_map(Process::handle) {
            let _ = handle.kill();
            let _ = handle.wait(None);
        }
    }
}

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let shared = share(job, workers)?;
    let mut crew = Crew(Vec::new());
    for number in 0..workers {
        let shared = &shared;
        let mut process = Process::new(move || measure_all(job, shared, number));
        process.start()?;
        crew.0.push(process);
    }
    let mut tally = Tally::default();
    for (number, process) in crew.0.iter().enumerate() {
        let file = || job.file(shared.current.get(number) as usize);
        let piece = await_tally(process, &shared, progress)?;
        tally.absorb(piece.map_err(|error| lost(job, file(), error))?);
    }
    progress.reached(shared.finished.get()?);
    Ok(tally)
}

fn await_tally(
    process: &Process<'_, Tally>,
    shared: &Shared,
    progress: &Progress,
) -> Result<Result<Tally, JoinError>, Failure> {
    loop {
        if let Some(tally) = process.join_timeout(TICK).transpose() {
            return Ok(tally);
        }
        progress.reached(shared.finished.get()?);
    }
}

/// The queue has room for all files, and is closed: whoever finds it empty is done.
fn share(job: &Job, workers: usize) -> Result<Shared, Failure> {
    let files = job.files().len();
    let queue = Queue::<u64>::builder().bytes(16 * (files + 1)).build()?;
    for file in 0..files as u64 {
        queue.put(&file)?;
    }
    queue.close();
    Ok(Shared {
        files: queue,
        finished: Value::new(0)?,
        current: RawArray::zeroed(workers)?,
    })
}

fn measure_all(job: &Job, shared: &Shared, number: usize) -> Tally {
    let mut tally = Tally::default();
    loop {
        let index = match shared.files.get() {
            Ok(index) => index,
            Err(GetError::Closed) => return tally,
            Err(error) => panic!("{error}"),
        };
        shared.current.set(number, index);
        let file = job.file(index as usize).expect("a file of the job");
        tally.add(&job.measure(file));
        *shared.finished.lock().expect("no holder dies") += 1;
    }
}
