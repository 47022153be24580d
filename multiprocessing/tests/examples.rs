//! The examples print what their headers promise.

use manyways_testkit::{Example, guarded};

fn run(example: &str) -> Example {
    guarded(|| Example::run(env!("CARGO_MANIFEST_DIR"), example))
}

/// Ten processes come to the lock in any order.
#[test]
fn lock() {
    let mut lock = run("lock");
    lock.printed.sort();
    lock.assert_kept();
}

macro_rules! prints {
    ($($example:ident)*) => {$(
        #[test]
        fn $example() {
            run(stringify!($example)).assert_kept();
        }
    )*};
}

prints! { manager pipe pool queue remote_manager survives_kill value_array }
