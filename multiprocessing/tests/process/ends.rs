//! How processes end, and what is told of it.

use std::fs::File;
use std::io::{self, Read, Write};

use manyways_testkit as testkit;
use multiprocessing::connection::{Descriptor, wait};
use multiprocessing::{Process, exit, task};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::support::{nothing, with_each_method};

#[task]
fn leave_with(code: i32) -> String {
    exit(code)
}

/// `test_sys_exit`
#[test]
fn exit_codes_keep_eight_bits() {
    with_each_method(|context| {
        for (given, seen) in [(0, 0), (1, 1), (7, 7), (-1, 255), (256, 0), (300, 44)] {
            let mut process = context.process(leave_with, (given,));
            process.start().unwrap();
            let error = process.join().unwrap_err();
            assert_eq!(error.exitcode(), Some(seen), "{error}");
            assert_eq!(process.exitcode().unwrap(), Some(seen));
            let expected = format!("exited with code {seen} before it returned");
            assert!(error.to_string().contains(&expected), "{error}");
        }
    });
}

#[task]
fn leave_with_success() {
    exit(0)
}

#[test]
fn an_exit_with_success_returns_nothing() {
    with_each_method(|context| {
        let mut process = context.process(leave_with_success, ());
        process.start().unwrap();
        process.join().unwrap();
    });
}

#[task]
fn fail(text: String) -> u8 {
    panic!("with {text}");
}

#[test]
fn a_panic_is_told_with_place_and_backtrace() {
    with_each_method(|context| {
        let mut process = context
            .process(fail, ("a reason".to_owned(),))
            .name("failing");
        process.start().unwrap();
        let error = process.join().unwrap_err();
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "with a reason");
        assert!(report.place().unwrap().contains(file!()), "{report}");
        assert!(
            report.backtrace().contains("fail"),
            "{}",
            report.backtrace()
        );
        let text = error.to_string();
        assert!(text.starts_with("failing (process "), "{text}");
        assert!(text.contains(") panicked at "), "{text}");
        assert_eq!(
            (error.exitcode(), process.exitcode().unwrap()),
            (Some(1), Some(1))
        );
    });
}

#[task]
fn abort() {
    std::process::abort()
}

#[test]
fn an_abort_is_a_signal() {
    with_each_method(|context| {
        let mut process = context.process(abort, ());
        process.start().unwrap();
        assert_eq!(process.join().unwrap_err().exitcode(), Some(-6));
    });
}

/// Replaces this process's stderr by the pipe, and panics. `test_stderr_flush`
#[task]
fn fail_into(pipe: Descriptor) {
    nix::unistd::dup2_stderr(pipe.into_fd()).unwrap();
    panic!("in public");
}

#[test]
fn a_panic_is_printed_on_stderr() {
    with_each_method(|context| {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut process = context
            .process(fail_into, (Descriptor::new(writer),))
            .name("loud");
        process.start().unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let expected = format!("Process loud (pid {}) panicked at ", process.pid().unwrap());
        assert!(text.starts_with(&expected), "{text}");
        assert!(text.ends_with(": in public\n"), "{text}");
        assert!(process.join().is_err());
    });
}

/// Closes a standard stream, or puts one there that takes nothing, and ends. `test_error_on_stdio_flush`
#[task]
fn spoil_stream(number: i32, closed: bool) -> u8 {
    if closed {
        nix::unistd::close(number).unwrap();
    } else {
        let full = File::options().write(true).open("/dev/full").unwrap();
        match number {
            1 => nix::unistd::dup2_stdout(full).unwrap(),
            _ => nix::unistd::dup2_stderr(full).unwrap(),
        }
    }
    let _ = write!(io::stdout(), "half a line");
    42
}

#[test]
fn a_broken_standard_stream_changes_nothing() {
    with_each_method(|context| {
        for (number, closed) in [(1, false), (2, false), (1, true), (2, true)] {
            let mut process = context.process(spoil_stream, (number, closed));
            process.start().unwrap();
            assert_eq!(process.join().unwrap(), 42);
            assert_eq!(process.exitcode().unwrap(), Some(0));
        }
    });
}

/// Takes the status of the process away, as a careless `waitpid(-1)` elsewhere in the program does.
fn steal_status<T>(process: &Process<'_, T>) {
    assert_eq!(wait(&[&process.sentinel().unwrap()], None).unwrap(), [0]);
    let pid = Pid::from_raw(process.pid().unwrap().cast_signed());
    waitpid(pid, None).unwrap();
}

#[test]
fn a_stolen_status_costs_no_value_and_no_panic() {
    testkit::guarded(|| {
        let mut process = Process::new(|| 7);
        process.start().unwrap();
        steal_status(&process);
        assert_eq!(
            (process.join().unwrap(), process.exitcode().unwrap()),
            (7, Some(0))
        );

        let mut process = Process::new(|| ());
        process.start().unwrap();
        steal_status(&process);
        process.join().unwrap();

        let mut process = Process::new(|| -> u8 { panic!("told all the same") });
        process.start().unwrap();
        steal_status(&process);
        assert!(process.join().unwrap_err().panic_report().is_some());
        assert_eq!(process.exitcode().unwrap(), Some(1));

        let mut process = Process::new(|| -> u8 { exit(9) });
        process.start().unwrap();
        steal_status(&process);
        assert_eq!(
            process.join().unwrap_err().exitcode(),
            Some(255),
            "nobody knows"
        );
    });
}

/// The case's guard would see its zombie and its descriptors.
#[test]
fn a_process_that_nobody_asked_after_is_reaped_when_it_is_dropped() {
    with_each_method(|context| {
        let mut process = context.process(nothing, ());
        process.start().unwrap();
        assert_eq!(wait(&[&process.sentinel().unwrap()], None).unwrap(), [0]);
        drop(process);
    });
}
