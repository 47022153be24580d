//! What a tally says about the job.

use std::cmp::Reverse;
use std::path::PathBuf;

use serde::Serialize;
use sha2::Sha256;
use sha2::digest::Digest as _;

use super::duplicates::{self, Duplicates};
use super::measure::FileFacts;
use super::walk::LeftOut;
use super::words::WordTable;
use super::{Digest, Job, Tally};
use crate::text;

/// How many of the most frequent words a report names.
const TOP_WORDS: usize = 50;

/// How many of the largest files a report names.
const LARGEST_FILES: usize = 10;

/// The answer of the job: everything sorted, so that two reports on the same files are equal.
#[derive(Debug, PartialEq, Serialize)]
pub struct Report {
    /// Sums over all files.
    pub totals: Totals,
    /// What the walk did not take.
    pub left_out: LeftOut,
    /// The fifty most frequent words, ties in order of bytes.
    pub top_words: Vec<WordCount>,
    /// The ten largest files, ties in order of path.
    pub largest: Vec<FileSize>,
    /// Files with equal contents, those first that waste the most bytes.
    pub duplicates: Vec<Duplicates>,
    /// What could not be listed or read, in order of path.
    pub unreadable: Vec<Trouble>,
    /// Every file that was read, in order of path.
    pub files: Vec<FileRow>,
    /// Every listed word.
    #[serde(skip)]
    pub vocabulary: WordTable,
}

/// Sums over all files that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their newline bytes.
    pub lines: u64,
    /// Their words.
    pub words: u64,
    /// Different words among those listed.
    pub distinct_words: u64,
    /// Words that are not listed because the vocabulary of their file is too large.
    pub unlisted_words: u64,
    /// Files whose words are not counted because a NUL byte stands near their start.
    pub binary_files: u64,
    /// Bytes in copies of files that exist elsewhere in the directory.
    pub wasted_bytes: u64,
}

/// A word and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordCount {
    /// The word.
    #[serde(serialize_with = "text::bytes")]
    pub word: Box<[u8]>,
    /// How often it occurs.
    pub count: u64,
}

/// A file and its length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSize {
    /// Path below the job's directory.
    #[serde(serialize_with = "text::path")]
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
}

/// Something that could not be listed or read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Trouble {
    /// Path below the job's directory; empty for the directory itself.
    #[serde(serialize_with = "text::path")]
    pub path: PathBuf,
    /// What the system said.
    pub reason: String,
}

/// The figures of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// Path below the job's directory.
    #[serde(serialize_with = "text::path")]
    pub path: PathBuf,
    /// SHA-256 of its contents.
    pub sha256: Digest,
    /// Its length.
    pub bytes: u64,
    /// Newline bytes in it.
    pub lines: u64,
    /// Words in it; 0 for a binary file.
    pub words: u64,
    /// Whether a NUL byte stands near its start.
    pub binary: bool,
}

impl Report {
    /// Sorts and sums up `tally`, which holds what was found in the files of `job`.
    pub fn new(job: &Job, mut tally: Tally) -> Self {
        tally.facts.sort_unstable_by_key(|facts| facts.file);
        let duplicates = duplicates::find(job, &tally.facts);
        let mut totals = sums(&tally.facts);
        totals.distinct_words = tally.words.len() as u64;
        totals.wasted_bytes = duplicates.iter().map(|group| group.wasted_bytes).sum();
        Self {
            totals,
            left_out: job.left_out().clone(),
            top_words: top_words(&tally.words),
            largest: largest(job, &tally.facts),
            duplicates,
            unreadable: troubles(job, &tally),
            files: tally.facts.iter().map(|facts| row(job, facts)).collect(),
            vocabulary: tally.words,
        }
    }

    /// SHA-256 over the whole report, so that equal answers can be told by eye.
    pub(crate) fn digest(&self) -> Digest {
        let json = serde_json::to_vec(self)
            .expect("a report has string keys only, and a Vec takes what is written to it");
        let mut hasher = Sha256::new_with_prefix(json);
        let mut words: Vec<_> = self.vocabulary.iter().collect();
        words.sort_unstable();
        for (word, count) in words {
            hasher.update(word);
            hasher.update(count.to_be_bytes());
        }
        Digest::finish(hasher)
    }
}

fn sums(all: &[FileFacts]) -> Totals {
    let mut totals = Totals::default();
    for facts in all {
        totals.files += 1;
        totals.bytes += facts.bytes;
        totals.lines += facts.lines;
        totals.words += facts.words;
        totals.unlisted_words += facts.unlisted;
        totals.binary_files += u64::from(facts.binary);
    }
    totals
}

