//! What is told of a panic, in this process and from a child.

mod common;

use std::io;
use std::panic::{self, AssertUnwindSafe};

use manyways_process::{Fork, JoinError, Output, PANICKED, PanicReport, catch_panic};
use manyways_testkit as testkit;
use serde::{Serialize, Serializer};

#[inline(never)]
fn fails_in_a_named_function(limit: i32) {
    assert!(std::hint::black_box(limit) > 10, "limit {limit} is too low");
}

/// The report of a child's panic, both by a task and by a link.
fn report_of(body: impl Fn()) -> PanicReport {
    let report = match Fork::new().run(&body).unwrap().join() {
        Err(JoinError::Panicked { report, .. }) => report,
        other => panic!("{other:?}"),
    };
    let (mut child, mut link) = Fork::new().spawn(|_| body()).unwrap();
    let error = link.recv::<()>().unwrap_err();
    assert!(!error.is_closed() && error.to_string().contains("panicked"));
    assert_eq!(error.panic_report().unwrap().message(), report.message());
    assert!(
        link.recv::<()>().unwrap_err().is_closed(),
        "a panic is the last word"
    );
    assert_eq!(child.wait().unwrap().code(), Some(PANICKED));
    report
}

#[test]
fn a_report_has_message_place_and_stack() {
    testkit::guarded(|| {
        let report = report_of(|| fails_in_a_named_function(3));
        assert_eq!(report.message(), "limit 3 is too low");
        let place = report.place().unwrap();
        assert!(place.contains("tests/panics.rs:"), "{place}");
        let backtrace = report.backtrace();
        let first = backtrace.lines().next().unwrap();
        assert!(first.contains("fails_in_a_named_function"), "{backtrace}");
        for machinery in [
            "begin_unwind",
            "catch_panic",
            "catch_unwind",
            "run_body",
            "guarded",
        ] {
            assert!(!backtrace.contains(machinery), "{machinery} in {backtrace}");
        }
        assert_eq!(
            report.to_string(),
            format!("panicked at {place}: limit 3 is too low")
        );
    });
}

#[test]
fn nothing_is_printed() {
    testkit::guarded(|| {
        let mut task = Fork::new()
            .stderr(Output::Capture)
            .run(|| -> u8 { panic!("silent") })
            .unwrap();
        let printed = io::read_to_string(task.child().take_stderr().unwrap()).unwrap();
        assert_eq!(printed, "");
        assert!(task.join().is_err());
    });
}

#[test]
fn catches_nest() {
    testkit::guarded(|| {
        let report = report_of(|| {
            let inner = catch_panic(|| fails_in_a_named_function(1)).unwrap_err();
            assert!(inner.backtrace().contains("fails_in_a_named_function"));
            assert_eq!(catch_panic(|| 5), Ok(5));
            panic!("outer after {}", inner.message());
        });
        assert_eq!(report.message(), "outer after limit 1 is too low");
        assert!(!report.backtrace().contains("fails_in_a_named_function"));
        assert!(
            report.backtrace().contains("catches_nest"),
            "{}",
            report.backtrace()
        );
    });
}

/// A destructor that catches a panic of its own while another unwinds.
#[test]
fn a_catch_while_unwinding_takes_nothing_from_the_panic_under_way() {
    struct Catches;
    impl Drop for Catches {
        fn drop(&mut self) {
            assert_eq!(
                catch_panic(|| panic!("inner")).unwrap_err().message(),
                "inner"
            );
            assert!(catch_panic(|| ()).is_ok());
        }
    }
    testkit::guarded(|| {
        let report = report_of(|| {
            let _catches = Catches;
            fails_in_a_named_function(2);
        });
        assert_eq!(report.message(), "limit 2 is too low");
        assert!(report.backtrace().contains("fails_in_a_named_function"));
    });
}

