//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

fn run(example: &str) -> Example {
    guarded(|| Example::run(env!("CARGO_MANIFEST_DIR"), example))
}

#[test]
fn barrier_phases() {
    run("barrier_phases").assert_kept();
}

#[test]
fn pool_map() {
    run("pool_map").assert_kept();
}

#[test]
fn producer_consumer() {
    run("producer_consumer").assert_kept();
}

#[test]
fn sleepers() {
    run("sleepers").assert_kept();
}

#[test]
fn subclass() {
    run("subclass").assert_kept();
}

/// Which thread closes the cycle is chance, and so are numbers and addresses.
#[test]
fn deadlock_report() {
    let report = run("deadlock_report");
    let by_thread = |lines: &[String]| {
        let mut parties = lines[1..5]
            .chunks(2)
            .map(<[_]>::concat)
            .map(|party| masked(&party))
            .collect::<Vec<_>>();
        parties.sort();
        (lines[0].clone(), parties, lines[5..].to_vec())
    };
    assert_eq!(by_thread(&report.printed), by_thread(&report.promised));
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
