//! The first place where two answers differ.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::iter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{FileRow, Report, Trouble, WordTable};
use crate::text;

/// One fact on which two reports do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which figure: `sha256`, `lines`, `count`, ...
    pub field: &'static str,
    /// What it is a figure of: the path of a file, `the word` and a word, or `the directory`.
    pub subject: String,
    /// What the reference says.
    pub expected: String,
    /// What the other report says.
    pub found: String,
}

/// What comes out when a report is compared with the reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The first fact on which they do not agree.
    pub(crate) difference: Option<Difference>,
    /// Files that changed or vanished meanwhile, and on which they therefore do not agree. Nobody
    /// can: these were left out of the comparison, and with them all figures that sum them up.
    pub(crate) changed: BTreeSet<PathBuf>,
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, subject, .. } = self;
        write!(
            f,
            "{field} of {subject} is {}, not {}",
            self.found, self.expected
        )
    }
}

/// Compares `found` with `reference`: file by file, then what could not be read, then word by word,
/// then the figures that follow from those. `None` when they are equal.
pub fn first_difference(reference: &Report, found: &Report) -> Option<Difference> {
    compare(reference, found, |_| false).difference
}

/// [`first_difference`] among the files of which `has_changed` is not true. It is asked about those
/// files only on which the reports do not agree.
pub(crate) fn compare(
    reference: &Report,
    found: &Report,
    has_changed: impl Fn(&Path) -> bool,
) -> Comparison {
    let mut changed = BTreeSet::new();
    let mut is_settled = |path: &Path| {
        let settled = !has_changed(path);
        if !settled {
            changed.insert(path.to_owned());
        }
        settled
    };
    let mut difference = files(reference, found, &mut is_settled)
        .or_else(|| troubles(reference, found, &mut is_settled));
    if changed.is_empty() {
        difference = difference
            .or_else(|| words(&reference.vocabulary, &found.vocabulary))
            .or_else(|| derived(reference, found));
    }
    Comparison {
        difference,
        changed,
    }
}

fn files(
    reference: &Report,
    found: &Report,
    mut is_settled: impl FnMut(&Path) -> bool,
) -> Option<Difference> {
    mismatches(&reference.files, &found.files, |row| &row.path)
        .filter(|(path, ..)| is_settled(path))
        .map(|(path, expected, found)| match (expected, found) {
            (Some(expected), Some(found)) => figures(expected, found),
            (expected, found) => {
                let presence = |row: Option<_>| if row.is_some() { "given" } else { "missing" };
                of_file(path, "result", presence(expected), presence(found))
            }
        })
        .next()
}

fn figures(expected: &FileRow, found: &FileRow) -> Difference {
    let path = &expected.path;
    if expected.sha256 != found.sha256 {
        of_file(path, "sha256", expected.sha256, found.sha256)
    } else if expected.bytes != found.bytes {
        of_file(path, "bytes", expected.bytes, found.bytes)
    } else if expected.lines != found.lines {
        of_file(path, "lines", expected.lines, found.lines)
    } else if expected.words != found.words {
        of_file(path, "words", expected.words, found.words)
    } else {
        of_file(path, "binary", expected.binary, found.binary)
    }
}

fn troubles(
    reference: &Report,
    found: &Report,
    mut is_settled: impl FnMut(&Path) -> bool,
) -> Option<Difference> {
    let reason = |trouble: Option<&Trouble>| match trouble {
        Some(trouble) => format!("“{}”", trouble.reason),
        None => "none".to_owned(),
    };
    mismatches(&reference.unreadable, &found.unreadable, |trouble| {
        &trouble.path
    })
    .filter(|(path, ..)| is_settled(path))
    .map(|(path, expected, found)| of_file(path, "failure", reason(expected), reason(found)))
    .next()
}

/// The first word in order of bytes, so that the message does not depend on the order of a hash
/// table.
fn words(reference: &WordTable, found: &WordTable) -> Option<Difference> {
    if reference == found {
        return None;
    }
    let (word, _) = reference
        .iter()
        .chain(found.iter())
        .filter(|(word, _)| reference.count(word) != found.count(word))
        .min()?;
    let counts = (reference.count(word), found.count(word));
    let subject = format!("the word {}", text::escaped(word));
    Some(Difference::new("count", subject, counts.0, counts.1))
}

/// These follow from the figures above, but a promise of equal answers is a promise about them too.
fn derived(reference: &Report, found: &Report) -> Option<Difference> {
    unequal("totals", &reference.totals, &found.totals)
        .or_else(|| unequal("what was left out", &reference.left_out, &found.left_out))
        .or_else(|| {
            unequal(
                "most frequent words",
                &reference.top_words,
                &found.top_words,
            )
        })
        .or_else(|| unequal("largest files", &reference.largest, &found.largest))
        .or_else(|| unequal("duplicates", &reference.duplicates, &found.duplicates))
}

fn unequal<T: PartialEq + fmt::Debug>(
    field: &'static str,
    expected: &T,
    found: &T,
) -> Option<Difference> {
    let difference = || {
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        Difference::new(field, "the directory".to_owned(), expected, found)
    };
    (expected != found).then(difference)
}

/// A place at which two lists in order of path do not hold equal items: the path, and what each of
/// them has there.
type Mismatch<'a, T> = (&'a Path, Option<&'a T>, Option<&'a T>);

