//! Workers that are forked processes.

use std::time::Duration;

use manyways_process::{Fork, JoinError, Task};
use manyways_testkit::contract::{End, Worker, World};
use manyways_testkit::{ProcessView, ThreadView};

/// The world in which each worker is a process.
#[derive(Debug)]
pub(crate) enum Processes {}

/// A worker of [`Processes`].
#[derive(Debug)]
pub(crate) struct WorkerProcess {
    pid: u32,
    /// `None` once joined.
    task: Option<Task<()>>,
}

impl World for Processes {
    type Worker = WorkerProcess;

    fn start(name: &str, body: impl FnOnce() + Send + 'static) -> WorkerProcess {
        let task = Fork::new().name(name).run(body).expect("a process");
        WorkerProcess {
            pid: task.pid(),
            task: Some(task),
        }
    }

    fn threads(workers: &[WorkerProcess]) -> Vec<ThreadView> {
        let processes = workers
            .iter()
            .filter_map(|worker| ProcessView::of(worker.pid));
        processes
            .flat_map(|process| process.threads().to_vec())
            .collect()
    }
}

impl Worker for WorkerProcess {
    fn join(&mut self, limit: Duration) -> End {
        let Some(task) = &mut self.task else {
            return End::Returned;
        };
        let Some(ended) = task.join_timeout(limit) else {
            return End::Running;
        };
        self.task = None;
        match ended {
            Ok(()) => End::Returned,
            Err(JoinError::Panicked { report, .. }) => End::Failed(report.message().to_owned()),
            Err(error) => End::Failed(error.to_string()),
        }
    }
}
