//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

fn check(example: &str) {
    guarded(|| Example::run(env!("CARGO_MANIFEST_DIR"), example).assert_kept());
}

#[test]
fn squares() {
    check("squares");
}

#[test]
fn accumulate() {
    check("accumulate");
}
