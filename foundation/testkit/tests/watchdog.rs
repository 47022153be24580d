//! A hanging test ends, and its log tells where everything hung.

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::{Point, ProcessView, Watchdog, guarded, guarded_for, matrix};
use support::{mode, rerun};

const LIMIT: Duration = Duration::from_millis(500);

/// Takes two locks that another thread takes in the other order.
#[inline(never)]
fn take_second_lock(first: &Mutex<()>, second: &Mutex<()>, both_hold_one: &Barrier) {
    let _first = first.lock().unwrap();
    both_hold_one.wait();
    let _second = second.lock().unwrap();
}

fn deadlock() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(()), Barrier::new(2)));
    let other = Arc::clone(&locks);
    let crosswise = move || take_second_lock(&other.1, &other.0, &other.2);
    let thread = thread::Builder::new()
        .name("crosswise".to_owned())
        .spawn(crosswise)
        .unwrap();
    take_second_lock(&locks.0, &locks.1, &locks.2);
    thread.join().unwrap();
}

/// The child reports its id and that of its own child, then both hang.
fn hang_with_descendants() {
    let mut shell = Command::new("sh");
    let mut shell = shell
        .args(["-c", "sleep 1000 & echo descendants $$ $! >&2; wait"])
        .spawn()
        .unwrap();
    shell.wait().unwrap();
}

fn outcome_of(test: &str, mode: &str) -> (Output, String) {
    let output = rerun(test, mode).stdin(Stdio::null()).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, log)
}

fn has_debugger() -> bool {
    ["gdb", "eu-stack"].iter().any(|name| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    })
}

#[test]
fn a_deadlock_is_shown_and_aborted() {
    if mode().is_some() {
        return guarded_for(LIMIT, deadlock);
    }
    guarded(|| {
        let (output, log) = outcome_of("a_deadlock_is_shown_and_aborted", "deadlock");
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{log}");
        let header = "watchdog: thread 'a_deadlock_is_shown_and_aborted'";
        assert!(
            log.contains(header) && log.contains("is not done after 500ms"),
            "{log}"
        );
        let blocked = log
            .lines()
            .find(|line| line.contains("'crosswise' state S"))
            .expect(&log);
        assert!(blocked.contains("system call futex("), "{log}");
        if has_debugger() {
            assert!(
                log.matches("take_second_lock").count() >= 2,
                "both threads' frames in {log}"
            );
        } else {
            assert!(log.contains("install gdb"), "{log}");
        }
    });
}

#[test]
fn descendants_are_shown_and_killed() {
    if mode().is_some() {
        return guarded_for(LIMIT, hang_with_descendants);
    }
    guarded(|| {
        let (output, log) = outcome_of("descendants_are_shown_and_killed", "hang");
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{log}");
        let line = log
            .lines()
            .find_map(|line| line.strip_prefix("descendants "))
            .expect(&log);
        let pids: Vec<u32> = line.split(' ').map(|pid| pid.parse().unwrap()).collect();
        for pid in &pids {
            let (_, view) = log.split_once(&format!("process {pid} (")).expect(&log);
            let thread = view.lines().nth(1).unwrap();
            assert!(
                thread.contains(&format!("thread {pid} ")) && thread.contains("system call"),
                "{log}"
            );
        }
        assert!(log.contains("system call clock_nanosleep("), "{log}");
        if has_debugger() {
            assert!(
                log.contains(&format!("stacks of process {}", pids[1])),
                "{log}"
            );
        }
        pids.into_iter().for_each(wait_until_gone);
    });
}

/// Orphans are reaped by init when it gets to it.
fn wait_until_gone(pid: u32) {
    let end = Instant::now() + Duration::from_secs(60);
    while ProcessView::of(pid).is_some_and(|view| view.state() != 'Z') {
        assert!(Instant::now() < end, "process {pid} lives on");
        thread::yield_now();
    }
}

/// The limit comes from the environment, and the private folder goes although the process is
/// aborted.
#[test]
fn without_a_debugger_proc_must_do() {
    if mode().is_some() {
        return guarded(deadlock);
    }
    guarded(|| {
        let outside = tempfile::tempdir().unwrap();
        let output = rerun("without_a_debugger_proc_must_do", "deadlock")
            .env("MANYWAYS_TEST_LIMIT_S", "0.5")
            .env("PATH", outside.path())
            .env_remove("MANYWAYS_TEST_FAMILY")
            .env("TMPDIR", outside.path())
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{log}");
        assert!(
            log.contains("'crosswise' state S") && log.contains("install gdb"),
            "{log}"
        );
        assert_eq!(outside.path().read_dir().unwrap().count(), 0);
    });
}

#[test]
fn the_cell_of_the_matrix_is_named() {
    if mode().is_some() {
        let deadlock = |_, _| guarded_for(LIMIT, deadlock);
        return assert_eq!(matrix(&[Point::Idle], deadlock), 1);
    }
    guarded(|| {
        let output = rerun("the_cell_of_the_matrix_is_named", "deadlock")
            .env("PATH", "")
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(
            log.contains("in the cell Kill at Idle of the crash matrix"),
            "{log}"
        );
    });
}

#[test]
fn a_disarmed_watchdog_does_nothing_and_its_thread_is_gone() {
    guarded(|| {
        for _ in 0..100 {
            drop(Watchdog::arm(Duration::from_secs(1000)));
        }
        let me = ProcessView::of(std::process::id()).unwrap();
        let armed = me
            .threads()
            .iter()
            .filter(|thread| thread.name() == "watchdog")
            .count();
        assert!(
            armed <= 2,
            "the one of `guarded`, and perhaps one on its way out: {me}"
        );
    });
}
