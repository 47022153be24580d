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

/// Ten processes come to the lock in any order.
#[test]
fn lock() {
    let (promised, mut printed) = run("lock");
    printed.sort();
    assert_eq!(printed, promised);
}

macro_rules! prints {
    ($($example:ident)*) => {$(
        #[test]
        fn $example() {
            let (promised, printed) = run(stringify!($example));
            assert_eq!(printed, promised);
        }
    )*};
}

prints! { manager pipe pool queue remote_manager survives_kill value_array }
