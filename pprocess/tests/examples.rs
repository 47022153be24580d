//! The examples print what their headers promise.

use std::path::{Path, PathBuf};
use std::process::Command;

use manyways_testkit as testkit;

/// The lines between "```text" and "```" in the comment at the head of an example.
fn promised(example: &str) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}.rs"));
    let source = std::fs::read_to_string(source).unwrap();
    let header = source.lines().take_while(|line| line.starts_with("//!"));
    let text = header.skip_while(|line| *line != "//! ```text").skip(1);
    let text = text.take_while(|line| *line != "//! ```");
    text.map(|line| {
        format!(
            "{}\n",
            line.trim_start_matches("//!").trim_start_matches(' ')
        )
    })
    .collect()
}

/// Cargo builds the examples next to the tests.
fn binary(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap();
    folder.join("examples").join(example)
}

fn check(example: &str) {
    testkit::guarded(|| {
        let output = Command::new(binary(example)).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(printed, promised(example));
        assert!(printed.lines().count() >= 4);
    });
}

#[test]
fn square_matrix() {
    check("square_matrix");
}

#[test]
fn background() {
    check("background");
}
