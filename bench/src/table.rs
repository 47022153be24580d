//! The metrics files: what is measured, against whom, and how good it shall be.
//!
//! One file a crate, `bench/metrics/CRATE.toml`, with one `[[metric]]` for each thing measured and one
//! `[[metric.peer]]` for each comparison. Unknown keys, missing keys and names that would break the
//! lines of the report are errors.

use std::fmt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

/// The metrics of one crate.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) metrics: Vec<Metric>,
}

/// One thing that is measured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "RawMetric")]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) better: Better,
    /// Both sides are kept on this many cores; `None` leaves it to the scheduler.
    pub(crate) cores: Option<usize>,
    /// What both sides need to be worth comparing; with fewer the metric is left out, by name.
    pub(crate) needs_cores: usize,
    pub(crate) ours: Program,
    pub(crate) peers: Vec<Peer>,
}

/// Which figures are the good ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// Something to compare with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "RawPeer")]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) against: Against,
}

/// What a peer is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Against {
    /// Another program, and the ratio that is wanted.
    Program { program: Program, goal: f64 },
    /// A figure that ours must not pass.
    Bound(f64),
}

/// A program, its argument, and the name on the line that it prints for this metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Program {
    pub(crate) source: Source,
    pub(crate) run: String,
    pub(crate) line: String,
}

impl Program {
    /// `run` is the name on the line too where no other is given.
    fn new(source: Source, run: String, line: Option<String>) -> Program {
        let line = line.unwrap_or_else(|| run.clone());
        Program { source, run, line }
    }
}

/// Where a program comes from. Files are in `bench/peers`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// A bench target of this workspace, `PACKAGE/TARGET`.
    Bench(String),
    /// A C file.
    C(String),
    /// A Python file that needs the standard library only.
    Python(String),
    /// A binary of the package `bench/peers/rust`.
    Rust(String),
    /// A shell script.
    Shell(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Source::Bench(name)
        | Source::C(name)
        | Source::Python(name)
        | Source::Rust(name)
        | Source::Shell(name)) = self;
        f.write_str(name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    metric: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMetric {
    name: String,
    run: Option<String>,
    line: Option<String>,
    unit: String,
    better: Better,
    cores: Option<usize>,
    needs_cores: Option<usize>,
    ours: Source,
    #[serde(default)]
    peer: Vec<Peer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPeer {
    name: String,
    program: Option<Source>,
    run: Option<String>,
    line: Option<String>,
    goal: Option<f64>,
    at_most: Option<f64>,
}

impl TryFrom<RawMetric> for Metric {
    type Error = anyhow::Error;

    fn try_from(raw: RawMetric) -> anyhow::Result<Metric> {
        let optional = [raw.run.as_ref(), raw.line.as_ref()];
        check_names(
            [Some(&raw.name), Some(&raw.unit)]
                .into_iter()
                .chain(optional),
        )?;
        let name = &raw.name;
        ensure!(!raw.peer.is_empty(), "metric {name} has no peer");
        ensure!(raw.cores != Some(0), "metric {name} has no cores");
        let bounded = |peer: &Peer| matches!(peer.against, Against::Bound(_));
        if raw.better == Better::Higher && raw.peer.iter().any(bounded) {
            bail!("metric {name}: at_most makes sense only where lower is better");
        }
        let run = raw.run.unwrap_or_else(|| raw.name.clone());
        Ok(Metric {
            name: raw.name,
            unit: raw.unit,
            better: raw.better,
            cores: raw.cores,
            needs_cores: raw.needs_cores.or(raw.cores).unwrap_or(1),
            ours: Program::new(raw.ours, run, raw.line),
            peers: raw.peer,
        })
    }
}

impl TryFrom<RawPeer> for Peer {
    type Error = anyhow::Error;

    fn try_from(raw: RawPeer) -> anyhow::Result<Peer> {
        check_names([Some(&raw.name), raw.run.as_ref(), raw.line.as_ref()])?;
        let name = raw.name;
        let against = match (raw.program, raw.run, raw.goal, raw.at_most) {
            (Some(source), Some(run), Some(goal), None) => {
                ensure!(goal.is_finite() && goal > 0.0, "peer {name}: goal {goal}");
                let program = Program::new(source, run, raw.line);
                Against::Program { program, goal }
            }
            (None, None, None, Some(bound)) if raw.line.is_none() => {
                ensure!(
                    bound.is_finite() && bound >= 0.0,
                    "peer {name}: at_most {bound}"
                );
                Against::Bound(bound)
            }
            _ => bail!("peer {name} needs either program, run and goal, or at_most alone"),
        };
        Ok(Peer { name, against })
    }
}

/// Names become fields of tab-separated lines.
fn check_names<'a>(names: impl IntoIterator<Item = Option<&'a String>>) -> anyhow::Result<()> {
    for name in names.into_iter().flatten() {
        let clean = !name.is_empty() && !name.contains(char::is_control);
        ensure!(clean, "{name:?} is no name for a line of text");
    }
    Ok(())
}

/// Reads the metrics of one crate.
pub(crate) fn parse(name: &str, text: &str) -> anyhow::Result<Table> {
    let metrics = toml::from_str::<RawTable>(text)?.metric;
    for (index, metric) in metrics.iter().enumerate() {
        let twice = metrics[..index]
            .iter()
            .any(|other| other.name == metric.name);
        ensure!(!twice, "metric {} stands there twice", metric.name);
    }
    Ok(Table {
        name: name.to_owned(),
        metrics,
    })
}

/// Reads the metrics of the crates named, or of all that have a file in `folder`.
pub(crate) fn read_all(folder: &Path, crates: &[String]) -> anyhow::Result<Vec<Table>> {
    let known = known_crates(folder)?;
    if let Some(unknown) = crates.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        bail!("{unknown} has no metrics; these have: {known}");
    }
    let wanted = if crates.is_empty() { &known } else { crates };
    wanted.iter().map(|name| read(folder, name)).collect()
}

