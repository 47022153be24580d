//! The examples print what their headers promise.

use std::path::PathBuf;
use std::process::{Command, Output};

use manyways_testkit as testkit;

/// The example's program, which cargo has built beside this one.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

/// The block of the header that is marked as text.
fn promised(source: &str) -> String {
    let header = source.lines().map_while(|line| line.strip_prefix("//!"));
    let block = header.skip_while(|line| line.trim() != "```text").skip(1);
    let block = block.take_while(|line| line.trim() != "```");
    block
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

#[test]
fn fetch_like_prints_the_table_of_its_header() {
    testkit::guarded(|| {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(example("fetch_like")).output().unwrap();
        let (stdout, stderr) = (
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap(),
        );
        assert!(status.success(), "{stderr}");
        assert_eq!(
            stdout,
            promised(include_str!("../examples/fetch_like.rs")),
            "{stderr}"
        );
        // No terminal here, so the reporter wrote lines: one begin an item at least.
        let begins = stderr
            .lines()
            .filter(|line| line.contains(" begins "))
            .count();
        assert_eq!(begins, 10, "{stderr}");
        assert!(stderr.contains("all workers are gone"), "{stderr}");
    });
}
