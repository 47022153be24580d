//! The examples print what their headers promise.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use manyways_testkit::guarded;

/// The example's program, which cargo has built beside this one.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    folder.join("examples").join(example)
}

/// The lines that the header promises, and those that the program prints.
fn run(example: &str) -> (Vec<String>, Vec<String>) {
    guarded(|| (promised(example), printed(example)))
}

fn promised(example: &str) -> Vec<String> {
    let source = format!("{}/examples/{example}.rs", env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(source).unwrap();
    let promised: Vec<String> = source
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.strip_prefix("//! ").unwrap().to_owned())
        .collect();
    assert!(!promised.is_empty(), "{example} promises something");
    promised
}

fn printed(example: &str) -> Vec<String> {
    let run = Command::new(program(example)).output();
    let run = run.expect("a program; with --test, cargo build --examples is needed before");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let printed = String::from_utf8(run.stdout).unwrap();
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn barrier_phases() {
    let (promised, printed) = run("barrier_phases");
    assert_eq!(printed, promised);
}

#[test]
fn pool_map() {
    let (promised, printed) = run("pool_map");
    assert_eq!(printed, promised);
}

#[test]
fn producer_consumer() {
    let (promised, printed) = run("producer_consumer");
    assert_eq!(printed, promised);
}

#[test]
fn sleepers() {
    let (promised, printed) = run("sleepers");
    assert_eq!(printed, promised);
}

#[test]
fn subclass() {
    let (promised, printed) = run("subclass");
    assert_eq!(printed, promised);
}

/// Which thread closes the cycle is chance, and so are numbers and addresses.
#[test]
fn deadlock_report() {
    let (promised, printed) = run("deadlock_report");
    let by_thread = |lines: &[String]| {
        let mut parties = lines[1..5]
            .chunks(2)
            .map(<[_]>::concat)
            .map(|party| masked(&party))
            .collect::<Vec<_>>();
        parties.sort();
        (lines[0].clone(), parties, lines[5..].to_vec())
    };
    assert_eq!(by_thread(&printed), by_thread(&promised));
}

/// With dots for what stands in round brackets or after `0x`.
fn masked(line: &str) -> String {
    let words = line.split(' ').map(|word| match word {
        _ if word.starts_with('(') => "(...)",
        _ if word.starts_with("0x") && word.contains(',') => "0x...,",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}
