//! What the figures were taken on.

use std::fs;
use std::process::Command;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use crate::command;

/// The cores that this process may use, by number.
pub(crate) fn cores() -> Vec<usize> {
    let Ok(allowed) = sched_getaffinity(Pid::from_raw(0)) else {
        return vec![0];
    };
    let is_allowed = |core: &usize| allowed.is_set(*core).unwrap_or(false);
    (0..CpuSet::count()).filter(is_allowed).collect()
}

/// One line: cores, model, kernel, load.
pub(crate) fn machine() -> String {
    let cores = cores().len();
    let model = cpu_model();
    let kernel = first_line("/proc/sys/kernel/osrelease");
    let load = first_line("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!("{cores} cores, {model}, Linux {kernel}, load {load} at the start")
}

fn cpu_model() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = cpus.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        matches!(key.trim(), "model name" | "Model" | "cpu model").then(|| value.trim().to_owned())
    });
    field.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn first_line(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

/// One line: the versions of the tools that made or run the programs, of those that there are.
pub(crate) fn tools() -> String {
    let versions = ["rustc", "cc", "python3"].map(|tool| {
        let mut command = Command::new(tool);
        command.arg("--version");
        let printed = command::run(&mut command, Duration::from_secs(20)).ok()?;
        Some(printed.lines().next()?.to_owned())
    });
    versions
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}
