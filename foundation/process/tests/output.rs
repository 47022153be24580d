//! Where a child's output goes, and that none of it is lost or printed twice.
//!
//! The children write with `writeln!`, since the test harness keeps what `println!` prints, also in them.

#![expect(
    clippy::explicit_write,
    reason = "the test harness keeps what println! prints, also in children"
)]

mod common;

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use manyways_process::{Child, Fork, Link, Output};
use manyways_testkit as testkit;

/// A file without a name.
fn scratch() -> File {
    tempfile::tempfile().unwrap()
}

fn content(mut file: &File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

fn speak(_: &mut Link) {
    writeln!(io::stdout(), "out").unwrap();
    writeln!(io::stderr(), "err").unwrap();
}

/// Runs `work` in a process whose standard streams are files, and gives what was written to them.
fn with_files(work: impl FnOnce()) -> (String, String) {
    let (out, err) = (scratch(), scratch());
    let fork = Fork::new()
        .stdout(Output::File(out.try_clone().unwrap()))
        .stderr(Output::File(err.try_clone().unwrap()));
    let joined = fork.run(work).unwrap().join();
    joined.unwrap_or_else(|error| panic!("{error}"));
    (content(&out), content(&err))
}

fn finished(fork: Fork, body: impl FnOnce(&mut Link)) -> (String, String, i32) {
    let (mut child, _link): (Child, Link) = fork.spawn(body).unwrap();
    let text = |stream: Option<_>| stream.map_or(String::new(), |s| io::read_to_string(s).unwrap());
    // Both are shorter than a pipe.
    let out = text(child.take_stdout());
    let err = text(child.take_stderr());
    assert!(child.take_stdout().is_none() && child.take_stderr().is_none());
    (out, err, child.wait().unwrap().code().unwrap())
}

#[test]
fn inherited_streams_are_the_parents() {
    testkit::guarded(|| {
        let (out, err) = with_files(|| {
            assert_eq!(finished(Fork::new(), speak).2, 0);
        });
        assert_eq!((out.as_str(), err.as_str()), ("out\n", "err\n"));
    });
}

#[test]
fn each_stream_has_its_own_policy() {
    testkit::guarded(|| {
        let (out, err) = with_files(|| {
            let fork = Fork::new().stdout(Output::Null);
            assert_eq!(finished(fork, speak).2, 0);
            let fork = Fork::new().stderr(Output::Null).stdout(Output::Inherit);
            assert_eq!(finished(fork, speak).2, 0);
            let fork = Fork::new().stdout(Output::Capture);
            assert_eq!(finished(fork, speak).0, "out\n");
            let fork = Fork::new().stdout(Output::Null).stderr(Output::Capture);
            assert_eq!(finished(fork, speak).1, "err\n");
            let both = Fork::new().stdout(Output::Capture).stderr(Output::Capture);
            assert_eq!(finished(both, speak), ("out\n".into(), "err\n".into(), 0));
        });
        assert_eq!((out.as_str(), err.as_str()), ("out\n", "err\nerr\n"));
    });
}

#[test]
fn a_file_takes_output_at_its_position() {
    testkit::guarded(|| {
        let mut file = scratch();
        file.write_all(b"before\n").unwrap();
        let fork = Fork::new()
            .stdout(Output::File(file.try_clone().unwrap()))
            .stderr(Output::File(file.try_clone().unwrap()));
        assert_eq!(finished(fork, speak).2, 0);
        file.write_all(b"after\n").unwrap();
        assert_eq!(content(&file), "before\nout\nerr\nafter\n");
    });
}

#[test]
fn half_a_line_of_the_parent_is_printed_once() {
    testkit::guarded(|| {
        let (out, _) = with_files(|| {
            write!(io::stdout(), "parent ").unwrap();
            let (_, _, code) = finished(Fork::new(), |_| write!(io::stdout(), "child ").unwrap());
            assert_eq!(code, 0);
            // Not even by a child that runs what std does at exit.
            let (_, _, code) = finished(Fork::new(), |_| std::process::exit(3));
            assert_eq!(code, 3);
            writeln!(io::stdout(), "parent").unwrap();
        });
        assert_eq!(out, "parent child parent\n");
    });
}

#[test]
fn what_a_child_has_not_flushed_is_flushed_at_its_end() {
    testkit::guarded(|| {
        let half = || write!(io::stdout(), "half a line").unwrap();
        let capture = || Fork::new().stdout(Output::Capture);
        let ends: [(fn(), i32); 4] = [
            (|| (), 0),
            (
                || panic!("with a line half written"),
                manyways_process::PANICKED,
            ),
            (|| manyways_process::leave(5), 5),
            (|| std::process::exit(6), 6),
        ];
        for (end, code) in ends {
            let ended = finished(capture(), |_| {
                half();
                end();
            });
            assert_eq!(ended, ("half a line".into(), String::new(), code));
        }
        // What `_exit` and a signal do not allow.
        let (mut child, _link) = capture()
            .spawn(|_| {
                half();
                std::process::abort();
            })
            .unwrap();
        let out = io::read_to_string(child.take_stdout().unwrap()).unwrap();
        assert_eq!(
            (out.as_str(), child.wait().unwrap().signal()),
            ("", Some(libc::SIGABRT))
        );
    });
}

/// For longer than a child waits for a lock of stdout that somebody keeps.
#[test]
fn what_nobody_reads_for_long_is_flushed_all_the_same() {
    const PIPE: usize = 64 << 10;
    testkit::guarded(|| {
        let (mut child, _link) = Fork::new()
            .stdout(Output::Capture)
            .spawn(|_| {
                let mut out = io::stdout();
                out.write_all(&[b'.'; PIPE - 1]).unwrap();
                out.write_all(b"\nthe end").unwrap();
            })
            .unwrap();
        let full = child.wait_timeout(std::time::Duration::from_secs(5));
        assert_eq!(full.unwrap(), None);
        let out = io::read_to_string(child.take_stdout().unwrap()).unwrap();
        assert_eq!(out.len(), PIPE + "the end".len());
        assert!(out.ends_with("\nthe end") && child.wait().unwrap().success());
    });
}

#[test]
fn a_task_that_panics_loses_no_output() {
    testkit::guarded(|| {
        let mut task = Fork::new()
            .stdout(Output::Capture)
            .run(|| -> u8 {
                write!(io::stdout(), "last words").unwrap();
                panic!("and gone");
            })
            .unwrap();
        let out = task.child().take_stdout().unwrap();
        assert!(task.join().is_err());
        assert_eq!(io::read_to_string(out).unwrap(), "last words");
    });
}

#[test]
fn the_end_of_a_captured_stream_is_the_end_of_the_child() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .stdout(Output::Capture)
            .spawn(|link| {
                writeln!(io::stdout(), "one").unwrap();
                link.recv::<()>().unwrap();
                let text = "x".repeat(100_000); // More than a pipe holds.
                io::stdout().write_all(text.as_bytes()).unwrap();
            })
            .unwrap();
        let mut out = child.take_stdout().unwrap();
        let mut first = [0; 4];
        out.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"one\n");
        let nothing = manyways_process::poll_readable(
            &[out.as_fd().unwrap()],
            Some(std::time::Duration::ZERO),
        );
        assert!(nothing.unwrap().is_empty());
        link.send(&()).unwrap();
        assert_eq!(io::read_to_string(out).unwrap().len(), 100_000);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn nobody_reads_what_a_child_writes() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .stdout(Output::Capture)
            .spawn(|link| {
                link.recv::<()>().unwrap();
                let error = writeln!(io::stdout(), "for nobody").unwrap_err();
                link.send(&(error.kind() == io::ErrorKind::BrokenPipe))
                    .unwrap();
            })
            .unwrap();
        drop(child.take_stdout());
        link.send(&()).unwrap();
        assert!(link.recv::<bool>().unwrap());
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_copy_of_a_captured_stream_is_refused() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .stdout(Output::Capture)
            .spawn(|link| {
                link.recv::<()>().unwrap();
                speak(link);
            })
            .unwrap();
        let mut out = child.take_stdout().unwrap();
        let task = Fork::new().run(|| {
            let read = out.read(&mut [0]).unwrap_err().to_string();
            (read, out.as_fd().unwrap_err().to_string())
        });
        let (read, fd) = task.unwrap().join().unwrap();
        assert!(read.contains("belongs to the process") && fd == read);
        link.send(&()).unwrap();
        assert_eq!(io::read_to_string(out).unwrap(), "out\n");
    });
}

#[test]
fn a_child_has_its_name() {
    testkit::guarded(|| {
        let name = "a long name, cut\0 short";
        let task = Fork::new()
            .name(name)
            .run(|| std::fs::read_to_string("/proc/self/comm").unwrap());
        let mut task = task.unwrap();
        assert_eq!(task.child().name(), name);
        assert_eq!(task.join().unwrap(), "a long name, cu\n");
        let own = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
        let task = Fork::new().run(|| std::fs::read_to_string("/proc/self/comm").unwrap());
        assert_eq!(task.unwrap().join().unwrap(), own);
    });
}
