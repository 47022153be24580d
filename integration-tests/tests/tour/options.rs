//! The command line.

use std::fs;

use integration_tests::SYSTEMS;
use manyways_testkit::guarded;

use crate::support::{Ran, page_of, run};

#[track_caller]
fn refused(arguments: &[&str], message: &str) {
    let ran = run(arguments);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
}

#[test]
fn bad_options_are_refused_with_status_2_and_a_clear_message() {
    guarded(|| {
        refused(&["--workers", "0"], "0 is not in 1..=256");
        refused(&["--workers", "257"], "257 is not in 1..=256");
        refused(
            &["--workers", "two"],
            "invalid value 'two' for '--workers <N>'",
        );
        refused(
            &["--only", "forkmpa"],
            "invalid value 'forkmpa' for '--only <SYSTEM>'",
        );
        refused(
            &["--only", "threads,"],
            "a value is required for '--only <SYSTEM>'",
        );
        refused(
            &["--input", "/no/such/directory"],
            "No such file or directory",
        );
        refused(&["--input", "/proc/version"], "not a directory");
        refused(&["--inptu", "/"], "unexpected argument '--inptu'");
        refused(&["surplus"], "unexpected argument 'surplus'");
    });
}

#[test]
fn an_unknown_system_is_answered_with_the_known_ones() {
    guarded(|| {
        for system in SYSTEMS {
            refused(&["--only", "none"], system.name);
        }
    });
}

#[test]
fn help_names_every_option_and_every_system() {
    guarded(|| {
        let ran = run(["--help"]);
        assert_eq!(ran.code, Some(0));
        let options = [
            "--input <DIR>",
            "--only <SYSTEM>",
            "--workers <N>",
            "--json",
            "--output <DIR>",
        ];
        for expected in options
            .into_iter()
            .chain(SYSTEMS.iter().map(|system| system.name))
        {
            assert!(
                ran.stdout.contains(expected),
                "{expected} is not in:\n{}",
                ran.stdout
            );
        }
        assert!(ran.stdout.starts_with("Runs the program of every slide"));
        assert!(ran.stdout.contains("Usage: cargo tour"));
    });
}

/// The alias ends in `--`, and people add one of their own.
#[test]
fn a_leading_double_dash_is_dropped() {
    guarded(|| {
        let ran = run(["--", "--workers", "0"]);
        assert!(ran.stderr.contains("0 is not in 1..=256"), "{}", ran.stderr);
    });
}

#[test]
fn only_the_systems_asked_for_run_and_the_reference() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("file"), "text").unwrap();
        let ran_with = |only: &str| {
            let (_page, ran) = page_of(directory.path(), &["--only", only]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            (systems_in_table(&ran), slides_in(&ran))
        };
        assert_eq!(
            ran_with("threads"),
            (
                vec!["sequential".into(), "threads".into()],
                vec!["threads".into()]
            )
        );
        assert_eq!(
            ran_with("sequential"),
            (vec!["sequential".into()], vec!["sequential".into()])
        );
        let both = vec!["sequential".to_owned(), "threads".to_owned()];
        assert_eq!(ran_with("threads,sequential"), (both.clone(), both));
    });
}

/// First words of the lines below the rule of the last table.
fn systems_in_table(ran: &Ran) -> Vec<String> {
    let (_, table) = ran.stdout.rsplit_once("──\n").expect("a table with a rule");
    let rows = table.lines().take_while(|line| !line.is_empty());
    rows.filter_map(|row| row.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn slides_in(ran: &Ran) -> Vec<String> {
    let headings = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("== "));
    let names = headings
        .filter_map(|heading| heading.split_once(':'))
        .map(|(name, _)| name.to_owned());
    names.filter(|name| name != "the job").collect()
}
