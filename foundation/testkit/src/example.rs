//! Examples that are held to their headers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What an example's header promises, and what the program did. In the header's comment the lines that it prints stand
/// between "```text" and "```".
#[derive(Debug)]
pub struct Example {
    /// The lines that the header promises, at least one.
    pub promised: Vec<String>,
    /// The lines that the program printed.
    pub printed: Vec<String>,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Example {
    /// Runs an example of the crate whose folder is `manifest`: `env!("CARGO_MANIFEST_DIR")` in a test of that crate.
    ///
    /// # Panics
    ///
    /// When there is no such example, the program fails, or the header promises nothing.
    #[must_use]
    pub fn run(manifest: &str, name: &str) -> Example {
        let source = Path::new(manifest).join(format!("examples/{name}.rs"));
        let source = fs::read_to_string(&source)
            .unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        let promised = promised(&source);
        assert!(!promised.is_empty(), "{name} promises something");
        let run = Command::new(program(name)).output();
        let run = run.expect("a program; with --test, cargo build --examples is needed before");
        let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{name}: {}\n{stderr}", run.status);
        let printed = String::from_utf8(run.stdout).expect("it prints text");
        Example {
            promised,
            printed: printed.lines().map(str::to_owned).collect(),
            stderr,
        }
    }

    /// Asserts that it prints what it promises.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn assert_kept(&self) {
        assert_eq!(self.printed, self.promised, "{}", self.stderr);
    }
}

fn promised(source: &str) -> Vec<String> {
    let header = source.lines().map_while(|line| line.strip_prefix("//!"));
    let text = header.skip_while(|line| *line != " ```text").skip(1);
    text.take_while(|line| *line != " ```")
        .map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned())
        .collect()
}

/// The example's program, which cargo has built beside the test's.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test has a program");
    let folder = test.ancestors().nth(2).expect("it lies in cargo's folders");
    folder.join("examples").join(name)
}

#[cfg(test)]
mod tests {
    use super::promised;

    #[test]
    fn the_promise_is_the_text_of_the_header() {
        let source = "//! It prints:\n//!\n//! ```text\n//! one\n//!\n//!   two\n//! ```\n//! more\n\n//! ```text\nfn main() {}";
        assert_eq!(promised(source), ["one", "", "  two"]);
        assert!(promised("fn main() {}\n//! ```text\n//! one\n").is_empty());
    }
}
