//! A program that replaces the panic hook after this crate has installed its own. In a program of its own.

use std::io::{self, Write};
use std::panic;

use manyways_process::{Fork, JoinError, Output, catch_panic};
use manyways_testkit as testkit;

fn child_panics() -> (manyways_process::PanicReport, String) {
    let mut task = Fork::new()
        .stderr(Output::Capture)
        .run(|| -> u8 { panic!("in the body") })
        .unwrap();
    let printed = task.child().take_stderr().unwrap();
    let printed = io::read_to_string(printed).unwrap();
    match task.join() {
        Err(JoinError::Panicked { report, .. }) => (report, printed),
        other => panic!("{other:?}"),
    }
}

/// One test, because the hook is the whole program's.
#[test]
fn reports_come_whatever_the_hook_is() {
    testkit::guarded(|| {
        let (report, printed) = child_panics();
        assert!(report.place().is_some() && printed.is_empty(), "{printed}");

        // A hook in front of ours that calls it.
        let ours = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            writeln!(io::stderr(), "in front").unwrap();
            ours(info);
        }));
        let (report, printed) = child_panics();
        assert!(report.place().is_some());
        assert_eq!(printed, "in front\n");

        // A hook in place of ours: the message still comes, and the hook prints.
        panic::set_hook(Box::new(|_| writeln!(io::stderr(), "in place").unwrap()));
        let (report, printed) = child_panics();
        assert_eq!(report.message(), "in the body");
        assert_eq!((report.place(), report.backtrace()), (None, ""));
        assert_eq!(printed, "in place\n");
        let report = catch_panic(|| panic!("{}", "here")).unwrap_err();
        assert_eq!((report.message(), report.place()), ("here", None));

        // The default hook. What it prints lands in the capture of the test harness.
        let _ = panic::take_hook();
        let (report, _) = child_panics();
        assert_eq!((report.message(), report.place()), ("in the body", None));
    });
}
