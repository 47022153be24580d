//! One pass of the job through one system: timed, and compared with the reference.

use manyways_process::catch_panic;

use crate::job::{
    Comparison, Digest, Doing, Job, Report, Span, compare, cpu_ns, now_ns, this_worker,
};
use crate::output::Progress;
use crate::systems::{Failure, System};

/// What became of the job in one system.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) system: &'static System,
    pub(crate) outcome: Result<Answer, Failure>,
}

/// The answer that a system gave, and how it went.
#[derive(Debug)]
pub(crate) struct Answer {
    /// When the system was called, on the clock of the spans.
    pub(crate) start_ns: u64,
    /// From the call to the finished report.
    pub(crate) time_ns: u64,
    /// The processor time that went to it, in all processes.
    pub(crate) cpu_ns: u64,
    /// The worker that made the call.
    pub(crate) caller: u32,
    pub(crate) spans: Vec<Span>,
    pub(crate) files: u64,
    pub(crate) words: u64,
    pub(crate) digest: Digest,
    /// With the reference; empty for the reference itself.
    pub(crate) comparison: Comparison,
}

impl Run {
    /// Does the job. The report is compared with `reference`, or becomes it where there is none
    /// yet.
    pub(crate) fn of(
        system: &'static System,
        job: &Job,
        workers: usize,
        progress: &Progress,
        reference: &mut Option<Report>,
    ) -> Self {
        let outcome = timed(system, job, workers, progress).map(|(mut answer, report)| {
            match reference {
                Some(reference) => {
                    answer.comparison = compare(reference, &report, |path| job.has_changed(path));
                }
                None => *reference = Some(report),
            }
            answer
        });
        Self { system, outcome }
    }

    /// Whether it gave the answer of the reference, but for files that have changed since.
    pub(crate) fn agrees(&self) -> bool {
        self.outcome
            .as_ref()
            .is_ok_and(|answer| answer.comparison.difference.is_none())
    }

    /// How many times as fast as `reference`; `None` when they did not do the same.
    pub(crate) fn speedup(&self, reference: &Run) -> Option<f64> {
        let ours = self.outcome.as_ref().ok()?;
        let theirs = reference.outcome.as_ref().ok()?;
        let same = ours.comparison == Comparison::default();
        same.then(|| theirs.time_ns as f64 / ours.time_ns.max(1) as f64)
    }
}

/// A panic is the failure of this system, and no reason to leave out the others.
fn timed(
    system: &System,
    job: &Job,
    workers: usize,
    progress: &Progress,
) -> Result<(Answer, Report), Failure> {
    let (start_ns, start_cpu_ns) = (now_ns(), cpu_ns());
    let outcome = catch_panic(|| (system.run)(job, workers, progress));
    let mut tally = outcome.map_err(|report| report.to_string())??;
    let mut spans = tally.take_spans();
    let (report, span) = Span::over(Doing::Merge, || Report::new(job, tally));
    spans.push(span);
    let answer = Answer {
        start_ns,
        time_ns: span.end_ns - start_ns,
        cpu_ns: cpu_ns().saturating_sub(start_cpu_ns),
        caller: this_worker(),
        spans,
        files: report.totals.files,
        words: report.totals.words,
        digest: report.digest(),
        comparison: Comparison::default(),
    };
    Ok((answer, report))
}

#[cfg(test)]
pub(crate) fn answer_for_tests() -> Answer {
    let directory = tempfile::tempdir().unwrap();
    let job = Job::walk(directory.path(), &[]).unwrap();
    let system = &crate::systems::SYSTEMS[0];
    let run = Run::of(system, &job, 1, &Progress::hidden(), &mut None);
    run.outcome.unwrap()
}