/// What is raised again has passed no hook, so its place is not that of some earlier panic.
#[test]
fn a_panic_raised_again_has_no_wrong_place() {
    testkit::guarded(|| {
        let report = report_of(|| {
            let earlier = panic::catch_unwind(|| panic!("earlier"));
            drop(earlier);
            panic::resume_unwind(Box::new("later"));
        });
        assert_eq!((report.message(), report.place()), ("later", None));
        // The same panic, caught and raised again, has its own.
        let report = report_of(|| {
            let payload = panic::catch_unwind(|| fails_in_a_named_function(4));
            panic::resume_unwind(payload.unwrap_err());
        });
        assert_eq!(report.message(), "limit 4 is too low");
        assert!(report.place().is_some());
    });
}

#[test]
fn a_report_raised_again_says_where_it_came_from() {
    testkit::guarded(|| {
        let report = report_of(|| fails_in_a_named_function(5));
        let text = report.to_string();
        let again = catch_panic(|| report.resume()).unwrap_err();
        assert!(again.message().starts_with(&text));
        assert!(again.message().contains("fails_in_a_named_function"));
    });
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

#[test]
fn payloads_that_are_no_text() {
    testkit::guarded(|| {
        let report = report_of(|| panic::panic_any(17));
        assert!(report.message().contains("not text"));
        assert!(report.place().unwrap().contains("panics.rs"));
        let report = report_of(|| panic::panic_any(PanicsWhenDropped));
        assert!(report.message().contains("not text"));
        let report = report_of(|| drop(PanicsWhenDropped));
        assert_eq!(report.message(), "in a destructor");
    });
}

struct PanicsWhenEncoded;

impl Serialize for PanicsWhenEncoded {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("while encoding")
    }
}

#[test]
fn a_panic_while_a_message_is_encoded() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.send(&1_u8).unwrap();
                let caught = catch_panic(AssertUnwindSafe(|| link.send(&PanicsWhenEncoded)));
                assert_eq!(caught.unwrap_err().message(), "while encoding");
                link.send(&2_u8).unwrap(); // The link is as before.
                link.send(&PanicsWhenEncoded).unwrap();
            })
            .unwrap();
        assert_eq!(
            [link.recv::<u8>().unwrap(), link.recv::<u8>().unwrap()],
            [1, 2]
        );
        let error = link.recv::<u8>().unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "while encoding");
        assert_eq!(child.wait().unwrap().code(), Some(PANICKED));
    });
}

#[test]
fn long_messages_are_cut_between_letters() {
    testkit::guarded(|| {
        let report = report_of(|| panic!("{}", "é".repeat(4 << 20)));
        let message = report.message();
        assert!(message.len() < 66_000 && message.ends_with("é ... (cut)"));
        assert!(report.place().is_some());
    });
}

#[test]
fn deep_stacks_are_cut() {
    #[inline(never)]
    fn deep(depth: u32) -> u32 {
        assert!(depth > 0, "at the bottom");
        std::hint::black_box(deep(depth - 1)) + 1
    }
    testkit::guarded(|| {
        let report = report_of(|| assert_ne!(deep(2000), 0));
        assert!(report.backtrace().len() < 66_000);
        assert!(report.backtrace().contains("deep"));
    });
}

#[test]
fn a_panic_in_a_thread_of_the_child_is_that_threads() {
    testkit::guarded(|| {
        let task = Fork::new().stderr(Output::Null).run(|| {
            let thread = std::thread::spawn(|| panic!("{}", "in a thread"));
            let payload = thread.join().unwrap_err();
            let caught = std::thread::spawn(|| catch_panic(|| panic!("caught in a thread")));
            let caught = caught.join().unwrap().unwrap_err();
            assert!(caught.place().is_some() && !caught.backtrace().is_empty());
            payload.downcast_ref::<String>().unwrap().clone()
        });
        assert_eq!(task.unwrap().join().unwrap(), "in a thread");
    });
}

/// The message comes with a body that holds the lock of stdout, or has closed it.
#[test]
fn a_panic_beside_a_broken_stdout() {
    testkit::guarded(|| {
        let report = report_of(|| {
            let _lock = io::stdout().lock();
            panic!("with stdout locked");
        });
        assert_eq!(report.message(), "with stdout locked");
        let report = report_of(|| {
            common::sys::close(1);
            common::sys::close(2);
            panic!("without stdout");
        });
        assert_eq!(report.message(), "without stdout");
    });
}
