//! delegate: every file has a result or a failure at the end, whatever became of the workers. A
//! reporter adds the results up as they come, while the workers are busy with other files.

use std::collections::HashMap;
use std::time::Duration;

use delegate::{Builder, Reporter, Worker};

use super::{Failure, System, lost};
use crate::job::{FileId, Job, Piece, Tally};
use crate::output::Progress;

pub(super) const SYSTEM: System = System {
    name: "delegate",
    how: "parallelize, failures kept",
    processes: true,
    run,
};

fn run(job: &Job, workers: usize, progress: &Progress) -> Result<Tally, Failure> {
    let mut adding = Adding {
        tally: Tally::default(),
        progress,
    };
    let outcomes = Builder::new()
        .children(workers)
        .reporter(&mut adding)
        .parallelize(|file| job.measure(*file), job.files());
    none_failed(job, &outcomes)?;
    Ok(adding.tally)
}

struct Adding<'a> {
    tally: Tally,
    progress: &'a Progress,
}

impl Reporter<FileId, Piece> for Adding<'_> {
    fn success(&mut self, _: Worker, _: &FileId, piece: &Piece, _: Duration) {
        self.tally.add(piece);
        self.progress.finished(1);
    }
}

type Outcomes = HashMap<FileId, Result<Piece, delegate::Failure>>;

/// A dead worker fails its file only and the rest goes on; but a tally that lacks a file is no
/// answer.
fn none_failed(job: &Job, outcomes: &Outcomes) -> Result<(), Failure> {
    let failures = || {
        outcomes
            .iter()
            .filter_map(|(file, outcome)| Some((*file, outcome.as_ref().err()?)))
    };
    let Some((file, first)) = failures().min_by_key(|(file, _)| *file) else {
        return Ok(());
    };
    let (failed, all) = (failures().count(), outcomes.len());
    let why = format!("{failed} of {all} files failed: {first}");
    Err(lost(job, Some(file), why))
}
