//! The examples print what their headers promise.

use std::path::{Path, PathBuf};
use std::process::Command;

use manyways_testkit::guarded;

/// The example's program, which cargo has built beside this one.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    folder.join("examples").join(example)
}

fn check(example: &str) {
    guarded(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}.rs"));
        let source = std::fs::read_to_string(source).unwrap();
        let promised: Vec<&str> = source
            .lines()
            .skip_while(|line| *line != "//! ```text")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//! "))
            .collect();
        assert!(!promised.is_empty(), "{example} promises something");
        let run = Command::new(program(example)).output();
        let run = run.expect("a program; with --test, cargo build --examples is needed before");
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        let printed = String::from_utf8(run.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), promised);
    });
}

#[test]
fn counter() {
    check("counter");
}

#[test]
fn wait_for_key() {
    check("wait_for_key");
}
