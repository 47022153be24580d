//! What other threads of the parent hold at the fork does not hang the child.

#![expect(
    clippy::explicit_write,
    reason = "the test harness keeps what println! prints, also in children"
)]

mod common;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{hint, thread};

use manyways_process::{Fork, JoinError, Output, PanicReport, PrivateFd, catch_panic};
use manyways_testkit as testkit;

const FORKS: usize = 200;
const LIMIT: Duration = Duration::from_secs(300);

/// Runs `disturbance` over and over in `threads` threads while `work` goes on.
fn beside(threads: usize, disturbance: impl Fn() + Sync, work: impl FnOnce()) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    disturbance();
                    thread::yield_now();
                }
            });
        }
        // Also when an assertion fails, or the scope would wait for ever.
        let outcome = catch_panic(work);
        done.store(true, Ordering::Relaxed);
        outcome.unwrap_or_else(|report| report.resume());
    });
}

/// A child that does all that a lock could stand in the way of: it allocates, prints, starts a thread,
/// catches a panic, and panics.
fn busy_child() -> PanicReport {
    let task = Fork::new()
        .stdout(Output::Null)
        .stderr(Output::Null)
        .run(|| {
            let words: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
            writeln!(io::stdout(), "{}", hint::black_box(words).concat()).unwrap();
            writeln!(io::stderr(), "to stderr").unwrap();
            let inner = catch_panic(|| panic!("caught")).unwrap_err();
            panic!("{} and raised", inner.message());
        });
    match task.unwrap().join() {
        Err(JoinError::Panicked { report, .. }) => report,
        other => panic!("{:?}", other.map(|(): ()| ())),
    }
}

fn fork_busy_children() {
    fork_so_many_busy_children(FORKS);
}

fn fork_so_many_busy_children(count: usize) {
    // The children inherit what this process has learnt of its own symbols, and need not read them each.
    assert!(catch_panic(|| panic!("to warm up")).is_err());
    for _ in 0..count {
        let report = busy_child();
        assert_eq!(report.message(), "caught and raised");
        assert!(report.place().unwrap().contains("locks.rs"), "{report}");
        assert!(
            report.backtrace().contains("locks.rs"),
            "{:?}",
            report.backtrace()
        );
    }
}

#[test]
fn stdout_and_stderr_locked_by_turns() {
    testkit::guarded_for(LIMIT, || {
        let lock = || {
            let mut out = io::stdout().lock();
            let mut err = io::stderr().lock();
            out.write_all(b"").unwrap();
            err.write_all(b"").unwrap();
        };
        beside(2, lock, fork_busy_children);
    });
}

#[test]
fn memory_allocated_without_pause() {
    testkit::guarded_for(LIMIT, || {
        let allocate = || {
            let blocks: Vec<Vec<u8>> = (0..100).map(|n| vec![0; n * n]).collect();
            drop(hint::black_box(blocks));
        };
        beside(3, allocate, fork_busy_children);
    });
}

#[test]
fn panics_caught_without_pause() {
    testkit::guarded_for(LIMIT, || {
        let panic = || assert!(catch_panic(|| panic!("again")).is_err());
        beside(2, panic, fork_busy_children);
    });
}

