//! The user's folder of results, which all programs share.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Resource, getrlimit};

use super::entry;
use crate::compiler::compiled::Compiled;
use crate::compiler::request::Request;

/// Names the folder, or says `off`: then nothing is kept on disk.
pub(crate) const VARIABLE: &str = "MANYWAYS_CUDA_CACHE";
/// How many megabytes the folder may hold.
pub(crate) const LIMIT_VARIABLE: &str = "MANYWAYS_CUDA_CACHE_MB";
const DEFAULT_LIMIT: u64 = 256 << 20;
/// A longer file is no result.
const LONGEST: u64 = 1 << 30;

/// What a program left that was ended while it wrote is removed after this time.
const STALE: Duration = Duration::from_secs(3600);

/// A folder of results, each in a file that is named after its key and the version of NVRTC that made it.
///
/// Programs may write and remove at the same time: a file appears whole, by a rename, and a reader
/// that finds nothing, or something broken, compiles.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    limit: u64,
}

impl Disk {
    /// The folder of the user whom this process belongs to; `None` if it is switched off, or there is no
    /// home.
    pub(super) fn of_user() -> Option<Disk> {
        let limit = env::var(LIMIT_VARIABLE).ok();
        let limit = limit.and_then(|megabytes| megabytes.parse::<u64>().ok());
        Some(Disk {
            folder: folder()?,
            limit: limit.map_or(DEFAULT_LIMIT, |megabytes| megabytes.saturating_mul(1 << 20)),
        })
    }

    /// What was kept, by this version of NVRTC; by the latest one if the version is not known because
    /// there is no NVRTC.
    pub(super) fn find(&self, request: &Request, version: Option<(u32, u32)>) -> Option<Compiled> {
        let path = match version {
            Some(version) => self.path(request, version),
            None => self.latest(request)?,
        };
        let found = entry::decode(&read(&path).ok()?, request.key(), request.arch)?;
        // Only the order in which results are removed depends on it.
        let _ = touch(&path);
        Some(found)
    }

    /// Keeps a result. What goes wrong makes later starts slower, nothing else, so it is not reported.
    pub(super) fn keep(&self, request: &Request, version: (u32, u32), compiled: &Compiled) {
        let path = self.path(request, version);
        let bytes = entry::encode(request.key(), compiled);
        if may_write(bytes.len()) && self.write(&path, &bytes).is_some() {
            self.evict();
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Option<()> {
        let mut builder = DirBuilder::new();
        // What stands here runs in the user's programs.
        builder
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .ok()?;
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(&self.folder)
            .ok()?;
        file.write_all(bytes).ok()?;
        file.persist(path).ok()?;
        Some(())
    }

    /// Removes the results that were not used for longest, down to three quarters of the limit, and what
    /// writers left behind.
    fn evict(&self) {
        let mut files = self.files();
        let mut total: u64 = files.iter().map(|file| file.size).sum();
        let is_over = total > self.limit;
        files.sort_by_key(|file| file.used);
        for file in files {
            let is_left = file.is_temporary && file.used.elapsed().is_ok_and(|age| age > STALE);
            let is_surplus = is_over && !file.is_temporary && total > self.limit / 4 * 3;
            if (is_left || is_surplus) && fs::remove_file(&file.path).is_ok() {
                total -= file.size;
            }
        }
    }

    fn files(&self) -> Vec<Kept> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Kept::of(&entry)).collect()
    }

    fn path(&self, request: &Request, (major, minor): (u32, u32)) -> PathBuf {
        let stem = request.key().stem();
        self.folder.join(format!("{stem}.nvrtc-{major}.{minor}"))
    }

    fn latest(&self, request: &Request) -> Option<PathBuf> {
        let stem = request.key().stem();
        let files = self.files().into_iter();
        let mine = files.filter(|file| {
            let name = file.path.file_stem().unwrap_or_default();
            name.as_encoded_bytes().starts_with(stem.as_bytes())
        });
        mine.max_by_key(|file| file.used).map(|file| file.path)
    }
}

const TEMPORARY: &str = "writing-";

/// A file of the folder.
struct Kept {
    path: PathBuf,
    size: u64,
    used: SystemTime,
    is_temporary: bool,
}

impl Kept {
    fn of(entry: &fs::DirEntry) -> Option<Kept> {
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_temporary = name.starts_with(TEMPORARY);
        // Files of somebody else, put here by whatever accident, are left alone.
        (is_temporary || name.contains(".nvrtc-")).then_some(Kept {
            path: entry.path(),
            size: metadata.len(),
            used: metadata.modified().ok()?,
            is_temporary,
        })
    }
}

/// A file's bytes. Pipes and devices, which may have no end or never begin, are no results.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether this process's files may become so long. Who writes a longer one is ended by the system.
fn may_write(bytes: usize) -> bool {
    let limit = getrlimit(Resource::Fsize).current;
    limit.is_none_or(|limit| bytes as u64 <= limit)
}

fn touch(path: &Path) -> io::Result<()> {
    File::options()
        .append(true)
        .open(path)?
        .set_modified(SystemTime::now())
}

fn folder() -> Option<PathBuf> {
    match env::var_os(VARIABLE) {
        Some(value) if value == "off" => return None,
        Some(folder) if !folder.is_empty() => return Some(folder.into()),
        _ => {}
    }
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let named = named.filter(|folder| folder.is_absolute());
    let usual = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
    Some(named.or_else(usual)?.join("manyways/cuda"))
}

