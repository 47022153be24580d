//! cuda: threads draw files, and a device counts the bytes and hashes the words of each, in a stream for every thread. It is a
//! graphics processor if there is one, else the emulated device, which runs the same kernels on the processor.

mod device;

use std::sync::Mutex;

use cuda::compiler::SourceModule;

use self::device::Device;
use super::{Failure, System};
use crate::job::{FileId, Job, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "cuda",
    how: "kernels count bytes and hash words",
    processes: false,
    run,
};

const SOURCE: &str = include_str!("text.cu");

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let context = cuda::autoinit()?;
    let module = SourceModule::new_in(&context, SOURCE)?;
    let files = Mutex::new(job.files());
    let next = || files.lock().ok()?.next();
    std::thread::scope(|scope| {
        let worker = || -> Result<Tally, Failure> {
            let device = Device::new(&context, &module)?;
            measure_all(job, next, device, progress)
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut total = Tally::default();
        for worker in workers {
            let tally = worker.join().map_err(|_| "a thread panicked")?;
            total.absorb(tally?);
        }
        Ok(total)
    })
}

fn measure_all(
    job: &Job,
    next: impl Fn() -> Option<FileId>,
    mut device: Device,
    progress: &Progress,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    while let Some(file) = next() {
        tally.add(&job.measure_on(file, &mut device)?);
        progress.finished(1);
    }
    Ok(tally)
}
