//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

fn check(example: &str) {
    guarded(|| Example::run(env!("CARGO_MANIFEST_DIR"), example).assert_kept());
}

#[test]
fn square_matrix() {
    check("square_matrix");
}

#[test]
fn background() {
    check("background");
}