fn top_words(words: &WordTable) -> Vec<WordCount> {
    let mut ranked: Vec<_> = words
        .iter()
        .map(|(word, count)| (Reverse(count), word))
        .collect();
    first_sorted(&mut ranked, TOP_WORDS)
        .iter()
        .map(|&(Reverse(count), word)| WordCount {
            word: word.into(),
            count,
        })
        .collect()
}

fn largest(job: &Job, all: &[FileFacts]) -> Vec<FileSize> {
    let mut ranked: Vec<_> = all
        .iter()
        .map(|facts| (Reverse(facts.bytes), facts.file))
        .collect();
    first_sorted(&mut ranked, LARGEST_FILES)
        .iter()
        .map(|&(Reverse(bytes), file)| FileSize {
            path: job.path(file),
            bytes,
        })
        .collect()
}

/// The `count` smallest items in order, without sorting the rest.
fn first_sorted<T: Ord>(items: &mut [T], count: usize) -> &[T] {
    let count = count.min(items.len());
    if count < items.len() {
        items.select_nth_unstable(count);
    }
    let first = &mut items[..count];
    first.sort_unstable();
    first
}

fn troubles(job: &Job, tally: &Tally) -> Vec<Trouble> {
    let mut troubles = job.troubles().to_vec();
    troubles.extend(tally.unreadable.iter().map(|unreadable| Trouble {
        path: job.path(unreadable.file),
        reason: unreadable.reason.clone(),
    }));
    troubles.sort_unstable();
    troubles
}

fn row(job: &Job, facts: &FileFacts) -> FileRow {
    FileRow {
        path: job.path(facts.file),
        sha256: facts.sha256,
        bytes: facts.bytes,
        lines: facts.lines,
        words: facts.words,
        binary: facts.binary,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn report_on(root: &Path) -> Report {
        let job = Job::walk(root, &[]).unwrap();
        let mut tally = Tally::default();
        job.files().for_each(|file| tally.add(&job.measure(file)));
        Report::new(&job, tally)
    }

    #[test]
    fn order_and_grouping_of_the_additions_do_not_matter() {
        let directory = tempfile::tempdir().unwrap();
        for (name, contents) in [("a", "x y"), ("b", "x"), ("c", "x y"), ("d", "")] {
            fs::write(directory.path().join(name), contents).unwrap();
        }
        let job = Job::walk(directory.path(), &[]).unwrap();
        let mut forwards = Tally::default();
        job.files()
            .for_each(|file| forwards.add(&job.measure(file)));
        let mut backwards = Tally::default();
        for pair in job.files().collect::<Vec<_>>().chunks(2).rev() {
            let mut part = Tally::default();
            pair.iter()
                .rev()
                .for_each(|file| part.add(&job.measure(*file)));
            backwards.absorb(part);
        }
        let (one, other) = (Report::new(&job, forwards), Report::new(&job, backwards));
        assert_eq!(one, other);
        assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn rankings_are_cut_and_break_ties_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let words: String = (0..60).map(|n| format!("w{n:02} ")).collect();
        fs::write(directory.path().join("words"), words + "w59 w59 w58").unwrap();
        for n in 0..12 {
            fs::write(directory.path().join(format!("f{n:02}")), "").unwrap();
        }
        let report = report_on(directory.path());
        let top: Vec<_> = report
            .top_words
            .iter()
            .map(|top| (&*top.word, top.count))
            .collect();
        assert_eq!(top.len(), TOP_WORDS);
        assert_eq!(top[..3], [(b"w59".as_slice(), 3), (b"w58", 2), (b"w00", 1)]);
        let largest: Vec<_> = report
            .largest
            .iter()
            .map(|file| file.path.to_str().unwrap())
            .collect();
        assert_eq!(
            largest,
            [
                "words", "f00", "f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08"
            ]
        );
    }

    #[test]
    fn the_digest_tells_vocabularies_apart_that_the_figures_do_not_show() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("file"), "a b").unwrap();
        let one = report_on(directory.path());
        let mut other = report_on(directory.path());
        other.vocabulary.add(b"c", 1);
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn an_id_of_another_job_has_a_name_instead_of_a_panic() {
        let directory = tempfile::tempdir().unwrap();
        let empty = Job::walk(directory.path(), &[]).unwrap();
        fs::write(directory.path().join("file"), "text").unwrap();
        let full = Job::walk(directory.path(), &[]).unwrap();
        let mut tally = Tally::default();
        full.files().for_each(|file| tally.add(&full.measure(file)));
        let report = Report::new(&empty, tally);
        assert_eq!(
            report.files[0].path,
            Path::new("(FileId(0), not a file of this job)")
        );
    }
}
