//! A worker dies: the system must say so, and give no report that lacks what the worker had.

use std::fs::{self, File};
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use integration_tests::{Failure, Job, Progress, SYSTEMS, System, Tally};
use manyways_testkit::{descendants, guarded, kill_process};

/// A hole of a tebibyte. Measuring it takes longer than the watchdog waits, so its worker is still at it
/// when it is killed.
const ENDLESS: &str = "endless";
const TEBIBYTE: u64 = 1 << 40;

/// Those whose workers are processes. A dead thread is a dead program.
fn forking() -> impl Iterator<Item = &'static System> {
    let no_process = ["sequential", "threads", "threading"];
    SYSTEMS
        .iter()
        .filter(move |system| !no_process.contains(&system.name))
}

#[test]
fn a_killed_worker_is_an_error_that_names_it_with_every_system_of_processes() {
    let mut tried = 0;
    for system in forking() {
        guarded(|| {
            let (outcome, pid) = run_and_kill(system);
            let name = system.name;
            let error = outcome
                .expect_err("there is no answer without the file")
                .to_string();
            assert!(error.contains("was killed by SIGKILL"), "{name}: {error}");
            assert!(error.contains(&format!("process {pid}")), "{name}: {error}");
            // A worker of remoted draws its files from the share: the caller knows of none.
            let names_file = error.ends_with(&format!("(the file {ENDLESS})"));
            assert_eq!(names_file, name != "remoted", "{name}: {error}");
        });
        tried += 1;
    }
    assert_eq!(tried, 5);
}

/// Runs the job on a tree with an endless file, and kills the worker that has it open.
fn run_and_kill(system: &System) -> (Result<Tally, Failure>, u32) {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..20 {
        let path = directory.path().join(format!("{number:02}"));
        fs::write(path, "some words").unwrap();
    }
    let endless = directory.path().join(ENDLESS);
    File::create(&endless).unwrap().set_len(TEBIBYTE).unwrap();
    let job = Job::walk(directory.path(), &[]).unwrap();
    thread::scope(|scope| {
        let killer = scope.spawn(|| kill_reader(&endless));
        let outcome = (system.run)(&job, 2, &Progress::hidden());
        let pid = ScopedJoinHandle::join(killer).unwrap();
        (outcome, pid)
    })
}

/// Waits for the process that has `file` open, and kills it. The watchdog ends a wait in vain.
fn kill_reader(file: &Path) -> u32 {
    loop {
        let reader = descendants().into_iter().find(|pid| has_open(*pid, file));
        if let Some(pid) = reader {
            kill_process(pid).unwrap();
            return pid;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn has_open(pid: u32, file: &Path) -> bool {
    // It may end while it is looked at.
    let open = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten();
    open.flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| target == file)
}
