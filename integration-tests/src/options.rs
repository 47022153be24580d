//! The command line.

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use clap::builder::{PathBufValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Parser, value_parser};

use crate::systems::{self, SYSTEMS, System};

/// More workers than this are refused: each is a process.
const MOST_WORKERS: i64 = 256;

/// What the default input leaves out.
const BUILD_AND_HISTORY: &[&str] = &["target", ".git"];

/// Runs the program of every slide, then one real job on real files through every system.
///
/// The job: SHA-256, bytes, lines and words of every file, the fifty most frequent words, the
/// largest files, and duplicates by content. It is done sequentially and once through each system;
/// all answers must be equal. The pictures of who did what when are written to report.html.
#[derive(Debug, Parser)]
#[command(name = "tour", bin_name = "cargo tour", after_long_help = AFTER_HELP)]
pub(crate) struct Options {
    /// Read the files under DIR [default: this checkout, without target and .git]
    ///
    /// Symbolic links are not followed and other file systems are not entered. Files that cannot
    /// be read, and files that change while the tour runs, are reported and do not stop it.
    #[arg(long, value_name = "DIR", value_parser = PathBufValueParser::new().try_map(directory))]
    input: Option<PathBuf>,

    /// Run only these systems, separated by commas; the sequential reference always runs
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', value_parser = system_names())]
    only: Vec<&'static System>,

    /// Number of workers, 1 to 256 [default: what this process may use, at least 2]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=MOST_WORKERS))]
    workers: Option<u16>,

    /// Print one JSON document on standard output, and nothing else
    #[arg(long)]
    pub(crate) json: bool,

    /// Write report.html into DIR [default: target/tour of this checkout]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Exit status: 0 when all answers are equal, 1 when they differ or something failed, 2 when the \
options are wrong.

The JSON document has these fields: format (1), input, workers, equal, slides (system, title, \
source, output, error), runs (system, how, seconds, cpu_seconds, speedup, digest, difference, changed, \
error, lanes), report (totals, left_out, top_words, largest, duplicates, unreadable, files), page. Control \
characters, backslashes and bytes that are not UTF-8 are escaped in names and words as in a Rust \
literal.";

/// The directory that the job reads.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) root: PathBuf,
    pub(crate) unwanted: &'static [&'static str],
}

impl Options {
    /// The options of this process. Ends it when they are wrong, or when help was asked for.
    ///
    /// The alias `cargo tour` already ends in `--`; the one of `cargo tour -- --json` is therefore
    /// passed on to here, and dropped.
    pub(crate) fn of_this_process() -> Self {
        let mut arguments: Vec<OsString> = std::env::args_os().collect();
        if arguments.get(1).is_some_and(|first| first == "--") {
            arguments.remove(1);
        }
        Self::parse_from(arguments)
    }

    pub(crate) fn input(&self) -> Input {
        match &self.input {
            Some(root) => Input {
                root: root.clone(),
                unwanted: &[],
            },
            None => Input {
                root: checkout().to_owned(),
                unwanted: BUILD_AND_HISTORY,
            },
        }
    }

    /// The reference, then the systems asked for, in the order of the table.
    pub(crate) fn systems(&self) -> Vec<&'static System> {
        let wanted = |system: &System| self.wants(system.name) || system.name == SYSTEMS[0].name;
        SYSTEMS.iter().filter(|system| wanted(system)).collect()
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|system| system.name == name)
    }

    pub(crate) fn workers(&self) -> usize {
        match self.workers {
            Some(workers) => workers.into(),
            None => thread::available_parallelism()
                .map_or(2, NonZeroUsize::get)
                .clamp(2, MOST_WORKERS as usize),
        }
    }

    pub(crate) fn output(&self) -> PathBuf {
        match &self.output {
            Some(directory) => directory.clone(),
            None => checkout().join("target/tour"),
        }
    }
}

/// Where this program was built: the folder above this crate.
fn checkout() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn directory(argument: PathBuf) -> Result<PathBuf, String> {
    match fs::metadata(&argument) {
        Ok(found) if found.is_dir() => Ok(argument),
        Ok(_) => Err("not a directory".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn system_names() -> impl TypedValueParser<Value = &'static System> {
    let names = SYSTEMS
        .iter()
        .map(|system| PossibleValue::new(system.name).help(system.how));
    PossibleValuesParser::new(names).try_map(|name| systems::by_name(&name).ok_or("no such system"))
}
