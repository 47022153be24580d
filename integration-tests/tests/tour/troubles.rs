//! What cannot be read, what changes under the tour's feet, and what a reader of the pipe may do.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use integration_tests::{Job, Progress, Report, SYSTEMS, first_difference};
use manyways_testkit::guarded;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use serde_json::json;

use crate::support::{agreed_json_of, command, json_of, page_of};

#[test]
fn files_that_vanish_after_the_walk_are_reported_by_every_system() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..40 {
            fs::write(directory.path().join(format!("{number:02}")), "text").unwrap();
        }
        let job = Job::walk(directory.path(), &[]).unwrap();
        for number in (0..40).step_by(2) {
            fs::remove_file(directory.path().join(format!("{number:02}"))).unwrap();
        }
        let report = |system: &integration_tests::System| {
            Report::new(&job, (system.run)(&job, 2, &Progress::hidden()).unwrap())
        };
        let reference = report(&SYSTEMS[0]);
        assert_eq!(reference.totals.files, 20);
        assert_eq!(reference.unreadable.len(), 20);
        assert_eq!(reference.unreadable[1].path, Path::new("02"));
        assert!(
            reference.unreadable[1]
                .reason
                .starts_with("No such file or directory")
        );
        for system in SYSTEMS {
            assert_eq!(
                first_difference(&reference, &report(system)),
                None,
                "{}",
                system.name
            );
        }
    });
}

/// `flush` can be written only, even by root.
const ROUTE: &str = "/proc/sys/net/ipv4/route";

#[test]
fn an_unreadable_file_is_reported_and_does_not_stop_the_tour() {
    guarded(|| {
        assert!(
            Path::new(ROUTE).join("flush").exists(),
            "this test needs {ROUTE}/flush"
        );
        let document = agreed_json_of(Path::new(ROUTE));
        let expected = json!([{"path": "flush", "reason": "Permission denied (os error 13)"}]);
        assert_eq!(document["report"]["unreadable"], expected);
        assert!(document["report"]["totals"]["files"].as_u64().unwrap() > 3);

        let (page, ran) = page_of(Path::new(ROUTE), &[]);
        assert!(page.contains("Permission denied"));
        assert!(
            ran.stdout.contains("flush: Permission denied"),
            "{}",
            ran.stdout
        );
    });
}

#[test]
fn directories_below_the_longest_path_are_reported_and_do_not_stop_the_tour() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let name = "d".repeat(255);
        let mut folder: OwnedFd = File::open(directory.path()).unwrap().into();
        for _ in 0..17 {
            mkdirat(&folder, name.as_str(), Mode::S_IRWXU).unwrap();
            folder = openat(&folder, name.as_str(), OFlag::O_DIRECTORY, Mode::empty()).unwrap();
        }
        fs::write(directory.path().join("within reach"), "text").unwrap();

        let document = agreed_json_of(directory.path());
        assert_eq!(document["report"]["totals"]["files"], 1);
        let unreadable = document["report"]["unreadable"].as_array().unwrap();
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable[0]["reason"], "File name too long (os error 36)");
    });
}

/// The kernel makes up a new `uuid` at every read: no two systems can agree on it.
const RANDOM: &str = "/proc/sys/kernel/random";

#[test]
fn answers_that_differ_are_told_by_name_and_by_exit_status() {
    guarded(|| {
        let (document, ran) = json_of(Path::new(RANDOM));
        assert_eq!(ran.code, Some(1));
        assert_eq!(document["equal"], false);
        let runs = document["runs"].as_array().unwrap();
        assert_eq!(runs[0]["difference"], json!(null));
        assert_ne!(runs[0]["digest"], runs[1]["digest"]);
        let mut lines = ran.stderr.lines();
        for run in &runs[1..] {
            let difference = &run["difference"];
            assert_eq!(
                (&difference["field"], &difference["subject"]),
                (&json!("sha256"), &json!("uuid"))
            );
            let expected = format!(
                "error: {} differs from sequential: sha256 of uuid is {}, not {}",
                run["system"].as_str().unwrap(),
                difference["found"].as_str().unwrap(),
                difference["expected"].as_str().unwrap(),
            );
            assert!(
                lines.next().unwrap().starts_with(&expected),
                "{}",
                ran.stderr
            );
        }
        assert_eq!(lines.next(), None);

        let (page, ran) = page_of(Path::new(RANDOM), &[]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stdout.contains("DIFFERENT"), "{}", ran.stdout);
        assert!(page.contains("differs from sequential: sha256 of uuid"));
        assert!(!page.contains("All answers are equal"));
    });
}

#[test]
fn a_closed_pipe_ends_the_tour_without_a_panic() {
    guarded(|| {
        for arguments in [&["--input", ROUTE][..], &["--input", ROUTE, "--json"]] {
            let page = tempfile::tempdir().unwrap();
            let (reader, writer) = io::pipe().unwrap();
            drop(reader);
            let mut command = command();
            command
                .args(arguments)
                .arg("--output")
                .arg(page.path())
                .stdout(writer);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{arguments:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        }
    });
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_that_says_what_to_do() {
    guarded(|| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let mut command = command();
        command.args(["--input", ROUTE, "--output"]).arg(&file);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("error: cannot write "), "{said}");
        assert!(
            said.ends_with("choose another place with --output DIR\n"),
            "{said}"
        );
    });
}
