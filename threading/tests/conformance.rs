//! What the documentation says of CPython's tests is what the contract's table says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use manyways_testkit::contract::{Answer, PythonCase, python_cases};

const WRITTEN: &str = include_str!("../CONFORMANCE.md");

const HEAD: &str = "\
The cases of CPython's own tests (version 3.13) of what this crate rebuilds, and what has become of them. Those that are
answered were written anew, as a contract that every implementation in this house keeps, over threads or processes; they
run with `cargo test -p threading`. The others say why they are left out; forks and the ends of programs, which are none of the
contract's, are tried in `tests/forks.rs`. `manyways_testkit::contract::python_cases` has the
list of which case of ours answers which of CPython's; a test keeps this page in step with it.
";

fn is_left_out(case: &PythonCase) -> bool {
    matches!(case.answer, Answer::LeftOut(_))
}

/// The files, in their order, with their cases.
fn files() -> Vec<(&'static str, Vec<PythonCase>)> {
    let mut files: Vec<(&str, Vec<PythonCase>)> = Vec::new();
    for case in python_cases() {
        match files.last_mut() {
            Some((file, cases)) if *file == case.file => cases.push(case),
            _ => files.push((case.file, vec![case])),
        }
    }
    files
}

fn counts(name: &str, cases: &[PythonCase]) -> String {
    let out = cases.iter().filter(|case| is_left_out(case)).count();
    format!(
        "| {name} | {} | {} | {out} |\n",
        cases.len(),
        cases.len() - out
    )
}

/// The names of the cases that are left out, by reason.
fn reasons(cases: &[PythonCase]) -> BTreeMap<&'static str, Vec<String>> {
    let mut reasons = BTreeMap::<_, Vec<_>>::new();
    for case in cases {
        if let Answer::LeftOut(reason) = case.answer {
            let name = format!("`{}.{}`", case.class, case.name);
            reasons.entry(reason).or_default().push(name);
        }
    }
    reasons
}

fn page() -> String {
    let mut page = format!("{HEAD}\n| tests | cases | answered | left out |\n|---|---|---|---|\n");
    for (file, cases) in files() {
        page += &counts(&format!("`{file}`"), &cases);
    }
    page += &counts("all", &python_cases().collect::<Vec<_>>());
    for (file, cases) in files() {
        write!(page, "\n# Left out of {file}\n\n").unwrap();
        for (reason, names) in reasons(&cases) {
            writeln!(page, "- {reason}: {}", names.join(", ")).unwrap();
        }
    }
    page
}

#[test]
fn the_page_is_the_contracts_table() {
    let page = page();
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("CONFORMANCE.md");
    if page != WRITTEN {
        fs::write(&fresh, &page).unwrap();
    }
    assert!(
        page == WRITTEN,
        "threading/CONFORMANCE.md is out of step; the page as it should be is {}",
        fresh.display()
    );
}
