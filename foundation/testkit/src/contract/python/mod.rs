//! CPython's own cases, of version 3.13, and what answers each.

mod lock_tests;
mod test_queue;
mod test_thread;
mod test_threading;

use std::fmt;

/// A case of CPython's tests, and what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonCase {
    /// The file in `Lib/test`.
    pub file: &'static str,
    /// The class.
    pub class: &'static str,
    /// The method.
    pub name: &'static str,
    /// What has become of it.
    pub answer: Answer,
}

/// What has become of a case of CPython's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// These [`cases`](crate::contract::cases()) ask for what it asks for.
    Covered(&'static [&'static str]),
    /// Nothing, for this reason.
    LeftOut(&'static str),
}

impl fmt::Display for PythonCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.{}: ", self.file, self.class, self.name)?;
        match self.answer {
            Answer::Covered(cases) => write!(f, "{}", cases.join(", ")),
            Answer::LeftOut(reason) => write!(f, "left out: {reason}"),
        }
    }
}

/// Every case of CPython's `lock_tests`, `test_queue`, `test_threading` and `test_thread`, in their
/// order.
///
/// ```
/// use manyways_testkit::contract::{Answer, python_cases};
///
/// let of_locks = python_cases().filter(|case| case.file == "lock_tests.py");
/// let covered = of_locks.filter(|case| matches!(case.answer, Answer::Covered(_)));
/// assert_eq!(covered.count(), 57);
/// ```
pub fn python_cases() -> impl Iterator<Item = PythonCase> {
    let files = [
        ("lock_tests.py", lock_tests::CLASSES),
        ("test_queue.py", test_queue::CLASSES),
        ("test_threading.py", test_threading::CLASSES),
        ("test_thread.py", test_thread::CLASSES),
    ];
    files.into_iter().flat_map(|(file, classes)| {
        classes.iter().flat_map(move |(class, rows)| {
            rows.iter().map(move |(name, answer)| PythonCase {
                file,
                class,
                name,
                answer: *answer,
            })
        })
    })
}

type Row = (&'static str, Answer);
type Class = (&'static str, &'static [Row]);

const fn by(name: &'static str, cases: &'static [&'static str]) -> Row {
    (name, Answer::Covered(cases))
}

const fn out(name: &'static str, reason: &'static str) -> Row {
    (name, Answer::LeftOut(reason))
}

const COLLECTED: &str = "it is about garbage collection and weak references";
const FORK: &str = "it is about an interpreter whose process forks while it has threads";
const INTERPRETER: &str = "it is about CPython's interpreter";
const NEGATIVE: &str = "the types have no negative numbers";
const ARGUMENTS: &str = "a closure brings its arguments";
const SUBCLASS: &str = "it is about classes that a user derives";
const NO_EXIT: &str = "there is no exception that ends a thread in silence";
const PROGRAM_END: &str = "it is about the end of a program, which no case outlives";
const PRINTED: &str = "it is about the words of the default hook, which are each implementation's";
const INTERNAL: &str = "it is about a part that no user sees";
const SIGNALS: &str = "it is about Python's handling of signals";
