//! The conductor: slides, job, comparison, outputs, exit status.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::job::{Job, Report};
use crate::options::Options;
use crate::output::{self, Progress};
use crate::runs::{Answer, Run};
use crate::slides::{SLIDES, Shown};
use crate::systems::System;
use crate::text;

/// A sequential run shorter than this says nothing about speed.
const TELLING_NS: u64 = 100_000_000;

/// Waiting that is shorter than this is no disturbance.
const DISTURBING_NS: u64 = 10_000_000;

/// All that the tour found out: what the page and the JSON document are made from.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) job: Job,
    pub(crate) workers: usize,
    pub(crate) slides: Vec<Shown>,
    pub(crate) runs: Vec<Run>,
    /// The answer of the first system that gave one.
    pub(crate) report: Option<Report>,
}

/// The program behind `cargo tour`. Exit status 0 means that every program ran and all answers are
/// equal.
pub fn main() -> ExitCode {
    let options = Options::of_this_process();
    match conduct(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Who closes our output has seen enough: `cargo tour | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all went well.
fn conduct(options: &Options) -> io::Result<bool> {
    let mut out: Box<dyn Write> = if options.json {
        Box::new(io::sink())
    } else {
        Box::new(io::stdout())
    };
    let slides = show_slides(options, &mut out)?;
    let findings = do_the_job(options, slides, &mut out)?;
    let page = output::write_page(&findings, &options.output())?;
    writeln!(out, "\n{}", output::runs_table(&findings))?;
    for note in findings.notes() {
        writeln!(out, "\n{note}")?;
    }
    writeln!(
        out,
        "\nPictures of who did what when: {}",
        text::escaped_path(&page)
    )?;
    if options.json {
        output::write_json(&findings, &page, &mut io::stdout())?;
    }
    let complaints = findings.complaints();
    complaints.iter().for_each(|line| complain(line));
    Ok(complaints.is_empty())
}

fn show_slides(options: &Options, out: &mut dyn Write) -> io::Result<Vec<Shown>> {
    let mut shown = Vec::new();
    for slide in SLIDES.iter().filter(|slide| options.wants(slide.system)) {
        let ran = slide.show();
        writeln!(out, "{ran}")?;
        shown.push(ran);
    }
    Ok(shown)
}

fn do_the_job(options: &Options, slides: Vec<Shown>, out: &mut dyn Write) -> io::Result<Findings> {
    let input = options.input();
    let job = Job::walk(&input.root, input.unwanted)?;
    writeln!(out, "== the job: {}\n", output::WhatWasFound(&job))?;
    read_all_once(&job);
    writeln!(
        out,
        "All files were read once before the first run, so that none waits for the disk.\n"
    )?;
    let mut findings = Findings {
        job,
        workers: options.workers(),
        slides,
        runs: Vec::new(),
        report: None,
    };
    for system in options.systems() {
        findings.run(system);
    }
    if let Some(report) = &findings.report {
        write!(out, "{}", output::Summary(report))?;
    }
    Ok(findings)
}

fn read_all_once(job: &Job) {
    let progress = Progress::new("reading all once", job.files().len() as u64);
    job.warm_page_cache(|| progress.finished(1));
}

impl Findings {
    fn run(&mut self, system: &'static System) {
        let progress = Progress::new(system.name, self.job.files().len() as u64);
        let run = Run::of(system, &self.job, self.workers, &progress, &mut self.report);
        self.runs.push(run);
    }

    /// What did not go well, a line each, the first difference first.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let runs = self.runs.iter().filter_map(|run| self.complaint(run));
        let slides = self.slides.iter().filter_map(|shown| {
            let error = shown.error.as_ref()?;
            Some(format!(
                "error: the slide of {} failed: {error}",
                shown.slide.system
            ))
        });
        runs.chain(slides).collect()
    }

    fn complaint(&self, run: &Run) -> Option<String> {
        let name = run.system.name;
        let difference = match &run.outcome {
            Err(failure) => return Some(format!("error: {name} failed: {failure}")),
            Ok(answer) => answer.comparison.difference.as_ref()?,
        };
        let reference = self.runs.first()?.system.name;
        Some(format!(
            "error: {name} differs from {reference}: {difference}"
        ))
    }

    /// What to know before judging answers and times.
    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = [self.unsettled(), self.short(), self.disturbed()];
        notes.into_iter().flatten().collect()
    }

    /// The files that changed between the first run and the others.
    pub(crate) fn changed(&self) -> BTreeSet<&Path> {
        let answers = self.runs.iter().filter_map(|run| run.outcome.as_ref().ok());
        let changed = answers.flat_map(|answer| &answer.comparison.changed);
        changed.map(PathBuf::as_path).collect()
    }

    fn unsettled(&self) -> Option<String> {
        let changed = self.changed();
        let first = changed.first()?;
        Some(format!(
            "{} changed or vanished while the tour ran, {} first. Figures that depend on them \
             were not compared.",
            text::counted(changed.len() as u64, "file"),
            text::escaped_path(first),
        ))
    }

    fn short(&self) -> Option<String> {
        let time_ns = self.reference()?.time_ns;
        (time_ns < TELLING_NS).then(|| {
            format!(
                "The whole job takes one worker {}: starting more weighs more than the work. \
                 A larger directory tells more about speed (--input DIR).",
                text::time(time_ns)
            )
        })
    }

    /// One worker alone waits for nothing but the processor and the disk.
    fn disturbed(&self) -> Option<String> {
        let reference = self.reference()?;
        let waited_ns = reference.time_ns.saturating_sub(reference.cpu_ns);
        (waited_ns > reference.time_ns / 4 && waited_ns > DISTURBING_NS).then(|| {
            format!(
                "The sequential run waited {} of its {}, for a processor that others used or for \
                 the disk. Times taken on such a machine say little.",
                text::time(waited_ns),
                text::time(reference.time_ns)
            )
        })
    }

    fn reference(&self) -> Option<&Answer> {
        self.runs.first()?.outcome.as_ref().ok()
    }

    /// The name of the input as shown to people.
    pub(crate) fn input(&self) -> String {
        text::escaped_path(self.job.root())
    }
}

/// `eprintln!` panics when standard error is closed.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::SYSTEMS;

    static FAILING: System = System {
        name: "failing",
        how: "not at all",
        processes: false,
        run: |_, _, _| Err("the worker is gone".into()),
    };

    static PANICKING: System = System {
        name: "panicking",
        how: "not at all",
        processes: false,
        run: |_, _, _| panic!("no such file"),
    };

    fn findings(root: &Path, systems: &[&'static System]) -> Findings {
        let mut findings = Findings {
            job: Job::walk(root, &[]).unwrap(),
            workers: 2,
            slides: Vec::new(),
            runs: Vec::new(),
            report: None,
        };
        systems.iter().for_each(|system| findings.run(system));
        findings
    }

    fn json(findings: &Findings) -> serde_json::Value {
        let mut json = Vec::new();
        output::write_json(findings, Path::new("page"), &mut json).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn a_system_that_fails_is_told_everywhere() {
        let directory = tempfile::tempdir().unwrap();
        let findings = findings(directory.path(), &[&SYSTEMS[0], &FAILING]);
        assert_eq!(
            findings.complaints(),
            ["error: failing failed: the worker is gone"]
        );

        let table = output::runs_table(&findings);
        let row = table.lines().last().unwrap();
        let row: Vec<_> = row.split_whitespace().collect();
        assert_eq!(row, ["failing", "not", "at", "all", "FAILED"]);

        let json = json(&findings);
        assert_eq!(json["equal"], false);
        assert_eq!(json["runs"][1]["error"], "the worker is gone");

        output::write_page(&findings, directory.path()).unwrap();
        let page = std::fs::read_to_string(directory.path().join("report.html")).unwrap();
        assert!(page.contains("failing failed: the worker is gone"));
    }

    #[test]
    fn a_system_that_panics_has_failed_and_the_next_one_runs() {
        let directory = tempfile::tempdir().unwrap();
        let findings = findings(directory.path(), &[&SYSTEMS[0], &PANICKING, &SYSTEMS[0]]);
        let [complaint] = findings.complaints().try_into().unwrap();
        assert!(
            complaint.starts_with("error: panicking failed: "),
            "{complaint}"
        );
        assert!(complaint.contains("no such file"), "{complaint}");
        assert!(complaint.contains("tour.rs:"), "{complaint}");
        assert!(findings.runs[2].agrees());
    }

    #[test]
    fn files_that_change_meanwhile_are_told_and_are_no_failure() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name| directory.path().join(name);
        for name in ["log", "steady", "vanishing"] {
            std::fs::write(file(name), "one").unwrap();
        }
        let mut findings = findings(directory.path(), &[&SYSTEMS[0]]);
        std::fs::write(file("log"), "one, two").unwrap();
        std::fs::remove_file(file("vanishing")).unwrap();
        findings.run(&SYSTEMS[0]);

        assert_eq!(findings.complaints(), [""; 0]);
        let note = findings.notes().remove(0);
        assert!(
            note.starts_with("2 files changed or vanished while the tour ran, log first."),
            "{note}"
        );
        let table = output::runs_table(&findings);
        assert!(table.contains(", 2 changed"), "{table}");
        assert_eq!(findings.runs[1].speedup(&findings.runs[0]), None);
        let json = json(&findings);
        assert_eq!(json["equal"], true);
        assert_eq!(
            json["runs"][1]["changed"],
            serde_json::json!(["log", "vanishing"])
        );
    }

    #[test]
    fn short_runs_come_with_a_note() {
        let directory = tempfile::tempdir().unwrap();
        let mut findings = findings(directory.path(), &[&SYSTEMS[0]]);
        let [note] = findings.notes().try_into().unwrap();
        assert!(note.contains("--input DIR"), "{note}");
        let answer = findings.runs[0].outcome.as_mut().unwrap();
        (answer.time_ns, answer.cpu_ns) = (TELLING_NS, TELLING_NS);
        assert_eq!(findings.notes(), [""; 0]);
    }

    #[test]
    fn a_run_that_waited_comes_with_a_note() {
        let directory = tempfile::tempdir().unwrap();
        let mut findings = findings(directory.path(), &[&SYSTEMS[0]]);
        let answer = findings.runs[0].outcome.as_mut().unwrap();
        (answer.time_ns, answer.cpu_ns) = (4 * TELLING_NS, 2 * TELLING_NS);
        let [note] = findings.notes().try_into().unwrap();
        assert!(note.contains("waited 200 ms of its 400 ms"), "{note}");
    }
}
