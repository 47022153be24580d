//! This program, run again as a worker.

mod common;

use std::fs;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use common::{Watch, block_for_ever, open_fds, report, state_of, wait_until};
use manyways_process::{Child, Fork, Link, Output, Rerun, Worker, worker};
use manyways_testkit as testkit;
use nix::sys::signal::{SigSet, Signal};
use serde::{Deserialize, Serialize};

/// What a worker of these tests is told to do.
#[derive(Debug, Serialize, Deserialize)]
enum Job {
    Double(u64),
    Describe,
    Panic,
    Exit(i32),
    /// Says its pid into the pipe that comes with the message, has a child that does too, and blocks with all signals blocked.
    HaveFamily,
    Print(String),
    /// Writes into the pipe that comes with the message.
    Write(String),
    /// Never ends, and reads no further message.
    Ignore,
    /// Runs the shell, and gives what the shell finds of the mark.
    RunShell,
}

/// What a worker finds around itself.
#[derive(Debug, Serialize, Deserialize)]
struct Surroundings {
    pid: u32,
    name: String,
    arguments: Vec<String>,
    mark: Option<String>,
    stdin: String,
    blocked: bool,
    pipes: usize,
}

const ROLE: &str = "testing";

/// The test that the workers run; in the test run itself it does nothing.
#[test]
fn as_worker() {
    if let Some(worker) = worker(ROLE) {
        work(worker);
    }
}

fn work(worker: Worker) -> ! {
    worker.run(|link| {
        while let Ok((job, descriptors)) = link.recv_with::<Job>() {
            perform(job, descriptors, link);
        }
    })
}

fn perform(job: Job, descriptors: Vec<OwnedFd>, link: &mut Link) {
    match job {
        Job::Double(number) => link.send(&(2 * number)).unwrap(),
        Job::Describe => link.send(&surroundings()).unwrap(),
        Job::Panic => panic!("as it was told"),
        Job::Exit(code) => std::process::exit(code),
        Job::HaveFamily => have_family(descriptors),
        Job::Print(text) => println!("{text}"),
        Job::Write(text) => only_pipe(descriptors).write_all(text.as_bytes()).unwrap(),
        Job::Ignore => block_for_ever(),
        Job::RunShell => {
            let script = "readlink /proc/self/fd/0; echo ${MANYWAYS_WORKER-none}";
            let output = Command::new("sh").args(["-c", script]).output().unwrap();
            link.send(&String::from_utf8(output.stdout).unwrap())
                .unwrap();
        }
    }
}

fn surroundings() -> Surroundings {
    let blocked = SigSet::thread_get_mask().unwrap();
    Surroundings {
        pid: std::process::id(),
        name: fs::read_to_string("/proc/self/comm")
            .unwrap()
            .trim()
            .to_owned(),
        arguments: std::env::args().collect(),
        mark: std::env::var("MANYWAYS_WORKER").ok(),
        stdin: fs::read_link("/proc/self/fd/0")
            .unwrap()
            .display()
            .to_string(),
        blocked: Signal::iterator().any(|signal| blocked.contains(signal)),
        pipes: open_fds().iter().filter(|fd| is_pipe(**fd)).count(),
    }
}

fn is_pipe(fd: i32) -> bool {
    let target = fs::read_link(format!("/proc/self/fd/{fd}")).unwrap();
    target.to_string_lossy().starts_with("pipe:")
}

fn only_pipe(descriptors: Vec<OwnedFd>) -> PipeWriter {
    let [pipe] = <[OwnedFd; 1]>::try_from(descriptors).unwrap();
    pipe.into()
}

fn have_family(descriptors: Vec<OwnedFd>) {
    let watch = only_pipe(descriptors);
    let _child = Fork::new().spawn(|_| {
        report(&watch);
        block_for_ever()
    });
    SigSet::all().thread_block().unwrap();
    report(&watch);
    block_for_ever()
}

fn rerun() -> Rerun {
    Rerun::new(ROLE).in_test("as_worker")
}

fn spawn() -> (Child, Link) {
    rerun().name("a worker").spawn().unwrap()
}

#[test]
fn a_worker_is_another_process_of_this_program() {
    testkit::guarded(|| {
        let (mut child, mut link) = spawn();
        link.send(&Job::Double(21)).unwrap();
        assert_eq!(link.recv::<u64>().unwrap(), 42);
        link.send(&Job::Describe).unwrap();
        let found: Surroundings = link.recv().unwrap();
        assert_eq!((found.pid, found.name.as_str()), (child.pid(), "a worker"));
        assert_eq!(found.stdin, "/dev/null");
        assert_eq!(found.arguments[0], std::env::args().next().unwrap());
        assert!(!found.blocked);
        drop(link);
        assert!(child.wait().unwrap().success());
    });
}

/// The signal mask and the descriptors of this thread at the start are not the worker's.
#[test]
fn nothing_is_inherited() {
    testkit::guarded(|| {
        let open: Vec<_> = (0..50).map(|_| io::pipe().unwrap()).collect();
        SigSet::all().thread_block().unwrap();
        let (_child, mut link) = spawn();
        SigSet::all().thread_unblock().unwrap();
        link.send(&Job::Describe).unwrap();
        let found: Surroundings = link.recv().unwrap();
        assert!(!found.blocked, "{found:?}");
        // The life line, the output, and what this test run itself was given.
        assert!(found.pipes < 20, "{found:?}");
        drop(open);
    });
}

