//! The first place where two answers differ.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{FileRow, Report, WordTable};
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
    /// The file, where the subject is one.
    #[serde(skip)]
    pub path: Option<PathBuf>,
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
    files(reference, found)
        .or_else(|| troubles(reference, found))
        .or_else(|| words(&reference.vocabulary, &found.vocabulary))
        .or_else(|| derived(reference, found))
}

fn files(reference: &Report, found: &Report) -> Option<Difference> {
    let pair = first_mismatch(&reference.files, &found.files, |row| &row.path)?;
    Some(match pair {
        (Some(expected), Some(found)) => figures(expected, found),
        (expected, found) => {
            let presence = |row: Option<_>| if row.is_some() { "given" } else { "missing" };
            let row = expected.or(found)?;
            of_file(&row.path, "result", presence(expected), presence(found))
        }
    })
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

fn troubles(reference: &Report, found: &Report) -> Option<Difference> {
    let (expected, found) = first_mismatch(&reference.unreadable, &found.unreadable, |trouble| {
        &trouble.path
    })?;
    let path = &expected.or(found)?.path;
    let reason = |trouble: Option<&super::Trouble>| match trouble {
        Some(trouble) => format!("“{}”", trouble.reason),
        None => "none".to_owned(),
    };
    Some(of_file(path, "failure", reason(expected), reason(found)))
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

/// Two lists in order of `key`: the first place at which they do not hold equal items. Where the
/// keys differ, the item with the smaller key is the one that is missing on the other side.
fn first_mismatch<'a, T: PartialEq, K: Ord>(
    left: &'a [T],
    right: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Option<(Option<&'a T>, Option<&'a T>)> {
    let equal = left.iter().zip(right).take_while(|(l, r)| l == r).count();
    match (left.get(equal), right.get(equal)) {
        (None, None) => None,
        (Some(l), Some(r)) if key(l) < key(r) => Some((Some(l), None)),
        (Some(l), Some(r)) if key(l) > key(r) => Some((None, Some(r))),
        pair => Some(pair),
    }
}

fn of_file(
    path: &Path,
    field: &'static str,
    expected: impl Display,
    found: impl Display,
) -> Difference {
    Difference {
        path: Some(path.to_owned()),
        ..Difference::new(field, text::escaped_path(path), expected, found)
    }
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
            path: None,
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
        let trouble = crate::job::Trouble {
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
    fn the_first_of_several_in_order_of_path() {
        let said = said_of(|r| {
            r.files[1].lines = 5;
            r.files[0].words = 5;
        });
        assert_eq!(said, "words of a is 5, not 2");
    }
}
