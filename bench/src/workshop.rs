//! Making programs ready to run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use crate::command::{self, Failure};
use crate::machine;
use crate::table::{Program, Source};

/// A build that takes longer hangs.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Builds programs, each once, and gives the commands to run them.
#[derive(Debug)]
pub(crate) struct Workshop {
    root: PathBuf,
    peers: PathBuf,
    out: PathBuf,
    made: BTreeMap<Source, Result<Vec<PathBuf>, Trouble>>,
}

/// Why a program cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It, or what makes it, is not on this machine: the comparison is left out, by name.
    Missing(String),
    /// It should run, and does not.
    Broken(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        match failure.is_not_installed() {
            true => Trouble::Missing(failure.to_string()),
            false => Trouble::Broken(failure.to_string()),
        }
    }
}

impl Workshop {
    /// Builds the workspace `root` and its peers, these into `out`.
    pub(crate) fn new(root: &Path, out: &Path) -> anyhow::Result<Workshop> {
        fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
        Ok(Workshop {
            root: root.to_owned(),
            peers: root.join("bench/peers"),
            out: out.to_owned(),
            made: BTreeMap::new(),
        })
    }

    /// The command that runs `program`, on `cores` cores where a number is given.
    pub(crate) fn command(
        &mut self,
        program: &Program,
        cores: Option<usize>,
    ) -> Result<Command, Trouble> {
        let mut words = cores.map_or(Vec::new(), pinning);
        words.extend(self.made(&program.source)?);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(&program.run);
        command.current_dir(&self.out);
        Ok(command)
    }

    fn made(&mut self, source: &Source) -> Result<Vec<PathBuf>, Trouble> {
        if let Some(made) = self.made.get(source) {
            return made.clone();
        }
        let made = self.make(source);
        self.made.insert(source.clone(), made.clone());
        made
    }

    fn make(&self, source: &Source) -> Result<Vec<PathBuf>, Trouble> {
        match source {
            Source::Bench(target) => self.bench_target(target).map(|program| vec![program]),
            Source::C(file) => self.c_program(file).map(|program| vec![program]),
            Source::Rust(name) => self.rust_peer(name).map(|program| vec![program]),
            Source::Python(file) => Ok(vec!["python3".into(), self.peer_file(file)?]),
            Source::Shell(file) => Ok(vec!["sh".into(), self.peer_file(file)?]),
        }
    }

    fn peer_file(&self, file: &str) -> Result<PathBuf, Trouble> {
        let path = self.peers.join(file);
        match path.is_file() {
            true => Ok(path),
            false => Err(Trouble::Broken(format!("there is no {}", path.display()))),
        }
    }

    fn bench_target(&self, target: &str) -> Result<PathBuf, Trouble> {
        eprintln!("bench: building {target}");
        let broken = || Trouble::Broken(format!("{target} is no PACKAGE/TARGET that cargo built"));
        let (package, name) = target.split_once('/').ok_or_else(broken)?;
        let mut cargo = self.cargo(&["bench", "--no-run", "--locked"]);
        cargo.args(["--message-format", "json-render-diagnostics"]);
        cargo.args(["--package", package, "--bench", name]);
        let messages = command::run(&mut cargo, BUILD_LIMIT)?;
        executable(&messages, name).ok_or_else(broken)
    }

    fn c_program(&self, file: &str) -> Result<PathBuf, Trouble> {
        let source = self.peer_file(file)?;
        let program = self.out.join(Path::new(file).with_extension(""));
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-o"]).arg(&program).arg(source);
        command::run(&mut cc, BUILD_LIMIT)?;
        Ok(program)
    }

    /// The peers' crates may be impossible to fetch: then they are missing, not broken.
    fn rust_peer(&self, name: &str) -> Result<PathBuf, Trouble> {
        eprintln!("bench: building the peer {name}");
        let target = self.out.join("rust");
        let mut cargo = self.cargo(&["build", "--release", "--locked", "--bin", name]);
        cargo
            .arg("--manifest-path")
            .arg(self.peers.join("rust/Cargo.toml"));
        cargo.arg("--target-dir").arg(&target);
        match command::run(&mut cargo, BUILD_LIMIT) {
            Ok(_) => Ok(target.join("release").join(name)),
            Err(failure) => Err(Trouble::Missing(failure.to_string())),
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root);
        command
    }
}

/// Keeps a command on the first `cores` of the cores that this process may use.
fn pinning(cores: usize) -> Vec<PathBuf> {
    let list = machine::cores().into_iter().take(cores);
    let list = list.map(|core| core.to_string()).collect::<Vec<_>>();
    vec!["taskset".into(), "-c".into(), list.join(",").into()]
}

/// The program that cargo says it has built for the bench target `name`.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message = serde_json::from_str::<serde_json::Value>(line).ok()?;
        let target = &message["target"];
        let is_bench = target["kind"]
            .as_array()?
            .iter()
            .any(|kind| kind == "bench");
        if !is_bench || target["name"] != name {
            return None;
        }
        message["executable"].as_str().map(PathBuf::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"start"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bench"],"name":"other"},"executable":"/t/other-1"}
{"reason":"compiler-artifact","target":{"kind":["bench"],"name":"start"},"executable":"/t/start-1"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "start"), Some("/t/start-1".into()));
        assert_eq!(executable(messages, "stop"), None);
    }

    #[test]
    fn pinning_names_as_many_cores_as_wanted() {
        let first = machine::cores()[0].to_string();
        assert_eq!(pinning(1), ["taskset", "-c", &first].map(PathBuf::from));
    }

    #[test]
    fn a_peer_that_is_not_in_the_repository_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let mut workshop = Workshop::new(folder.path(), &folder.path().join("out")).unwrap();
        let program = Program {
            source: Source::Python("absent.py".into()),
            run: "x".into(),
            line: "x".into(),
        };
        let trouble = workshop.command(&program, None).unwrap_err();
        assert!(matches!(trouble, Trouble::Broken(why) if why.contains("absent.py")));
    }
}
