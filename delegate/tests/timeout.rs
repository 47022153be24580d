//! One call with a time limit.

mod support;

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use delegate::{DEFAULT_TIMEOUT, Failure, timeout, try_timeout};
use manyways_testkit as testkit;
use support::{sockets, sys};

/// Longer than anything takes here that ends.
const LONG: Duration = Duration::from_secs(50);

#[test]
fn a_quick_function_gives_its_value() {
    testkit::guarded(|| {
        let captured = [1, 2, 3];
        assert_eq!(timeout(|| captured.len(), LONG), Ok(3));
        assert_eq!(timeout(|| None::<u8>, LONG), Ok(None));
        assert_eq!(DEFAULT_TIMEOUT, Duration::from_secs(2));
    });
}

#[test]
fn a_slow_function_is_ended() {
    testkit::guarded(|| {
        let time = Duration::from_millis(100);
        let start = Instant::now();
        let failure = timeout(
            || -> u8 {
                loop {
                    std::thread::park();
                }
            },
            time,
        )
        .unwrap_err();
        assert!(start.elapsed() >= time);
        let Failure::TimedOut { pid, after } = failure else {
            panic!("{failure}")
        };
        assert_eq!(after, time);
        assert!(
            testkit::ProcessView::of(pid).is_none(),
            "it is gone and reaped"
        );
    });
}

#[test]
fn a_stopped_function_is_ended() {
    testkit::guarded(|| {
        let stop = || nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP).is_ok();
        let failure = timeout(stop, Duration::from_millis(100)).unwrap_err();
        assert!(matches!(failure, Failure::TimedOut { .. }), "{failure}");
    });
}

#[test]
fn a_panic_is_carried_with_message_place_and_backtrace() {
    testkit::guarded(|| {
        let failure = timeout(|| -> u8 { panic!("no luck") }, LONG).unwrap_err();
        let report = failure.raised().unwrap().panic_report().unwrap();
        assert_eq!(report.message(), "no luck");
        assert!(report.place().unwrap().contains("timeout.rs:"), "{report}");
        assert!(
            report.backtrace().contains("a_panic_is_carried"),
            "{}",
            report.backtrace()
        );
    });
}

#[test]
fn an_error_is_carried_as_text() {
    testkit::guarded(|| {
        let failure = try_timeout(|| "many".parse::<u8>(), LONG).unwrap_err();
        let raised = failure.raised().unwrap();
        assert_eq!(raised.message(), "invalid digit found in string");
        assert_eq!(raised.type_name(), Some("core::num::error::ParseIntError"));
    });
}

#[test]
fn a_death_is_told_with_its_exit() {
    testkit::guarded(|| {
        let failure = timeout(|| -> u8 { std::process::exit(5) }, LONG).unwrap_err();
        let Failure::Died { exit, .. } = failure else {
            panic!("{failure}")
        };
        assert_eq!(exit.code(), Some(5));
        assert!(
            failure
                .to_string()
                .ends_with("exited with code 5 before it was done"),
            "{failure}"
        );
    });
}

#[test]
fn a_value_that_was_captured_by_value_may_be_moved() {
    testkit::guarded(|| {
        let words = vec!["moved".to_owned()];
        assert_eq!(timeout(move || words, LONG), Ok(vec!["moved".to_owned()]));
    });
}

/// Runs a program that keeps all sockets of this process open, and ends when `until` does.
#[expect(
    clippy::zombie_processes,
    reason = "its parent aborts, so init reaps it"
)]
fn leave_a_daemon(until: io::PipeReader) {
    for socket in sockets() {
        sys::keep_on_exec(socket);
    }
    Command::new("cat").stdin(until).spawn().unwrap();
}

#[test]
fn a_daemon_that_keeps_the_link_open_does_not_hold_up_the_answer() {
    testkit::guarded(|| {
        let (until, end) = io::pipe().unwrap();
        let die = || -> u8 {
            leave_a_daemon(until.try_clone().unwrap());
            std::process::abort()
        };
        let failure = timeout(die, LONG).unwrap_err();
        assert!(
            matches!(failure, Failure::Died { exit, .. } if exit.signal() == Some(6)),
            "{failure}"
        );
        drop(end);
    });
}
