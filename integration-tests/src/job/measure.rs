//! Measuring one file: the piece of work that the systems hand out.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sha2::digest::Digest as _;

use super::digest::Digest;
use super::found_words::{FoundWord, FoundWordCounter};
use super::words::{CountedWords, WordCounter, WordList};
use super::{Doing, FileId, Job, Span};

/// Bytes read at once. A file of any size is measured in this much memory, plus its vocabulary.
const BLOCK: usize = 64 * 1024;

/// The same for a device, which is asked for one block at a time and should have something to do.
const DEVICE_BLOCK: usize = 1024 * 1024;

/// How far into a file a NUL byte makes it binary. Git uses the same number.
const BINARY_PREFIX: usize = 8000;

/// What a worker sends back for one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Piece {
    pub(super) outcome: Result<(FileFacts, WordList), Unreadable>,
    pub(super) span: Span,
}

/// The figures of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Which file.
    pub file: FileId,
    /// SHA-256 of its contents.
    pub sha256: Digest,
    /// Its length.
    pub bytes: u64,
    /// Newline bytes in it.
    pub lines: u64,
    /// Words in it; 0 for a binary file.
    pub words: u64,
    /// Words that are not in its list because its vocabulary is too large.
    pub unlisted: u64,
    /// Whether a NUL byte stands near its start.
    pub binary: bool,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Which file.
    pub file: FileId,
    /// What the system said.
    pub reason: String,
}

impl Job {
    /// Reads and measures one file. What goes wrong is part of the answer.
    pub fn measure(&self, file: FileId) -> Piece {
        match self.measure_with(file, HostCounter::default()) {
            Ok(piece) => piece,
            Err(never) => match never {},
        }
    }

    /// The same, where `device` counts the newlines and finds the words of each block of the file.
    ///
    /// # Errors
    ///
    /// That of the device.
    pub fn measure_on<D: TextDevice>(
        &self,
        file: FileId,
        device: &mut D,
    ) -> Result<Piece, D::Error> {
        self.measure_with(file, DeviceCounter::of(device))
    }

    fn measure_with<C: Counter>(&self, file: FileId, counter: C) -> Result<Piece, C::Error> {
        let (measured, span) = Span::over(Doing::Measure(file), || {
            let opened = self.open(file).map_err(Trouble::Reading)?;
            measure(file, opened, counter)
        });
        let outcome = match measured {
            Ok(found) => Ok(found),
            Err(Trouble::Counting(error)) => return Err(error),
            Err(Trouble::Reading(error)) => Err(Unreadable {
                file,
                reason: error.to_string(),
            }),
        };
        Ok(Piece { outcome, span })
    }

    /// Reads every file once and forgets it, so that no later reader waits for the disk and the
    /// first one is not at a disadvantage. Calls `finished` after each file.
    pub fn warm_page_cache(&self, mut finished: impl FnMut()) {
        let mut block = Vec::with_capacity(BLOCK);
        for file in self.files() {
            // A file that cannot be read now is reported by those who measure it.
            if let Ok(mut opened) = self.open(file) {
                while next_block(&mut opened, &mut block, BLOCK).is_ok_and(|filled| filled) {}
            }
            finished();
        }
    }

    fn open(&self, file: FileId) -> io::Result<File> {
        match self.entry(file) {
            Some(entry) => open_regular(&self.root().join(&entry.path)),
            None => Err(io::Error::other("not a file of this job")),
        }
    }
}

/// Opens a regular file and nothing else. Another kind of file may have taken its place since the
/// walk: a symbolic link is not followed, and opening a FIFO does not wait for a writer.
fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("no longer a regular file"))
    }
}

/// What counts newlines and finds words in blocks of text.
pub trait TextDevice {
    /// Why it could not.
    type Error;

    /// The number of newlines in `block`, of at most a mebibyte; appends its words to `found`, in any order.
    ///
    /// # Errors
    ///
    /// When the device fails.
    fn examine(&mut self, block: &[u8], found: &mut Vec<FoundWord>) -> Result<u64, Self::Error>;
}

/// Counts the lines and words of one file.
trait Counter {
    type Error;
    /// How much it takes at once.
    const BLOCK: usize;
    fn lines(&mut self, block: &[u8], binary: bool) -> Result<u64, Self::Error>;
    fn finish(self) -> CountedWords;
}

#[derive(Default)]
struct HostCounter {
    words: WordCounter,
}

impl Counter for HostCounter {
    type Error = std::convert::Infallible;
    const BLOCK: usize = BLOCK;

    fn lines(&mut self, block: &[u8], binary: bool) -> Result<u64, Self::Error> {
        if !binary {
            self.words.feed(block);
        }
        Ok(memchr::memchr_iter(b'\n', block).count() as u64)
    }

    fn finish(self) -> CountedWords {
        self.words.finish()
    }
}

struct DeviceCounter<'a, D> {
    device: &'a mut D,
    found: Vec<FoundWord>,
    words: FoundWordCounter,
}

