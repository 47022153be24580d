//! The examples print what their headers promise.

use std::fs;
use std::process::Command;

/// The lines that the header promises, and those that the program prints.
fn run(example: &str) -> (Vec<String>, Vec<String>) {
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
    let run = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--package", "threading"])
        .args(["--example", example])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let printed = String::from_utf8(run.stdout).unwrap();
    (promised, printed.lines().map(str::to_owned).collect())
}

#[test]
fn barrier_phases() {
    let (promised, printed) = run("barrier_phases");
    assert_eq!(printed, promised);
}

#[test]
fn producer_consumer() {
    let (promised, printed) = run("producer_consumer");
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
