//! Starts and joins that are refused.

use manyways_testkit as testkit;
use multiprocessing::{
    JoinError, Process, ProcessHandle, StartError, StartMethod, get_all_start_methods, get_context,
};

use crate::support::{nothing, with_each_method};

static_assertions::assert_impl_all!(ProcessHandle: Send, Sync, Clone);
static_assertions::assert_impl_all!(StartError: std::error::Error, Send, Sync);
static_assertions::assert_impl_all!(JoinError: std::error::Error, Send, Sync, Clone);

fn unregistered() {}

#[test]
fn a_process_is_started_once() {
    with_each_method(|context| {
        let mut process = context.process(nothing, ());
        process.start().unwrap();
        let error = process.start().unwrap_err();
        assert!(
            error.is_already_started() && error.to_string().contains("make another"),
            "{error}"
        );
        process.join().unwrap();
        assert!(process.start().unwrap_err().is_already_started());
    });
}

#[test]
fn what_was_not_started_is_not_joined() {
    testkit::guarded(|| {
        let mut process = Process::new(|| 7);
        assert!(process.join().unwrap_err().is_not_started());
        assert!(process.kill().unwrap_err().is_not_started());
        process.close().unwrap();
        assert!(process.join().unwrap_err().is_closed());
    });
}

#[test]
fn only_the_parent_joins_and_only_the_maker_starts() {
    with_each_method(|context| {
        let mut sibling = context.process(nothing, ());
        sibling.start().unwrap();
        let mut made_here = Process::new(|| ());
        let mut other = Process::new(|| {
            let foreign = [
                sibling.join().unwrap_err().is_foreign(),
                sibling.is_alive().unwrap_err().is_foreign(),
                sibling.terminate().unwrap_err().is_foreign(),
                sibling.sentinel().unwrap_err().is_foreign(),
                made_here.start().unwrap_err().is_foreign(),
            ];
            (foreign, sibling.pid())
        });
        other.start().unwrap();
        assert_eq!(other.join().unwrap(), ([true; 5], sibling.pid()));
        sibling.join().unwrap();
    });
}

#[test]
fn a_function_that_is_not_registered_is_named() {
    testkit::guarded(|| {
        for method in get_all_start_methods() {
            let mut process = get_context(method).process(unregistered, ());
            if method == StartMethod::Fork {
                process.start().unwrap();
                process.join().unwrap();
                continue;
            }
            let error = process.start().unwrap_err();
            assert!(error.is_not_registered());
            let text = error.to_string();
            assert!(text.contains("`process::starts::unregistered`"), "{text}");
            assert!(text.contains("put #[task] before it"), "{text}");
        }
    });
}
