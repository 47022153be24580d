//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

fn check(example: &str) {
    guarded(|| Example::run(env!("CARGO_MANIFEST_DIR"), example).assert_kept());
}

#[test]
fn counter() {
    check("counter");
}

#[test]
fn wait_for_key() {
    check("wait_for_key");
}
