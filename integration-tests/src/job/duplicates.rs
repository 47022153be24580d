//! Files with equal contents.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use super::measure::FileFacts;
use super::{Digest, Job};
use crate::text;

/// Files with equal contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// SHA-256 of the contents.
    pub sha256: Digest,
    /// Length of each copy.
    pub bytes: u64,
    /// Copies on the disk; hard links to one file are one copy.
    pub copies: u64,
    /// What all copies but one occupy.
    pub wasted_bytes: u64,
    /// Where they are, in order of path.
    #[serde(serialize_with = "text::paths")]
    pub paths: Vec<PathBuf>,
}

/// The groups among the files of `all`, those first that waste the most bytes, ties in order of path.
pub(super) fn find(job: &Job, all: &[FileFacts]) -> Vec<Duplicates> {
    let mut by_content: BTreeMap<Digest, Vec<&FileFacts>> = BTreeMap::new();
    for facts in all.iter().filter(|facts| facts.bytes > 0) {
        by_content.entry(facts.sha256).or_default().push(facts);
    }
    let mut groups: Vec<_> = by_content
        .into_values()
        .filter_map(|same| group(job, &same))
        .collect();
    groups.sort_by(|a, b| {
        (Reverse(a.wasted_bytes), &a.paths).cmp(&(Reverse(b.wasted_bytes), &b.paths))
    });
    groups
}

fn group(job: &Job, same: &[&FileFacts]) -> Option<Duplicates> {
    let first = same.first()?;
    let inodes: BTreeSet<_> = same
        .iter()
        .filter_map(|facts| job.entry(facts.file))
        .map(|entry| entry.inode)
        .collect();
    let copies = inodes.len() as u64;
    (copies > 1).then(|| Duplicates {
        sha256: first.sha256,
        bytes: first.bytes,
        copies,
        wasted_bytes: (copies - 1) * first.bytes,
        paths: same.iter().map(|facts| job.path(facts.file)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::job::{Report, Tally};

    #[test]
    fn duplicates_are_ranked_by_what_they_waste_and_hard_links_waste_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for (name, contents) in [
            ("s1", "small"),
            ("s2", "small"),
            ("s3", "small"),
            ("l1", "larger contents"),
            ("l2", "larger contents"),
            ("e1", ""),
            ("e2", ""),
        ] {
            fs::write(root.join(name), contents).unwrap();
        }
        fs::write(root.join("linked"), "linked").unwrap();
        fs::hard_link(root.join("linked"), root.join("link")).unwrap();
        fs::hard_link(root.join("s1"), root.join("s4")).unwrap();
        let job = Job::walk(root, &[]).unwrap();
        let mut tally = Tally::default();
        job.files().for_each(|file| tally.add(&job.measure(file)));
        let report = Report::new(&job, tally);
        let found: Vec<_> = report
            .duplicates
            .iter()
            .map(|group| (group.copies, group.wasted_bytes, group.paths.len()))
            .collect();
        assert_eq!(found, [(2, 15, 2), (3, 10, 4)]);
        assert_eq!(
            report.duplicates[1].paths,
            ["s1", "s2", "s3", "s4"].map(PathBuf::from)
        );
        assert_eq!(report.totals.wasted_bytes, 25);
    }
}