/// Every mismatch, in order of path.
fn mismatches<'a, T: PartialEq>(
    left: &'a [T],
    right: &'a [T],
    path: impl Fn(&'a T) -> &'a PathBuf,
) -> impl Iterator<Item = Mismatch<'a, T>> {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut next = move || {
        let order = match (left.peek(), right.peek()) {
            (Some(l), Some(r)) => path(l).cmp(path(r)),
            (l, r) => r.is_some().cmp(&l.is_some()),
        };
        let l = left.next_if(|_| order != Ordering::Greater);
        let r = right.next_if(|_| order != Ordering::Less);
        l.or(r).map(|item| (path(item).as_path(), l, r))
    };
    iter::from_fn(move || {
        loop {
            match next()? {
                (_, l, r) if l == r => {}
                mismatch => return Some(mismatch),
            }
        }
    })
}

fn of_file(
    path: &Path,
    field: &'static str,
    expected: impl Display,
    found: impl Display,
) -> Difference {
    Difference::new(field, text::escaped_path(path), expected, found)
}

impl Difference {
    fn new(
        field: &'static str,
        subject: String,
        expected: impl Display,
        found: impl Display,
    ) -> Self {
        Self {
            field,
            subject,
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::job::{Job, Tally};

    fn report(files: &[(&str, &str)]) -> Report {
        let directory = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            fs::write(directory.path().join(name), contents).unwrap();
        }
        let job = Job::walk(directory.path(), &[]).unwrap();
        let mut tally = Tally::default();
        job.files().for_each(|file| tally.add(&job.measure(file)));
        Report::new(&job, tally)
    }

    /// Alters one thing in a report on `a` = "one two" and `b` = "two", and says how the alteration
    /// is reported.
    fn said_of(alter: impl FnOnce(&mut Report)) -> String {
        let files = [("a", "one two"), ("b", "two")];
        let reference = report(&files);
        let mut other = report(&files);
        assert_eq!(first_difference(&reference, &other), None);
        alter(&mut other);
        first_difference(&reference, &other).unwrap().to_string()
    }

    #[test]
    fn figures_of_a_file() {
        assert_eq!(said_of(|r| r.files[1].lines = 9), "lines of b is 9, not 0");
        assert_eq!(said_of(|r| r.files[0].words = 1), "words of a is 1, not 2");
        assert_eq!(said_of(|r| r.files[0].bytes = 8), "bytes of a is 8, not 7");
        assert_eq!(
            said_of(|r| r.files[0].binary = true),
            "binary of a is true, not false"
        );
        let other = said_of(|r| r.files[1].sha256 = r.files[0].sha256);
        assert!(other.starts_with("sha256 of b is "), "{other}");
    }

    #[test]
    fn a_missing_a_doubled_and_a_foreign_file() {
        let missing = said_of(|r| drop(r.files.remove(0)));
        assert_eq!(missing, "result of a is missing, not given");
        let last = said_of(|r| drop(r.files.pop()));
        assert_eq!(last, "result of b is missing, not given");
        let doubled = said_of(|r| r.files.insert(0, r.files[0].clone()));
        assert_eq!(doubled, "result of a is given, not missing");
        let foreign = said_of(|r| r.files[1].path = PathBuf::from("c"));
        assert_eq!(foreign, "result of b is missing, not given");
    }

    #[test]
    fn a_failure_that_only_one_of_them_had() {
        let trouble = Trouble {
            path: PathBuf::from("b"),
            reason: "Input/output error".to_owned(),
        };
        let said = said_of(|r| r.unreadable.push(trouble));
        assert_eq!(said, "failure of b is “Input/output error”, not none");
    }

    #[test]
    fn the_first_word_with_another_count() {
        let said = said_of(|r| {
            r.vocabulary.add(b"two", 1);
            r.vocabulary.add(b"new\xFF", 1);
        });
        assert_eq!(said, "count of the word new\\xff is 1, not 0");
    }

    #[test]
    fn a_figure_of_the_whole_directory() {
        let said = said_of(|r| r.top_words[0].count = 7);
        assert!(
            said.starts_with("most frequent words of the directory is "),
            "{said}"
        );
    }

    #[test]
    fn a_file_that_changed_is_left_out_of_the_comparison_and_named() {
        let files = [("a", "one two"), ("b", "two"), ("c", "three")];
        let (reference, mut found) = (report(&files), report(&files));
        found.files.remove(0);
        found.files[0].words = 9;
        let changed = |path: &Path| path != Path::new("c");
        let comparison = compare(&reference, &found, changed);
        assert_eq!(comparison.difference, None);
        assert_eq!(comparison.changed, ["a", "b"].map(PathBuf::from).into());

        found.files[1].lines = 7;
        let difference = compare(&reference, &found, changed).difference;
        assert_eq!(difference.unwrap().to_string(), "lines of c is 7, not 0");
    }

    /// Else a changed file would be an excuse for everything.
    #[test]
    fn nobody_asks_whether_equal_files_have_changed() {
        let files = [("a", "one two")];
        let (reference, mut found) = (report(&files), report(&files));
        found.vocabulary.add(b"two", 1);
        let comparison = compare(&reference, &found, |_| true);
        let difference = comparison.difference.unwrap();
        assert_eq!(difference.to_string(), "count of the word two is 2, not 1");
    }

    #[test]
    fn the_first_of_several_in_order_of_path() {
        let said = said_of(|r| {
            r.files[1].lines = 5;
            r.files[0].words = 5;
        });
        assert_eq!(said, "words of a is 5, not 2");
    }
}
