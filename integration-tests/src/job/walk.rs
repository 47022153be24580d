//! Which files the job is about.

use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use walkdir::{DirEntry, WalkDir};

use super::Trouble;

/// The regular files under one directory, found once and then the same for every system.
#[derive(Debug)]
pub struct Job {
    root: PathBuf,
    files: Vec<Entry>,
    troubles: Vec<Trouble>,
    left_out: LeftOut,
}

/// A file of a [`Job`]: its place in the list of files sorted by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(u32);

/// What the walk saw of a file. Only the path steers the job; the rest tells whether the file has
/// changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the job's directory.
    pub path: PathBuf,
    /// Device and inode: equal for hard links to one file.
    pub inode: (u64, u64),
    state: (u64, i64, i64),
}

/// What the walk did not take, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Entries of the top directory that the caller did not want, those that exist.
    pub on_request: Vec<String>,
    /// Symbolic links, which are not followed.
    pub symlinks: u64,
    /// Sockets, FIFOs and devices.
    pub special_files: u64,
    /// Directories on which another file system is mounted.
    pub mount_points: u64,
}

impl Job {
    /// Lists the regular files under `root`, leaving out the entries of `root` itself that are
    /// named in `unwanted`.
    ///
    /// What cannot be listed or looked at becomes part of the report; it does not stop the walk.
    ///
    /// # Errors
    ///
    /// When `root` itself cannot be looked at, or holds more than 2³² files.
    pub fn walk(root: &Path, unwanted: &[&str]) -> io::Result<Self> {
        let device = fs::metadata(root)?.dev();
        let mut job = Self {
            root: root.to_owned(),
            files: Vec::new(),
            troubles: Vec::new(),
            left_out: LeftOut::default(),
        };
        // Sorted by name in every directory, which is the order of paths: no second sort is needed.
        let mut entries = WalkDir::new(root).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.depth() == 1 && is_named(&entry, unwanted) => {
                    skip(&mut entries, &entry);
                    let name = entry.file_name().to_string_lossy().into_owned();
                    job.left_out.on_request.push(name);
                }
                Ok(entry) if entry.file_type().is_dir() => {
                    if entry.metadata().is_ok_and(|found| found.dev() != device) {
                        entries.skip_current_dir();
                        job.left_out.mount_points += 1;
                    }
                }
                Ok(entry) => job.take(&entry),
                Err(error) => job.troubles.push(Trouble::of_walk(root, &error)),
            }
        }
        u32::try_from(job.files.len()).map_err(|_| io::Error::other("more than 2^32 files"))?;
        Ok(job)
    }

    fn take(&mut self, entry: &DirEntry) {
        if !entry.file_type().is_file() {
            return self.left_out.count(entry.file_type());
        }
        match entry.metadata() {
            Ok(metadata) => self.files.push(Entry {
                path: below(&self.root, entry.path()),
                inode: (metadata.dev(), metadata.ino()),
                state: state(&metadata),
            }),
            Err(error) => self.troubles.push(Trouble::of_walk(&self.root, &error)),
        }
    }

    /// Every file of the job, in order of path.
    pub fn files(&self) -> impl ExactSizeIterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).map(FileId)
    }

    /// The file at this place in the order of paths; `None` beyond the last.
    pub fn file(&self, place: usize) -> Option<FileId> {
        (place < self.files.len()).then_some(FileId(place as u32))
    }

    /// What the walk saw of `file`; `None` for an id that is not of this job.
    pub fn entry(&self, file: FileId) -> Option<&Entry> {
        self.files.get(file.0 as usize)
    }

    /// The path of `file`. Results come from other processes: an id that is not of this job has a
    /// name that shows it, and is no reason to panic.
    pub fn path(&self, file: FileId) -> PathBuf {
        match self.entry(file) {
            Some(entry) => entry.path.clone(),
            None => PathBuf::from(format!("({file:?}, not a file of this job)")),
        }
    }

    /// The directory that was walked.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What could not be listed or looked at.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// What was left out.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// Whether the file's size or time of modification is another than it was when the directory
    /// was walked, or the file is gone.
    pub fn has_changed(&self, path: &Path) -> bool {
        let place = self.files.binary_search_by(|entry| (*entry.path).cmp(path));
        let then = place.ok().map(|place| self.files[place].state);
        let now = fs::symlink_metadata(self.root.join(path)).ok();
        then != now.as_ref().map(state)
    }
}

impl LeftOut {
    fn count(&mut self, file_type: FileType) {
        if file_type.is_symlink() {
            self.symlinks += 1;
        } else {
            self.special_files += 1;
        }
    }
}

fn is_named(entry: &DirEntry, names: &[&str]) -> bool {
    names.iter().any(|name| entry.file_name() == *name)
}

/// `skip_current_dir` skips the rest of the parent when the entry itself is no directory.
fn skip(entries: &mut walkdir::IntoIter, entry: &DirEntry) {
    if entry.file_type().is_dir() {
        entries.skip_current_dir();
    }
}

fn below(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

fn state(metadata: &fs::Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

impl Trouble {
    fn of_walk(root: &Path, error: &walkdir::Error) -> Self {
        let reason = match error.io_error() {
            Some(error) => error.to_string(),
            None => error.to_string(),
        };
        Self {
            path: below(root, error.path().unwrap_or(root)),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    fn paths(job: &Job) -> Vec<String> {
        let paths = job.files().map(|file| job.path(file));
        paths.map(|path| text::escaped_path(&path)).collect()
    }

    #[test]
    fn what_is_unwanted_is_left_out_at_the_top_only() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("target/debug")).unwrap();
        fs::create_dir_all(root.join("src/target")).unwrap();
        // In a worktree this is a file.
        for path in [
            ".git",
            "target/debug/tour",
            "src/target/main.rs",
            "after .git",
            "z",
        ] {
            fs::write(root.join(path), "").unwrap();
        }
        let job = Job::walk(root, &["target", ".git", "no such entry"]).unwrap();
        assert_eq!(paths(&job), ["after .git", "src/target/main.rs", "z"]);
        assert_eq!(job.left_out().on_request, [".git", "target"]);
    }

    #[test]
    fn files_are_in_order_of_path() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("a")).unwrap();
        for path in ["a.txt", "a/z", "a-b", "B", "a/\u{e9}"] {
            fs::write(directory.path().join(path), "").unwrap();
        }
        let job = Job::walk(directory.path(), &[]).unwrap();
        assert_eq!(paths(&job), ["B", "a/z", "a/\u{e9}", "a-b", "a.txt"]);
        assert!(job.files.is_sorted_by(|one, next| one.path < next.path));
    }

    #[test]
    fn other_file_systems_devices_and_links_are_left_out_and_counted() {
        let device = |path: &str| fs::metadata(path).unwrap().dev();
        assert_ne!(
            device("/dev"),
            device("/dev/pts"),
            "this test needs devpts on /dev/pts"
        );
        let job = Job::walk(Path::new("/dev"), &[]).unwrap();
        assert!(job.left_out().mount_points >= 1);
        assert!(job.left_out().special_files >= 1, "/dev/null is one");
        assert!(job.left_out().symlinks >= 1, "/dev/fd is one");
        assert!(!paths(&job).iter().any(|path| path.starts_with("pts/")));
    }

    #[test]
    fn a_directory_that_does_not_exist_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = Job::walk(&directory.path().join("none"), &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