/// Through the hook that prints. It prints into the capture of the test harness.
#[test]
fn panics_printed_without_pause() {
    testkit::guarded_for(LIMIT, || {
        let panic = || {
            let panics = thread::Builder::new().spawn(|| panic!("printed"));
            assert!(panics.unwrap().join().is_err());
        };
        // In a child, since the harness would keep what is printed here.
        let work = || {
            let done = AtomicBool::new(false);
            thread::scope(|scope| {
                let disturb = || {
                    while !done.load(Ordering::Relaxed) {
                        let _ = std::panic::catch_unwind(|| panic!("printed"));
                    }
                };
                scope.spawn(disturb);
                scope.spawn(disturb);
                let outcome = catch_panic(fork_busy_children);
                done.store(true, Ordering::Relaxed);
                outcome.unwrap_or_else(|report| report.resume());
            });
        };
        panic();
        let task = Fork::new().stderr(Output::Null).run(work).unwrap();
        task.join().unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn links_and_children_made_by_other_threads() {
    testkit::guarded_for(LIMIT, || {
        let make = || {
            let private = PrivateFd::open(|| Ok(io::pipe()?.0.into())).unwrap();
            assert!(
                Fork::new()
                    .run(|| private.get().is_err())
                    .unwrap()
                    .join()
                    .unwrap()
            );
        };
        beside(2, make, fork_busy_children);
    });
}

/// Nothing keeps such threads from holding the lock around backtraces at the fork. Then a report comes
/// without one, as the child finds out that it cannot have it.
#[test]
fn backtraces_taken_without_pause() {
    testkit::guarded_for(LIMIT, || {
        let take = || drop(hint::black_box(std::backtrace::Backtrace::force_capture()));
        beside(2, take, || {
            for _ in 0..10 {
                let report = busy_child();
                assert_eq!(report.message(), "caught and raised");
                assert!(report.place().unwrap().contains("locks.rs"), "{report}");
            }
        });
    });
}

/// Threads that hold a standard stream and fork, against threads that fork and want it.
#[test]
fn forks_by_threads_that_hold_stdout() {
    testkit::guarded_for(LIMIT, || {
        let fork_holding_stdout = || {
            let _out = io::stdout().lock();
            assert_eq!(Fork::new().run(|| 1).unwrap().join().unwrap(), 1);
        };
        beside(2, fork_holding_stdout, fork_busy_children);
    });
}

/// A panic inside `PrivateFd::open`, whose lock every fork wants, with a hook that wants stderr.
#[test]
fn panics_with_the_lock_of_descriptors_held() {
    testkit::guarded_for(LIMIT, || {
        let panic = || {
            let opened = catch_panic(|| PrivateFd::open(|| panic!("while opening")));
            assert_eq!(opened.unwrap_err().message(), "while opening");
        };
        // Each panic may wait for a fork, and the fork for it, until its patience ends.
        beside(2, panic, || fork_so_many_busy_children(50));
    });
}

#[test]
fn a_fork_while_this_thread_holds_stdout() {
    testkit::guarded(|| {
        let mut out = io::stdout().lock();
        let (mut child, _link) = Fork::new()
            .stdout(Output::Null)
            .spawn(|_| writeln!(io::stdout(), "from the child").unwrap())
            .unwrap();
        assert!(child.wait().unwrap().success());
        out.flush().unwrap();
    });
}

/// As a thread does that prints for all others, and waits for something to print.
#[test]
fn a_thread_of_a_child_that_keeps_stdout_does_not_keep_the_child() {
    testkit::guarded(|| {
        let task = Fork::new().stdout(Output::Null).run(|| {
            let (tell, told) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let _out = io::stdout().lock();
                tell.send(()).unwrap();
                loop {
                    thread::park();
                }
            });
            told.recv().unwrap();
            7
        });
        assert_eq!(task.unwrap().join().unwrap(), 7);
    });
}

#[test]
fn a_fork_in_a_destructor_while_unwinding() {
    struct ForksWhenDropped;
    impl Drop for ForksWhenDropped {
        fn drop(&mut self) {
            assert!(thread::panicking());
            assert_eq!(Fork::new().run(|| 5).unwrap().join().unwrap(), 5);
            let error = Fork::new().run(|| -> u8 { panic!("in the child") });
            let JoinError::Panicked { report, .. } = error.unwrap().join().unwrap_err() else {
                panic!("no report");
            };
            assert_eq!(report.message(), "in the child");
        }
    }
    testkit::guarded(|| {
        let report = catch_panic(|| {
            let _forks = ForksWhenDropped;
            panic!("in the parent");
        });
        let report = report.unwrap_err();
        assert_eq!(report.message(), "in the parent");
        assert!(report.place().unwrap().contains("locks.rs"), "{report}");
    });
}

#[test]
fn a_fork_in_a_destructor_of_a_thread_local_value() {
    struct ForksWhenDropped;
    impl Drop for ForksWhenDropped {
        fn drop(&mut self) {
            let error = Fork::new().run(|| -> u8 { panic!("at the thread's end") });
            match error.unwrap().join().unwrap_err() {
                JoinError::Panicked { report, .. } => {
                    assert_eq!(report.message(), "at the thread's end");
                    assert!(report.place().is_some() && !report.backtrace().is_empty());
                }
                other => panic!("{other}"),
            }
            FORKED.store(true, Ordering::Relaxed);
        }
    }
    static FORKED: AtomicBool = AtomicBool::new(false);
    thread_local!(static LAST: ForksWhenDropped = const { ForksWhenDropped });
    testkit::guarded(|| {
        let uses_it = || {
            LAST.with(|_| ());
            // Whatever this crate keeps for a thread is older than `LAST`, or destroyed before it.
            assert!(catch_panic(|| panic!("before")).is_err());
        };
        thread::spawn(uses_it).join().unwrap();
        assert!(FORKED.load(Ordering::Relaxed));
    });
}
