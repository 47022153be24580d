//! The page: one file without scripts, readable in light and dark.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use askama::Template;

use super::lanes::lanes;
use super::picture::Picture;
use super::table;
use crate::job::{Duplicates, Report};
use crate::runs::{Answer, Run};
use crate::slides::Shown;
use crate::text::{count, escaped, escaped_path, size, time};
use crate::tour::Findings;

/// Groups of duplicates, and failures, that the page lists; the JSON document has all.
const LISTED: usize = 100;

/// Paths that the page lists of one group of duplicates.
const PATHS: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    input: String,
    workers: usize,
    complaints: Vec<String>,
    changed: usize,
    notes: Vec<String>,
    runs: Vec<RunSection<'a>>,
    slides: &'a [Shown],
    job: Option<JobSection>,
}

struct RunSection<'a> {
    name: &'a str,
    how: &'a str,
    result: String,
    agrees: bool,
    time: String,
    cpu_time: String,
    speedup: String,
    picture: Option<Picture>,
}

struct JobSection {
    totals: Vec<(&'static str, String)>,
    top_words: Vec<RankedWord>,
    largest: Vec<(String, String)>,
    duplicates: Listed<DuplicatesRow>,
    unreadable: Listed<(String, String)>,
}

struct RankedWord {
    word: String,
    count: String,
    /// Of the most frequent one.
    percent: u64,
}

struct DuplicatesRow {
    wasted: String,
    copies: String,
    paths: Listed<String>,
}

/// The head of a list, and how much was cut off.
struct Listed<T> {
    items: Vec<T>,
    more: usize,
}

impl<T> Listed<T> {
    fn new<S>(all: &[S], most: usize, show: impl Fn(&S) -> T) -> Self {
        Self {
            items: all.iter().take(most).map(show).collect(),
            more: all.len().saturating_sub(most),
        }
    }
}

/// Writes `report.html` into `directory`, which is made if it does not exist, and returns its path.
pub(crate) fn write_page(findings: &Findings, directory: &Path) -> io::Result<PathBuf> {
    let page = Page::new(findings).render().map_err(io::Error::other)?;
    let path = directory.join("report.html");
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&path, page))
        .map_err(|error| {
            let message = format!(
                "cannot write {}: {error}; choose another place with --output DIR",
                escaped_path(&path)
            );
            io::Error::new(error.kind(), message)
        })?;
    Ok(path)
}

impl<'a> Page<'a> {
    fn new(findings: &'a Findings) -> Self {
        let times = findings
            .runs
            .iter()
            .filter_map(|run| run.outcome.as_ref().ok());
        let longest_ns = times.map(|answer| answer.time_ns).max().unwrap_or(0);
        Self {
            input: findings.input(),
            workers: findings.workers,
            complaints: findings.complaints(),
            changed: findings.changed().len(),
            notes: findings.notes(),
            runs: findings
                .runs
                .iter()
                .map(|run| run_section(findings, run, longest_ns))
                .collect(),
            slides: &findings.slides,
            job: findings.report.as_ref().map(JobSection::new),
        }
    }
}

fn run_section<'a>(findings: &Findings, run: &'a Run, longest_ns: u64) -> RunSection<'a> {
    let answer = run.outcome.as_ref().ok();
    let speedup = findings.runs.first().and_then(|first| run.speedup(first));
    RunSection {
        name: run.system.name,
        how: run.system.how,
        result: table::result(run),
        agrees: run.agrees(),
        time: answer.map_or(String::new(), |answer| time(answer.time_ns)),
        cpu_time: answer.map_or(String::new(), |answer| time(answer.cpu_ns)),
        speedup: speedup.map_or(String::new(), |factor| format!("{factor:.2}")),
        picture: answer.map(|answer| picture(findings, answer, longest_ns)),
    }
}

fn picture(findings: &Findings, answer: &Answer, longest_ns: u64) -> Picture {
    let lanes = lanes(answer, findings.workers);
    Picture::new(
        &findings.job,
        &lanes,
        answer.start_ns,
        answer.time_ns,
        longest_ns,
    )
}

impl JobSection {
    fn new(report: &Report) -> Self {
        let most = report.top_words.first().map_or(1, |top| top.count);
        let ranked = report.top_words.iter().map(|top| RankedWord {
            word: escaped(&top.word),
            count: count(top.count),
            percent: top.count * 100 / most,
        });
        let largest = report
            .largest
            .iter()
            .map(|file| (size(file.bytes), escaped_path(&file.path)));
        Self {
            totals: totals(report),
            top_words: ranked.collect(),
            largest: largest.collect(),
            duplicates: Listed::new(&report.duplicates, LISTED, duplicates_row),
            unreadable: Listed::new(&report.unreadable, LISTED, |trouble| {
                (escaped_path(&trouble.path), trouble.reason.clone())
            }),
        }
    }
}

fn totals(report: &Report) -> Vec<(&'static str, String)> {
    let totals = &report.totals;
    vec![
        ("files", count(totals.files)),
        ("size", size(totals.bytes)),
        ("lines", count(totals.lines)),
        ("words", count(totals.words)),
        ("vocabulary", count(totals.distinct_words)),
        ("binary files", count(totals.binary_files)),
        ("in duplicates", size(totals.wasted_bytes)),
        ("unreadable", count(report.unreadable.len() as u64)),
    ]
}

fn duplicates_row(group: &Duplicates) -> DuplicatesRow {
    DuplicatesRow {
        wasted: size(group.wasted_bytes),
        copies: count(group.copies),
        paths: Listed::new(&group.paths, PATHS, |path| escaped_path(path)),
    }
}
