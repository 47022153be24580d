//! The document for programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::lanes::{Lane, lanes};
use crate::job::{Difference, Digest, Report};
use crate::runs::Run;
use crate::slides::Shown;
use crate::text;
use crate::tour::Findings;

/// The whole document. Its fields are named in the long help; they are only ever added to while
/// `format` stays 1.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    input: String,
    workers: usize,
    equal: bool,
    slides: Vec<SlideEntry<'a>>,
    runs: Vec<RunEntry<'a>>,
    report: Option<&'a Report>,
    page: String,
}

#[derive(Serialize)]
struct SlideEntry<'a> {
    system: &'static str,
    title: &'static str,
    source: &'static str,
    output: &'a str,
    error: Option<String>,
}

#[derive(Serialize)]
struct RunEntry<'a> {
    system: &'static str,
    how: &'static str,
    seconds: Option<f64>,
    cpu_seconds: Option<f64>,
    speedup: Option<f64>,
    digest: Option<Digest>,
    difference: Option<&'a Difference>,
    #[serde(serialize_with = "text::paths")]
    changed: Vec<PathBuf>,
    error: Option<String>,
    lanes: Vec<LaneEntry>,
}

#[derive(Serialize)]
struct LaneEntry {
    worker: String,
    files: u64,
    measuring_seconds: f64,
    merging_seconds: f64,
}

/// Writes the document and a newline.
pub(crate) fn write_json(findings: &Findings, page: &Path, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        format: 1,
        input: findings.input(),
        workers: findings.workers,
        equal: findings.runs.iter().all(Run::agrees),
        slides: findings.slides.iter().map(slide).collect(),
        runs: findings
            .runs
            .iter()
            .map(|run| entry(findings, run))
            .collect(),
        report: findings.report.as_ref(),
        page: text::escaped_path(page),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    out.flush()
}

fn slide(shown: &Shown) -> SlideEntry<'_> {
    SlideEntry {
        system: shown.slide.system,
        title: shown.slide.title(),
        source: shown.slide.source,
        output: &shown.output,
        error: shown.error.as_ref().map(ToString::to_string),
    }
}

fn entry<'a>(findings: &Findings, run: &'a Run) -> RunEntry<'a> {
    let answer = run.outcome.as_ref().ok();
    RunEntry {
        system: run.system.name,
        how: run.system.how,
        seconds: answer.map(|answer| seconds(answer.time_ns)),
        cpu_seconds: answer.map(|answer| seconds(answer.cpu_ns)),
        speedup: findings.runs.first().and_then(|first| run.speedup(first)),
        digest: answer.map(|answer| answer.digest),
        difference: answer.and_then(|answer| answer.comparison.difference.as_ref()),
        changed: answer.map_or_else(Vec::new, |answer| {
            answer.comparison.changed.iter().cloned().collect()
        }),
        error: run.outcome.as_ref().err().map(ToString::to_string),
        lanes: answer.map_or_else(Vec::new, |answer| {
            lanes(answer, findings.workers).iter().map(lane).collect()
        }),
    }
}

fn lane(lane: &Lane) -> LaneEntry {
    LaneEntry {
        worker: lane.label.clone(),
        files: lane.files(),
        measuring_seconds: seconds(lane.measuring_ns()),
        merging_seconds: seconds(lane.merging_ns()),
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