#[cfg(test)]
mod tests {
    use rustix::process::{Rlimit, setrlimit};

    use super::*;
    use crate::compiler::cache::entry::tests::{compiled, request};

    fn disk(limit: u64) -> (tempfile::TempDir, Disk) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        (home, Disk { folder, limit })
    }

    #[test]
    fn a_result_is_found_again_by_the_version_that_made_it() {
        let (_home, disk) = disk(1 << 20);
        let wanted = request("void k() {}");
        assert_eq!(disk.find(&wanted, Some((12, 9))), None);
        disk.keep(&wanted, (12, 9), &compiled("twelve"));
        disk.keep(&request("void other() {}"), (13, 0), &compiled("other"));
        assert_eq!(disk.find(&wanted, Some((12, 9))), Some(compiled("twelve")));
        assert_eq!(disk.find(&wanted, Some((13, 0))), None);
        assert_eq!(disk.find(&wanted, None), Some(compiled("twelve")));
    }

    #[test]
    fn a_broken_file_is_a_miss_and_is_replaced() {
        let (_home, disk) = disk(1 << 20);
        let wanted = request("void k() {}");
        disk.keep(&wanted, (12, 9), &compiled("text"));
        let path = disk.path(&wanted, (12, 9));
        fs::write(&path, "something else").unwrap();
        assert_eq!(disk.find(&wanted, Some((12, 9))), None);
        disk.keep(&wanted, (12, 9), &compiled("text"));
        assert_eq!(disk.find(&wanted, Some((12, 9))), Some(compiled("text")));
    }

    #[test]
    fn what_is_no_file_is_a_miss_and_is_replaced() {
        let (_home, disk) = disk(1 << 20);
        let wanted = request("void k() {}");
        disk.keep(&wanted, (12, 9), &compiled("text"));
        let path = disk.path(&wanted, (12, 9));
        let pipe = |path: &Path| {
            rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).unwrap();
        };
        let endless = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        for make in [&pipe as &dyn Fn(&Path), &endless] {
            fs::remove_file(&path).unwrap();
            make(&path);
            assert_eq!(disk.find(&wanted, Some((12, 9))), None);
            disk.keep(&wanted, (12, 9), &compiled("text"));
            assert_eq!(disk.find(&wanted, Some((12, 9))), Some(compiled("text")));
        }
    }

    #[test]
    fn a_file_with_anothers_name_is_a_miss() {
        let (_home, disk) = disk(1 << 20);
        let (wanted, other) = (request("void k() {}"), request("void other() {}"));
        disk.keep(&other, (12, 9), &compiled("other"));
        let version = (12, 9);
        fs::copy(disk.path(&other, version), disk.path(&wanted, version)).unwrap();
        assert_eq!(disk.find(&wanted, Some(version)), None);
        assert_eq!(disk.find(&wanted, None), None);
    }

    #[test]
    fn who_may_not_write_so_much_keeps_nothing_and_lives() {
        let (_home, disk) = disk(1 << 20);
        let (wanted, result) = (request("void k() {}"), compiled(&"x".repeat(1_000)));
        let in_child = manyways_process::Fork::new().run(|| {
            let (current, maximum) = (Some(500), getrlimit(Resource::Fsize).maximum);
            setrlimit(Resource::Fsize, Rlimit { current, maximum }).unwrap();
            disk.keep(&wanted, (12, 9), &result);
            disk.find(&wanted, Some((12, 9))).is_none()
        });
        assert!(in_child.unwrap().join().unwrap());
        disk.keep(&wanted, (12, 9), &result);
        assert_eq!(disk.find(&wanted, Some((12, 9))), Some(result));
    }

    #[test]
    fn the_folder_stays_within_its_limit_and_keeps_what_was_used_last() {
        let (_home, disk) = disk(10_000);
        let sources: Vec<String> = (0..20).map(|n| format!("void k{n}() {{}}")).collect();
        let text = compiled(&"x".repeat(1_000));
        let mut clock = SystemTime::now() - Duration::from_secs(1_000);
        for source in &sources {
            disk.keep(&request(source), (12, 9), &text);
            clock += Duration::from_secs(1);
            let path = disk.path(&request(source), (12, 9));
            File::options()
                .append(true)
                .open(path)
                .unwrap()
                .set_modified(clock)
                .unwrap();
        }
        let total: u64 = disk.files().iter().map(|file| file.size).sum();
        assert!(total <= 10_000, "{total}");
        assert!(disk.find(&request(&sources[19]), Some((12, 9))).is_some());
        assert!(disk.find(&request(&sources[0]), Some((12, 9))).is_none());
    }

    #[test]
    fn what_an_ended_writer_left_is_removed_and_foreign_files_are_not() {
        let (_home, disk) = disk(1 << 20);
        disk.keep(&request("a"), (12, 9), &compiled("a"));
        let old = SystemTime::now() - STALE * 2;
        for name in ["writing-old", "notes.txt"] {
            let file = File::create(disk.folder.join(name)).unwrap();
            file.set_modified(old).unwrap();
        }
        disk.keep(&request("b"), (12, 9), &compiled("b"));
        assert!(!disk.folder.join("writing-old").exists());
        assert!(disk.folder.join("notes.txt").exists());
    }
}
