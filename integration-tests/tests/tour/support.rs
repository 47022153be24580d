//! Running the program, and looking at what it says.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A finished run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, ready for arguments. Tests run it inside of `guarded`, which ends it when it hangs and
/// finds what it leaves behind.
pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tour"))
}

/// Runs the program with these arguments only.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let output = command()
        .args(arguments)
        .output()
        .expect("the program was built with this test");
    Ran::from(output)
}

/// Runs it on `input` and returns the JSON document, together with the run.
pub(crate) fn json_of(input: &Path) -> (Value, Ran) {
    let page = tempfile::tempdir().unwrap();
    let ran = run([
        "--json".as_ref(),
        "--input".as_ref(),
        input.as_os_str(),
        "--output".as_ref(),
        page.path().as_os_str(),
    ]);
    let document =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (document, ran)
}

/// The same for a run in which nothing may go wrong: every system gave the answer of the reference.
pub(crate) fn agreed_json_of(input: &Path) -> Value {
    let (document, ran) = json_of(input);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "{document:#}"
    );
    assert_eq!(document["equal"], true);
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), integration_tests::SYSTEMS.len());
    for run in runs {
        assert_eq!(run["digest"], runs[0]["digest"], "{run:#}");
        assert_eq!(run["difference"], Value::Null);
    }
    document
}

/// Runs it on `input` and returns the page, together with the run.
pub(crate) fn page_of(input: &Path, more: &[&str]) -> (String, Ran) {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("made/on demand");
    let mut arguments = vec![
        "--input".as_ref(),
        input.as_os_str(),
        "--output".as_ref(),
        page.as_os_str(),
    ];
    arguments.extend(more.iter().map(OsStr::new));
    let ran = run(arguments);
    let text = fs::read_to_string(page.join("report.html"))
        .unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (text, ran)
}

/// The entry of the report on one file.
pub(crate) fn file<'a>(document: &'a Value, path: &str) -> &'a Value {
    let files = document["report"]["files"].as_array().unwrap();
    let found = files.iter().find(|file| file["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {files:#?}"))
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the tour writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the tour writes UTF-8"),
        }
    }
}
