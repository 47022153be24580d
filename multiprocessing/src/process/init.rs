//! The beginning of a program that runs itself again.

use std::process;

use manyways_process::worker;

use super::child::follow;

/// By what the children of this crate are told from those of others.
pub(super) const ROLE: &str = "multiprocessing";

/// To be the first line of `main` in a program that starts processes by spawn or forkserver: in the program itself it does
/// nothing, in such a process it does the work and never returns.
///
/// Without it a start by these methods is an error. What `main` does before it, each such process does too. Files of
/// tests have no `main`: there stands [`enable_test_support!`](crate::enable_test_support) in its place.
///
/// Python imports the main module again and asks for `if __name__ == '__main__'`; `freeze_support` is the nearest to this.
pub fn init() {
    if let Some(worker) = worker(ROLE) {
        worker.run(|link| process::exit(follow(link)));
    }
}

/// A test that calls [`init`], for the processes that a test starts. There is one where
/// [`enable_test_support!`](crate::enable_test_support) stands.
#[doc(hidden)]
#[derive(Debug)]
pub struct TestSupport {
    /// The path of the module in which the test `worker` is, with the crate.
    module: &'static str,
}

inventory::collect!(TestSupport);

impl TestSupport {
    #[must_use]
    pub const fn new(module: &'static str) -> TestSupport {
        TestSupport { module }
    }
}

/// The name of that test, if this is a program of tests.
pub(super) fn test() -> Option<String> {
    let support = inventory::iter::<TestSupport>.into_iter().next()?;
    let inside = support.module.split_once("::").map(|(_, path)| path)?;
    Some(format!("{inside}::worker"))
}

/// Lets the tests of this file start processes by spawn and forkserver. Once in a crate's unit tests, and in the topmost
/// module of each file of integration tests.
///
/// It adds a test, `multiprocessing_worker::worker`, which such a process runs alone and in which it does its work. In the
/// test run itself that test does nothing. It works with the harness of the standard library; a target with
/// `harness = false` has a `main`, for [`init`](crate::init).
///
/// ```
/// multiprocessing::enable_test_support!();
///
/// #[multiprocessing::task]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// #[test]
/// fn squares() {
///     let context = multiprocessing::get_context(multiprocessing::StartMethod::Spawn);
///     let mut process = context.process(square, (7,));
///     process.start().unwrap();
///     assert_eq!(process.join().unwrap(), 49);
/// }
/// ```
#[allow(clippy::test_attr_in_doctest)] // It shows how tests are written.
#[macro_export]
macro_rules! enable_test_support {
    () => {
        #[cfg(test)]
        mod multiprocessing_worker {
            $crate::__private::inventory::submit! {
                $crate::__private::TestSupport::new(::core::module_path!())
            }

            #[test]
            fn worker() {
                $crate::init();
            }
        }
    };
}
