//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

#[test]
fn fetch_like_prints_the_table_of_its_header() {
    guarded(|| {
        let run = Example::run(env!("CARGO_MANIFEST_DIR"), "fetch_like");
        run.assert_kept();
        // No terminal here, so the reporter wrote lines: one begin an item at least.
        let lines = run.stderr.lines();
        let begins = lines.filter(|line| line.contains(" begins ")).count();
        assert_eq!(begins, 10, "{}", run.stderr);
        let ended = run.stderr.contains("all workers are gone");
        assert!(ended, "{}", run.stderr);
    });
}
