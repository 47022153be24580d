//! The lists of cases are complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use manyways_testkit::contract::{Answer, cases, python_cases};
use manyways_testkit::guarded;

/// The public functions of the files of the suites.
fn written() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract/cases");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let suite = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let functions = text.lines().filter_map(|line| line.strip_prefix("pub fn "));
        let cases = functions.filter_map(|line| Some(line.split_once("<W: World, ")?.0));
        names.extend(cases.map(|case| format!("{suite}::{case}")));
    }
    names
}

#[test]
fn every_case_that_is_written_is_listed() {
    let listed: Vec<String> = cases().map(str::to_owned).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len());
    assert_eq!(unique, guarded(written));
}

#[test]
fn every_case_of_python_is_answered_by_one_that_exists() {
    let listed = BTreeSet::from_iter(cases());
    for case in python_cases() {
        match case.answer {
            Answer::Covered(by) => {
                assert!(!by.is_empty(), "{case}");
                assert!(by.iter().all(|case| listed.contains(case)), "{case}");
            }
            Answer::LeftOut(reason) => assert!(!reason.is_empty(), "{case}"),
        }
    }
}

/// The numbers of methods in CPython 3.13.
#[test]
fn the_table_has_every_case_of_python() {
    let classes = [
        ("BaseLockTests", 13),
        ("LockTests", 4),
        ("RLockTests", 6),
        ("EventTests", 6),
        ("ConditionTests", 7),
        ("BaseSemaphoreTests", 10),
        ("SemaphoreTests", 2),
        ("BoundedSemaphoreTests", 2),
        ("BarrierTests", 12),
        ("BaseQueueTestMixin", 24),
        ("BaseSimpleQueueTest", 7),
        ("ThreadTests", 43),
        ("ThreadJoinOnShutdown", 7),
        ("ThreadingExceptionTests", 12),
        ("ExceptHookTests", 6),
    ];
    for (class, count) in classes {
        let rows = python_cases().filter(|case| case.class == class);
        let names = BTreeSet::from_iter(rows.map(|case| case.name));
        assert_eq!(names.len(), count, "{class}");
    }
    let files = [
        "lock_tests.py",
        "test_queue.py",
        "test_threading.py",
        "test_thread.py",
    ];
    let counts = files.map(|file| python_cases().filter(|case| case.file == file).count());
    assert_eq!(counts, [62, 34, 87, 18]);
}

/// A case names those of CPython's that it answers in its first paragraph, and the table agrees.
#[test]
fn the_table_agrees_with_the_cases_own_words() {
    let silent = guarded(disagreements);
    assert!(silent.is_empty(), "{silent:#?}");
}

fn disagreements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract/cases");
    let mut silent = Vec::new();
    for case in python_cases() {
        let Answer::Covered(by) = case.answer else {
            continue;
        };
        for answer in by {
            let (suite, function) = answer.split_once("::").unwrap();
            let text = fs::read_to_string(folder.join(suite).with_extension("rs")).unwrap();
            let (before, _) = text.split_once(&format!("\npub fn {function}<")).unwrap();
            let docs = before.rsplit("\n\n").next().unwrap();
            if !docs.contains(case.name) {
                silent.push(format!(
                    "{answer} does not name {}.{}",
                    case.class, case.name
                ));
            }
        }
    }
    silent
}
