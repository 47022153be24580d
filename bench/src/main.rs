//! Measures the systems of this workspace beside their peers, in one run.
//!
//! What is measured stands in `bench/metrics/CRATE.toml`: for each metric our program, the peers'
//! programs and the goals. Every program, ours or a peer's, is run with the name of what it shall
//! measure as its only argument and prints `name<TAB>unit<TAB>value`. The programs run in turn (ours,
//! peer, peer, ours, ...) for several rounds, and the medians are compared. One line a comparison goes
//! to the standard output and to `target/bench/CRATE.tsv`.
//!
//! # Modules
//!
//! `table` (the metrics files), `workshop` (making programs ready to run), `schedule` (the rounds),
//! `command` (running a program, with a limit), `reading` (what a program printed), `measure` (all of
//! that, for one crate), `verdict` (medians and ratios), `report` (the lines), `machine` (what it ran on).

mod command;
mod machine;
mod measure;
mod reading;
mod report;
mod schedule;
mod table;
mod verdict;
mod workshop;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::schedule::Effort;
use crate::workshop::Workshop;

/// Measure crates beside their peers.
///
/// Prints tab-separated lines: crate, metric, unit, ours, peer, the peer's figure, ratio (above 1 is
/// better than the peer), goal for the ratio, `met` or `short`. The same lines go to
/// target/bench/CRATE.tsv. Peers that could not be had are named on lines that start with `#`. The
/// exit code is 0 whether goals are met or not, and 1 when something broke.
#[derive(Debug, Parser)]
#[command(name = "scripts/bench", max_term_width = 100)]
struct Options {
    /// The crates to measure [default: all that have a file in bench/metrics]
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
    /// Three rounds at most, and at most about 50 seconds a crate (builds aside)
    #[arg(long)]
    quick: bool,
    /// Rounds of ours and the peers in turn [default: 7, with --quick 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// The longest that one run of one program may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    limit: u64,
    /// Also print, on lines that start with `#`, the least and the greatest figure of each side
    #[arg(long)]
    spread: bool,
    /// The workspace to measure
    #[arg(long, value_name = "DIR", hide = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    root: PathBuf,
}

impl Options {
    fn effort(&self) -> Effort {
        let default = if self.quick { 3 } else { 7 };
        Effort {
            rounds: self.rounds.unwrap_or(default).into(),
            budget: self.quick.then_some(Duration::from_secs(50)),
            limit: Duration::from_secs(self.limit),
        }
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything that was to be measured could be run.
fn run(options: &Options) -> anyhow::Result<bool> {
    let root = options.root.canonicalize()?;
    let tables = table::read_all(&root.join("bench/metrics"), &options.crates)?;
    let out = root.join("target/bench");
    let mut workshop = Workshop::new(&root, &out)?;
    let mut whole = true;
    for table in &tables {
        let measured = measure::measure(table, &mut workshop, options.effort());
        whole &= !measured.is_broken();
        write_report(&out, &table.name, &report::lines(&measured, options.spread))?;
    }
    Ok(whole)
}

fn write_report(out: &Path, name: &str, lines: &[String]) -> anyhow::Result<()> {
    let text = lines.join("\n") + "\n";
    std::fs::write(out.join(format!("{name}.tsv")), &text)?;
    print!("{text}");
    Ok(())
}
