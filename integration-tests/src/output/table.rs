//! The text on the terminal.

use std::fmt::{self, Display, Formatter};

use comfy_table::{CellAlignment, LineStyle, Table, presets};

use crate::job::{Duplicates, Job, Report, WordCount};
use crate::runs::Run;
use crate::text::{count, counted, escaped, escaped_path, size, time};
use crate::tour::Findings;

/// Lists are cut after so many lines on the terminal; the page has more, the JSON document all.
const LINES: usize = 10;

/// Columns in which the most frequent words stand.
const WORD_COLUMNS: usize = 5;

/// What the walk found, in a line.
pub(crate) struct WhatWasFound<'a>(pub(crate) &'a Job);

/// The figures of the job.
pub(crate) struct Summary<'a>(pub(crate) &'a Report);

impl Display for WhatWasFound<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(job) = self;
        let left_out = job.left_out();
        let files = counted(job.files().len() as u64, "file");
        write!(f, "{files} under {}", escaped_path(job.root()))?;
        if !left_out.on_request.is_empty() {
            write!(f, ", without {}", left_out.on_request.join(" and "))?;
        }
        let others = [
            (left_out.symlinks, "symbolic links"),
            (left_out.special_files, "sockets, FIFOs and devices"),
            (left_out.mount_points, "mount points"),
        ];
        for (number, what) in others.iter().filter(|(number, _)| *number > 0) {
            write!(f, "; {what} left out: {}", count(*number))?;
        }
        Ok(())
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(report) = self;
        let totals = &report.totals;
        writeln!(
            f,
            "{}, {}, {}, {} ({} different), {} binary",
            counted(totals.files, "file"),
            size(totals.bytes),
            counted(totals.lines, "line"),
            counted(totals.words, "word"),
            count(totals.distinct_words),
            count(totals.binary_files),
        )?;
        if !report.top_words.is_empty() {
            writeln!(f, "\nMost frequent words\n{}", words(&report.top_words))?;
        }
        section(f, "Largest files", &report.largest, |file| {
            format!("{:>8}  {}", size(file.bytes), escaped_path(&file.path))
        })?;
        let groups = counted(report.duplicates.len() as u64, "group");
        let heading = format!("Duplicates: {groups}, {} wasted", size(totals.wasted_bytes));
        section(f, &heading, &report.duplicates, duplicates)?;
        let heading = format!(
            "Could not be read: {}",
            count(report.unreadable.len() as u64)
        );
        section(f, &heading, &report.unreadable, |trouble| {
            format!("{}: {}", escaped_path(&trouble.path), trouble.reason)
        })
    }
}

fn words(top: &[WordCount]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let rows = top.len().div_ceil(WORD_COLUMNS);
    for row in 0..rows {
        let ranked = top.iter().skip(row).step_by(rows);
        table.add_row(ranked.flat_map(|top| [count(top.count), escaped(&top.word)]));
    }
    for column in (0..2 * WORD_COLUMNS).step_by(2) {
        align_right(&mut table, column);
    }
    table.trim_fmt()
}

fn duplicates(group: &Duplicates) -> String {
    let paths: Vec<_> = group
        .paths
        .iter()
        .take(3)
        .map(|path| escaped_path(path))
        .collect();
    let more = match group.paths.len() - paths.len() {
        0 => String::new(),
        more => format!(" and {} more", count(more as u64)),
    };
    let (wasted, copies) = (size(group.wasted_bytes), count(group.copies));
    format!(
        "{wasted:>8}  in {copies} copies: {}{more}",
        paths.join(", ")
    )
}

/// A heading and the first few items, or nothing where there are none.
fn section<T>(
    f: &mut Formatter<'_>,
    heading: &str,
    items: &[T],
    line: impl Fn(&T) -> String,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{heading}")?;
    for item in items.iter().take(LINES) {
        writeln!(f, "  {}", line(item))?;
    }
    match items.len().saturating_sub(LINES) {
        0 => Ok(()),
        more => writeln!(f, "  and {} more", count(more as u64)),
    }
}

/// A line for each run, with what it came to and how fast.
pub(crate) fn runs_table(findings: &Findings) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─')));
    table.set_header([
        "system", "what ran", "result", "time", "CPU time", "speed-up",
    ]);
    for run in &findings.runs {
        let answer = run.outcome.as_ref().ok();
        let speedup = findings.runs.first().and_then(|first| run.speedup(first));
        table.add_row([
            run.system.name.to_owned(),
            run.system.how.to_owned(),
            result(run),
            answer.map_or(String::new(), |answer| time(answer.time_ns)),
            answer.map_or(String::new(), |answer| time(answer.cpu_ns)),
            speedup.map_or(String::new(), |factor| format!("{factor:.2}")),
        ]);
    }
    (3..6).for_each(|column| align_right(&mut table, column));
    table.trim_fmt()
}

/// The answer in short. The digest stands for all of it: equal digests, equal answers.
pub(crate) fn result(run: &Run) -> String {
    match &run.outcome {
        Ok(answer) => {
            let (files, words) = (counted(answer.files, "file"), counted(answer.words, "word"));
            let verdict = match answer.comparison.changed.len() {
                _ if !run.agrees() => ", DIFFERENT".to_owned(),
                0 => String::new(),
                changed => format!(", {} changed", count(changed as u64)),
            };
            format!("{files}, {words}, {}{verdict}", answer.digest.short())
        }
        Err(_) => "FAILED".to_owned(),
    }
}

fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