fn read(folder: &Path, name: &str) -> anyhow::Result<Table> {
    let file = folder.join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&file);
    text.map_err(anyhow::Error::from)
        .and_then(|text| parse(name, &text))
        .with_context(|| format!("cannot use {}", file.display()))
}

fn known_crates(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let (Some(name), Some("toml")) = (
            path.file_stem().and_then(|name| name.to_str()),
            path.extension().and_then(|end| end.to_str()),
        ) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[metric]]
        name = "start"
        run = "fork_join"
        unit = "1/s"
        better = "higher"
        cores = 1
        ours = { bench = "manyways-process/start" }
        [[metric.peer]]
        name = "C fork"
        program = { c = "start.c" }
        run = "fork"
        goal = 0.8

        [[metric]]
        name = "open files"
        run = "growth"
        line = "fds"
        unit = "fds"
        better = "lower"
        ours = { bench = "manyways-process/start" }
        [[metric.peer]]
        name = "flat"
        at_most = 0
    "#;

    fn error_of(text: &str) -> String {
        format!("{:#}", parse("planted", text).unwrap_err())
    }

    #[test]
    fn a_file_is_read_whole() {
        let table = parse("planted", GOOD).unwrap();
        assert_eq!(table.name, "planted");
        let [start, fds] = table.metrics.as_slice() else {
            panic!("{table:?}")
        };
        assert_eq!(start.ours.run, "fork_join");
        assert_eq!((start.cores, start.needs_cores), (Some(1), 1));
        let program = Program::new(Source::C("start.c".into()), "fork".into(), None);
        let goal = 0.8;
        assert_eq!(start.peers[0].against, Against::Program { program, goal });
        assert_eq!((&*fds.ours.run, &*fds.ours.line), ("growth", "fds"));
        assert_eq!(fds.peers[0].against, Against::Bound(0.0));
    }

    #[test]
    fn unknown_keys_and_sources_are_refused() {
        assert!(error_of(&GOOD.replace("cores", "kores")).contains("kores"));
        assert!(error_of(&GOOD.replace("{ c =", "{ fortran =")).contains("fortran"));
        assert!(error_of(&GOOD.replace("higher", "faster")).contains("faster"));
    }

    #[test]
    fn a_peer_has_a_program_and_a_goal_or_a_bound() {
        assert!(error_of(&GOOD.replace("goal = 0.8", "")).contains("C fork needs either"));
        assert!(error_of(&GOOD.replace("at_most = 0", "")).contains("flat needs either"));
        let both = GOOD.replace("goal = 0.8", "goal = 0.8\nat_most = 1");
        assert!(error_of(&both).contains("C fork needs either"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(error_of(&GOOD.replace("0.8", "-0.8")).contains("goal -0.8"));
        assert!(error_of(&GOOD.replace("0.8", "nan")).contains("goal NaN"));
        assert!(error_of(&GOOD.replace("at_most = 0", "at_most = -1")).contains("at_most -1"));
        assert!(error_of(&GOOD.replace("cores = 1", "cores = 0")).contains("no cores"));
        assert!(error_of(&GOOD.replace("\"fds\"", "\"a\\tb\"")).contains("no name"));
        assert!(error_of(&GOOD.replace("open files", "start")).contains("twice"));
        assert!(error_of(&GOOD.replace("lower", "higher")).contains("only where lower"));
    }

    #[test]
    fn the_files_in_this_repository_are_good() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("metrics");
        let tables = read_all(&folder, &[]).unwrap();
        assert!(!tables.is_empty());
        for table in tables {
            assert!(!table.metrics.is_empty(), "{} is empty", table.name);
        }
    }

    #[test]
    fn an_unknown_crate_is_named_with_the_known_ones() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("metrics");
        let error = read_all(&folder, &["rayon".into()])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("rayon has no metrics; these have: "),
            "{error}"
        );
        assert!(error.contains("forkmap"), "{error}");
    }
}
