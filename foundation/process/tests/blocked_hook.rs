//! A panic hook that never ends, and one that forks. The hook is the whole program's, so these tests have
//! a program of their own.

#![expect(
    clippy::explicit_write,
    reason = "the test harness keeps what println! prints, also in children"
)]

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};
use std::{process, thread};

use manyways_process::{Fork, JoinError, Output};
use manyways_testkit as testkit;

/// What the thread "stuck" writes to and reads from in the hook.
static STUCK: Mutex<Option<(PipeWriter, PipeReader)>> = Mutex::new(None);

/// Must run before this crate is used, which puts its own hook in front.
fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| panic::set_hook(Box::new(hook)));
}

fn hook(info: &PanicHookInfo<'_>) {
    match thread::current().name() {
        Some("stuck") => {
            let pipes = STUCK.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (mut entered, mut release) = pipes.unwrap();
            entered.write_all(&[1]).unwrap();
            release.read_exact(&mut [0]).unwrap();
        }
        Some("forks") => {
            let value = Fork::new().run(|| 3).unwrap().join().unwrap();
            // A panic in a child that was forked inside the hook cannot be caught: std aborts.
            let task = Fork::new()
                .stderr(Output::Null)
                .run(|| -> u8 { panic!("twice") });
            let error = task.unwrap().join().unwrap_err();
            let aborted = matches!(error, JoinError::Died { exit, .. } if exit.signal() == Some(libc::SIGABRT));
            process::exit(if value == 3 && aborted { 44 } else { 45 });
        }
        _ => writeln!(io::stderr(), "the program's hook: {info}").unwrap(),
    }
}

fn panicking_child() -> manyways_process::PanicReport {
    let task = Fork::new()
        .stdout(Output::Null)
        .stderr(Output::Null)
        .run(|| {
            writeln!(io::stdout(), "alive").unwrap();
            // Goes to the program's hook, or past it where that cannot be called.
            let thread = thread::spawn(|| panic!("in a thread"));
            assert!(thread.join().is_err());
            panic!("in the body");
        });
    match task.unwrap().join() {
        Err(JoinError::Panicked { report, .. }) => report,
        other => panic!("{:?}", other.map(|(): ()| ())),
    }
}

#[test]
fn a_hook_that_blocks_delays_one_fork_and_hangs_none() {
    install_hook();
    testkit::guarded(|| {
        assert!(!panicking_child().backtrace().is_empty());
        let (mut entered, enter) = io::pipe().unwrap();
        let (release, mut let_go) = io::pipe().unwrap();
        *STUCK.lock().unwrap() = Some((enter, release));
        let stuck = thread::Builder::new().name("stuck".to_owned());
        let stuck = stuck.spawn(|| panic!("for a long time")).unwrap();
        entered.read_exact(&mut [0]).unwrap();

        let start = Instant::now();
        for _ in 0..300 {
            let report = panicking_child();
            assert_eq!(report.message(), "in the body");
            assert!(report.place().unwrap().contains("blocked_hook.rs"));
            assert!(
                report.backtrace().is_empty(),
                "its lock may be held by the stuck thread"
            );
        }
        // Were every fork to wait for the hook, it would be five minutes.
        assert!(
            start.elapsed() < Duration::from_secs(150),
            "{:?}",
            start.elapsed()
        );

        let_go.write_all(&[1]).unwrap();
        assert!(stuck.join().is_err());
        assert!(!panicking_child().backtrace().is_empty());
    });
}

#[test]
fn a_hook_may_fork() {
    install_hook();
    testkit::guarded(|| {
        let (mut child, _link) = Fork::new()
            .spawn(|_| {
                let thread = thread::Builder::new().name("forks".to_owned());
                let _ = thread
                    .spawn(|| panic!("outside of catch_panic"))
                    .unwrap()
                    .join();
            })
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(44));
    });
}

#[test]
fn what_a_thread_of_a_child_panics_with_goes_to_the_programs_hook() {
    install_hook();
    testkit::guarded(|| {
        let (mut child, _link) = Fork::new()
            .stderr(Output::Capture)
            .spawn(|_| {
                let thread = thread::Builder::new().name("worker".to_owned());
                assert!(thread.spawn(|| panic!("seen")).unwrap().join().is_err());
            })
            .unwrap();
        let printed = io::read_to_string(child.take_stderr().unwrap()).unwrap();
        assert!(
            printed.contains("the program's hook: panicked at"),
            "{printed}"
        );
        assert!(printed.contains("seen"), "{printed}");
        assert!(child.wait().unwrap().success());
    });
}