#[test]
fn a_program_that_a_worker_runs_is_no_worker() {
    testkit::guarded(|| {
        let (_child, mut link) = spawn();
        link.send(&Job::RunShell).unwrap();
        let text: String = link.recv().unwrap();
        assert!(text.starts_with("/dev/null\n"), "{text}");

        // The same with a mark that was inherited: the program's other standard input gives it away.
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["as_worker", "--exact"])
            .env("MANYWAYS_WORKER", "testing 4711")
            .stdin(Stdio::piped())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
    });
}

#[test]
fn a_panic_is_reported_as_a_forked_childs() {
    testkit::guarded(|| {
        let (mut child, mut link) = spawn();
        link.send(&Job::Panic).unwrap();
        let error = link.recv::<()>().unwrap_err();
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "as it was told");
        assert!(report.place().unwrap().contains("rerun.rs:"), "{report}");
        assert!(
            report.backtrace().contains("perform"),
            "{}",
            report.backtrace()
        );
        assert_eq!(child.wait().unwrap().code(), Some(101));
    });
}

#[test]
fn an_exit_and_a_kill_are_told_by_the_end() {
    testkit::guarded(|| {
        let (mut child, mut link) = spawn();
        link.send(&Job::Exit(7)).unwrap();
        assert!(link.recv::<()>().unwrap_err().is_closed());
        assert_eq!(child.wait().unwrap().code(), Some(7));

        let (mut child, mut link) = spawn();
        link.send(&Job::Ignore).unwrap();
        child.kill().unwrap();
        assert!(link.recv::<()>().unwrap_err().is_closed());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    });
}

#[test]
fn a_dropped_handle_ends_the_worker() {
    testkit::guarded(|| {
        let (child, mut link) = spawn();
        link.send(&Job::Ignore).unwrap();
        drop(child);
        assert!(link.recv::<()>().unwrap_err().is_closed());
    });
}

#[test]
fn a_worker_and_its_children_die_with_the_parent() {
    testkit::guarded(|| {
        let (mut watch, writer) = Watch::new();
        let (mut parent, mut up) = Fork::new()
            .spawn(|up| {
                let (_child, mut link) = spawn();
                link.send_with(&Job::HaveFamily, vec![writer.into()])
                    .unwrap();
                up.send(&()).unwrap();
                block_for_ever()
            })
            .unwrap();
        up.recv::<()>().unwrap();
        watch.await_reports(2);
        parent.kill().unwrap();
        watch.await_end();
        parent.wait().unwrap();
    });
}

/// The program that is run never looks at its orders: it runs a test that is none of the worker's.
#[test]
fn a_child_that_never_becomes_a_worker_dies_with_its_parent_too() {
    testkit::guarded(|| {
        let (mut parent, mut up) = Fork::new()
            .spawn(|up| {
                let (child, _link) = Rerun::new(ROLE).in_test("not_a_worker").spawn().unwrap();
                up.send(&child.pid()).unwrap();
                block_for_ever()
            })
            .unwrap();
        let pid: u32 = up.recv().unwrap();
        assert!(state_of(pid).is_some());
        parent.kill().unwrap();
        parent.wait().unwrap();
        wait_until(|| matches!(state_of(pid), None | Some('Z')));
    });
}

/// For the test above: waits for its parent's death, in a way that no end of a stream ends.
#[test]
fn not_a_worker() {
    if std::env::var("MANYWAYS_WORKER").is_ok() {
        block_for_ever();
    }
}

#[test]
fn output_goes_where_it_is_sent() {
    testkit::guarded(|| {
        let (mut child, mut link) = rerun().stdout(Output::Capture).spawn().unwrap();
        link.send(&Job::Print("one line".to_owned())).unwrap();
        drop(link);
        let mut text = String::new();
        child
            .take_stdout()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "one line\n", "and nothing of the harness");
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_program_that_has_not_called_worker_is_told_to() {
    testkit::guarded(|| {
        let error = Rerun::new("unheard").spawn().unwrap_err();
        assert!(error.is_uninitialised());
        let text = error.to_string();
        assert!(
            text.contains("unheard::init() as the first line of main"),
            "{text}"
        );
    });
}

#[test]
fn workers_are_started_from_all_threads_at_once() {
    testkit::guarded(|| {
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                scope.spawn(move || {
                    for round in 0..5 {
                        let (mut child, mut link) = spawn();
                        let (_other, _link) =
                            Fork::new().spawn(|link| drop(link.recv::<()>())).unwrap();
                        link.send(&Job::Double(10 * thread + round)).unwrap();
                        assert_eq!(link.recv::<u64>().unwrap(), 2 * (10 * thread + round));
                        // No fork of another thread keeps the link open.
                        child.kill().unwrap();
                        assert!(link.recv::<()>().unwrap_err().is_closed());
                        child.wait().unwrap();
                    }
                });
            }
        });
    });
}

#[test]
fn many_in_a_row_leave_nothing() {
    testkit::guarded(|| {
        let before = open_fds();
        for number in 0..150_u64 {
            let (mut child, mut link) = spawn();
            link.send(&Job::Double(number)).unwrap();
            assert_eq!(link.recv::<u64>().unwrap(), 2 * number);
            drop(link);
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(open_fds(), before);
    });
}

#[test]
fn descriptors_come_with_messages() {
    testkit::guarded(|| {
        let (mut reader, writer) = io::pipe().unwrap();
        let (mut child, mut link) = spawn();
        link.send_with(&Job::Write("by the worker".to_owned()), vec![writer.into()])
            .unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "by the worker");
        drop(link);
        assert!(child.wait().unwrap().success());
    });
}
