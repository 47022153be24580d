//! Running a test of this executable again, in a process of its own that may come to a bad end.

use std::env;
use std::process::Command;

const MODE: &str = "TESTKIT_MODE";

/// The command that runs only `test`, which finds `mode` in [`mode`].
pub(crate) fn rerun(test: &str, mode: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test]).env(MODE, mode);
    command
}

/// What the outer process asked this one to do; `None` in the outer process.
pub(crate) fn mode() -> Option<String> {
    env::var(MODE).ok()
}