impl<'a, D> DeviceCounter<'a, D> {
    fn of(device: &'a mut D) -> Self {
        DeviceCounter {
            device,
            found: Vec::new(),
            words: FoundWordCounter::default(),
        }
    }
}

impl<D: TextDevice> Counter for DeviceCounter<'_, D> {
    type Error = D::Error;
    const BLOCK: usize = DEVICE_BLOCK;

    fn lines(&mut self, block: &[u8], binary: bool) -> Result<u64, D::Error> {
        self.found.clear();
        let lines = self.device.examine(block, &mut self.found)?;
        if !binary {
            self.words.feed(block, &mut self.found);
        }
        Ok(lines)
    }

    fn finish(self) -> CountedWords {
        self.words.finish()
    }
}

/// Why a file was not measured.
enum Trouble<E> {
    Reading(io::Error),
    Counting(E),
}

fn measure<C: Counter>(
    file: FileId,
    mut opened: File,
    mut counter: C,
) -> Result<(FileFacts, WordList), Trouble<C::Error>> {
    let mut block = Vec::with_capacity(C::BLOCK);
    let mut sha256 = Sha256::new();
    let (mut bytes, mut lines, mut binary) = (0, 0, false);
    while next_block(&mut opened, &mut block, C::BLOCK).map_err(Trouble::Reading)? {
        if bytes == 0 {
            binary = is_binary(&block);
        }
        bytes += block.len() as u64;
        lines += counter.lines(&block, binary).map_err(Trouble::Counting)?;
        sha256.update(&block);
    }
    let counted = counter.finish();
    let facts = FileFacts {
        file,
        sha256: Digest::finish(sha256),
        bytes,
        lines,
        words: counted.words,
        unlisted: counted.unlisted,
        binary,
    };
    Ok((facts, counted.list))
}

/// Reads up to `limit` bytes, as far as the file lasts; `false` at its end.
fn next_block(file: &mut File, block: &mut Vec<u8>, limit: usize) -> io::Result<bool> {
    block.clear();
    file.take(limit as u64).read_to_end(block)?;
    Ok(!block.is_empty())
}

fn is_binary(first_block: &[u8]) -> bool {
    let prefix = &first_block[..first_block.len().min(BINARY_PREFIX)];
    memchr::memchr(0, prefix).is_some()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    fn job_of(contents: &[u8]) -> (tempfile::TempDir, PathBuf, Job) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, contents).unwrap();
        let job = Job::walk(directory.path(), &[]).unwrap();
        (directory, path, job)
    }

    fn facts_of(contents: &[u8]) -> FileFacts {
        let (_directory, _path, job) = job_of(contents);
        let file = job.files().next().unwrap();
        job.measure(file).outcome.unwrap().0
    }

    fn reason_of(job: &Job) -> String {
        let file = job.files().next().unwrap();
        job.measure(file).outcome.unwrap_err().reason
    }

    // The digests are those of sha256sum.
    #[test]
    fn an_empty_file_has_the_digest_of_nothing() {
        let facts = facts_of(b"");
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(facts.sha256.to_string(), expected);
        assert_eq!(
            (facts.bytes, facts.lines, facts.words, facts.binary),
            (0, 0, 0, false)
        );
    }

    #[test]
    fn figures_of_a_small_text() {
        let facts = facts_of(b"abc");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(facts.sha256.to_string(), expected);
        assert_eq!((facts.bytes, facts.lines, facts.words), (3, 0, 1));
    }

    #[test]
    fn a_nul_byte_near_the_start_makes_a_file_binary() {
        let mut contents = vec![b'x'; BINARY_PREFIX + 1];
        contents[BINARY_PREFIX] = 0;
        let text = facts_of(&contents);
        assert_eq!((text.binary, text.words), (false, 1));
        contents[BINARY_PREFIX - 1] = 0;
        contents.push(b'\n');
        let binary = facts_of(&contents);
        assert_eq!((binary.binary, binary.words, binary.lines), (true, 0, 1));
    }

    #[test]
    fn lines_and_words_are_right_across_blocks() {
        let mut contents = vec![b'\n'; BLOCK - 2];
        contents.extend_from_slice(b"word\n");
        let facts = facts_of(&contents);
        assert_eq!((facts.lines, facts.words), (BLOCK as u64 - 1, 1));
    }

    #[test]
    fn a_file_that_vanished_is_an_answer() {
        let (_directory, path, job) = job_of(b"soon gone");
        fs::remove_file(path).unwrap();
        assert!(reason_of(&job).starts_with("No such file or directory"));
    }

    #[test]
    fn a_link_or_a_fifo_in_the_place_of_a_file_is_neither_followed_nor_waited_for() {
        let (directory, path, job) = job_of(b"soon a link");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(directory.path(), &path).unwrap();
        assert!(reason_of(&job).starts_with("Too many levels of symbolic links"));
        fs::remove_file(&path).unwrap();
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        assert_eq!(reason_of(&job), "no longer a regular file");
    }
}
