//! The example prints what its header promises.

use std::fs;
use std::process::Command;

#[test]
fn pool_map() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pool_map.rs");
    let source = fs::read_to_string(source).unwrap();
    let promised: Vec<&str> = source
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//! "))
        .collect();
    assert!(!promised.is_empty());
    let run = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline"])
        .args(["--package", "threading", "--example", "pool_map"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{errors}");
    let printed = String::from_utf8(run.stdout).unwrap();
    assert_eq!(printed.lines().collect::<Vec<_>>(), promised);
}
